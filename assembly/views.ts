/** How kernels read stored tensors: values act(scale * raw + shift), gradients a * dz + b * raw + c. */
import { act, splat } from './vector';

/** Addresses; 0 where absent. `code`: address of the activation's code. */
@unmanaged export class View {
  raw: usize;
  affine: usize;
  code: usize;
}

@unmanaged export class GradView {
  dz: usize;
  raw: usize;
  coefficients: usize;
}

// @ts-ignore: decorator
@inline export function codeOf(view: View): i32 {
  return view.code ? load<i32>(view.code) : 0;
}

/** Four viewed values of channels c .. c + 3; `at`: element index of the first; C: channels. */
// @ts-ignore: decorator
@inline export function viewed(raw: usize, affine: usize, code: i32, at: usize, c: usize, C: usize): v128 {
  let x = v128.load(raw + (at << 2));
  if (affine) {
    const scale = v128.load(affine + (c << 2));
    const shift = v128.load(affine + ((C + c) << 2));
    x = f32x4.add(f32x4.mul(scale, x), shift);
  }
  return act(x, code);
}

/** z = scale * raw + shift, without the activation. */
// @ts-ignore: decorator
@inline export function affineOf(x: v128, affine: usize, c: usize, C: usize): v128 {
  if (!affine) return x;
  return f32x4.add(f32x4.mul(v128.load(affine + (c << 2)), x), v128.load(affine + ((C + c) << 2)));
}

// @ts-ignore: decorator
@inline export function gradient(view: GradView, at: usize, c: usize, C: usize): v128 {
  const d = v128.load(view.dz + (at << 2));
  const k = view.coefficients;
  if (!k) return d;
  const y = v128.load(view.raw + (at << 2));
  const a = v128.load(k + (c << 2));
  const b = v128.load(k + ((C + c) << 2));
  return f32x4.add(f32x4.add(f32x4.mul(a, d), f32x4.mul(b, y)), v128.load(k + ((2 * C + c) << 2)));
}

/** Keeps the first `n` lanes, zero elsewhere. */
// @ts-ignore: decorator
@inline export function firstLanes(x: v128, n: i32): v128 {
  return v128.and(x, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n)));
}

/** Stores the first `n` lanes only. */
export function storeLanes(at: usize, x: v128, n: i32): void {
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (n > 1) store<f32>(at + 4, f32x4.extract_lane(x, 1));
  if (n > 2) store<f32>(at + 8, f32x4.extract_lane(x, 2));
  if (n > 3) store<f32>(at + 12, f32x4.extract_lane(x, 3));
}

/** Mean and squared deviations of `rows` rows of y [rows, C] -> out [2, C]. */
export function pieceStatistics(y: usize, rows: usize, C: usize, out: usize): void {
  const inverse = splat(1 / <f32>rows);
  for (let c: usize = 0; c < C; c += 4) {
    const lanes = <i32>min<usize>(4, C - c);
    let sum = splat(0);
    let p = y + (c << 2);
    for (let r: usize = 0; r < rows; r++, p += C << 2) sum = f32x4.add(sum, v128.load(p));
    const mean = f32x4.mul(sum, inverse);
    let squares = splat(0);
    p = y + (c << 2);
    for (let r: usize = 0; r < rows; r++, p += C << 2) {
      const d = f32x4.sub(v128.load(p), mean);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    storeLanes(out + (c << 2), mean, lanes);
    storeLanes(out + ((C + c) << 2), squares, lanes);
  }
}

/** The end of an input gradient: dv -> dz = dv * act'(z) and its sums. */
@unmanaged export class Target {
  raw: usize;
  affine: usize;
  code: usize;
  dz: usize;
  sums: usize;
  saved: usize;
}
