/** How kernels read stored tensors: values act(scale * raw + shift), gradients a * dz + b * raw + c. */
import { ACTIVATION_IDENTITY, ACTIVATION_RELU, GradView, View } from './abi';
import { expectRead } from './ahead';
import { act, madd, splat } from './vector';

// @ts-ignore: decorator
@inline export function codeOf(view: View): i32 {
  return view.code ? load<i32>(view.code) : ACTIVATION_IDENTITY;
}

/** z = scale * raw + shift of channels c .. c + 3, without the activation. */
// @ts-ignore: decorator
@inline export function affineOf(x: v128, affine: usize, c: usize, C: usize): v128 {
  if (!affine) return x;
  return madd(v128.load(affine + (c << 2)), x, v128.load(affine + ((C + c) << 2)));
}

/** Four viewed values of channels c .. c + 3; `at`: element index of the first; C: channels. */
// @ts-ignore: decorator
@inline export function viewed(raw: usize, affine: usize, code: i32, at: usize, c: usize, C: usize): v128 {
  return act(affineOf(v128.load(raw + (at << 2)), affine, c, C), code);
}

// @ts-ignore: decorator
@inline export function gradient(view: GradView, at: usize, c: usize, C: usize): v128 {
  const d = v128.load(view.dz + (at << 2));
  const k = view.coefficients;
  if (!k) return d;
  const y = v128.load(view.raw + (at << 2));
  return madd(v128.load(k + (c << 2)), d, madd(v128.load(k + ((C + c) << 2)), y, v128.load(k + ((2 * C + c) << 2))));
}

/** Stores the first `n` lanes only. */
export function storeLanes(at: usize, x: v128, n: i32): void {
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (n > 1) store<f32>(at + 4, f32x4.extract_lane(x, 1));
  if (n > 2) store<f32>(at + 8, f32x4.extract_lane(x, 2));
  if (n > 3) store<f32>(at + 12, f32x4.extract_lane(x, 3));
}

/** Stores the first `n` lanes, of four or more all. */
// @ts-ignore: decorator
@inline export function storeFirst(at: usize, x: v128, n: i32): void {
  if (n >= 4) v128.store(at, x);
  else storeLanes(at, x, n);
}

/**
 * Rows in whole vectors: n elements, up to 3 more are read and written, so `to` is room of the thread. `c`: channel of
 * the first element, C: channels.
 */
export function viewedRow(v: View, at: usize, n: usize, c: usize, C: usize, to: usize): void {
  const code = codeOf(v);
  const affine = v.affine;
  const end = to + (n << 2);
  let from = v.raw + (at << 2);
  if (!affine) {
    if (code == ACTIVATION_IDENTITY) {
      for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
    } else {
      for (; to < end; to += 16, from += 16) v128.store(to, act(v128.load(from), code));
    }
    return;
  }
  let scale = affine + (c << 2);
  const shift = C << 2;
  if (code == ACTIVATION_RELU) {
    for (; to + 16 < end; to += 32, from += 32, scale += 32) {
      v128.store(to, f32x4.pmax(madd(v128.load(scale, 16), v128.load(from, 16), v128.load(scale + shift, 16)), splat(0)), 16);
      v128.store(to, f32x4.pmax(madd(v128.load(scale), v128.load(from), v128.load(scale + shift)), splat(0)));
    }
    if (to < end) v128.store(to, f32x4.pmax(madd(v128.load(scale), v128.load(from), v128.load(scale + shift)), splat(0)));
  } else if (code == ACTIVATION_IDENTITY) {
    for (; to < end; to += 16, from += 16, scale += 16) {
      v128.store(to, madd(v128.load(scale), v128.load(from), v128.load(scale + shift)));
    }
  } else {
    for (; to < end; to += 16, from += 16, scale += 16) {
      v128.store(to, act(madd(v128.load(scale), v128.load(from), v128.load(scale + shift)), code));
    }
  }
}

/** The same for a gradient. */
export function gradientRow(v: GradView, at: usize, n: usize, c: usize, C: usize, to: usize): void {
  const end = to + (n << 2);
  let dz = v.dz + (at << 2);
  if (!v.coefficients) {
    for (; to < end; to += 16, dz += 16) v128.store(to, v128.load(dz));
    return;
  }
  let raw = v.raw + (at << 2);
  let a = v.coefficients + (c << 2);
  const row = C << 2;
  for (; to + 16 < end; to += 32, dz += 32, raw += 32, a += 32) {
    const rest1 = madd(v128.load(a + row, 16), v128.load(raw, 16), v128.load(a + 2 * row, 16));
    const rest = madd(v128.load(a + row), v128.load(raw), v128.load(a + 2 * row));
    v128.store(to, madd(v128.load(a, 16), v128.load(dz, 16), rest1), 16);
    v128.store(to, madd(v128.load(a), v128.load(dz), rest));
  }
  if (to < end) {
    const rest = madd(v128.load(a + row), v128.load(raw), v128.load(a + 2 * row));
    v128.store(to, madd(v128.load(a), v128.load(dz), rest));
  }
}

/** Rows r0 .. of a gradient will be read. */
export function expectGradient(v: GradView, r0: usize, rows: usize, C: usize): void {
  const at = (r0 * C) << 2;
  expectRead(v.dz + at, (rows * C) << 2);
  if (v.coefficients) expectRead(v.raw + at, (rows * C) << 2);
}
