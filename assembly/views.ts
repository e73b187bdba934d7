/** How kernels read stored tensors: values act(scale * raw + shift), gradients a * dz + b * raw + c. */
import { IDENTITY, RELU, act, actGradient, madd, splat } from './vector';

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

/** The end of an input gradient: dv -> dz = dv * act'(z) and its sums. */
@unmanaged export class Target {
  raw: usize;
  affine: usize;
  code: usize;
  dz: usize;
  sums: usize;
  saved: usize;
}

/** What a kernel of one thread works in. */
@unmanaged export class Room {
  base: usize;
  /** Bytes of each thread. */
  size: usize;
  /** Bytes of the first part. */
  first: usize;
  /** Rows of a tile of a matrix product: 4 or 6. No result depends on it. */
  tile: u32;
}

// @ts-ignore: decorator
@inline export function codeOf(view: View): i32 {
  return view.code ? load<i32>(view.code) : IDENTITY;
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
    if (code == IDENTITY) {
      for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
    } else {
      for (; to < end; to += 16, from += 16) v128.store(to, act(v128.load(from), code));
    }
    return;
  }
  let scale = affine + (c << 2);
  const shift = C << 2;
  if (code == RELU) {
    for (; to < end; to += 16, from += 16, scale += 16) {
      v128.store(to, f32x4.pmax(madd(v128.load(scale), v128.load(from), v128.load(scale + shift)), splat(0)));
    }
  } else if (code == IDENTITY) {
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
  for (; to < end; to += 16, dz += 16, raw += 16, a += 16) {
    const rest = madd(v128.load(a + row), v128.load(raw), v128.load(a + 2 * row));
    v128.store(to, madd(v128.load(a), v128.load(dz), rest));
  }
}

/**
 * Reads a byte of each cache line, in order: memory streams into the second-level cache, where strided accesses that
 * follow would wait for each line. The result is there to keep the reads alive.
 */
export function touch(from: usize, bytes: usize): i32 {
  let any = 0;
  for (const end = from + bytes; from < end; from += 64) any |= load<u8>(from);
  return any;
}

/**
 * Writes a word of each cache line of a place that is about to be overwritten, in order: memory streams, where strided
 * stores that follow would wait. (Reading instead would map fresh memory twice, and in small pages.)
 */
export function claim(from: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 64) store<i32>(from, 0);
}

/** Touches rows r0 .. of a gradient. */
export function touchGradient(v: GradView, r0: usize, rows: usize, C: usize): i32 {
  const at = (r0 * C) << 2;
  const bytes = (rows * C) << 2;
  const any = touch(v.dz + at, bytes);
  return v.coefficients ? any | touch(v.raw + at, bytes) : any;
}

/**
 * Mean and squared deviations of `rows` values of four channels at `step` bytes -> out, out + C floats. Two passes: exact
 * at any mean. Four chains each, so that additions do not wait for one another.
 */
export function columnStatistics(p: usize, step: usize, rows: usize, out: usize, C: usize, lanes: i32): void {
  const end = p + rows * step;
  const stride = step << 2;
  const fours = p + (rows >> 2) * stride;
  let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
  let q = p;
  for (; q < fours; q += stride) {
    s0 = f32x4.add(s0, v128.load(q));
    s1 = f32x4.add(s1, v128.load(q + step));
    s2 = f32x4.add(s2, v128.load(q + 2 * step));
    s3 = f32x4.add(s3, v128.load(q + 3 * step));
  }
  for (; q < end; q += step) s0 = f32x4.add(s0, v128.load(q));
  const mean = f32x4.mul(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), splat(1 / <f32>rows));
  s0 = splat(0);
  s1 = splat(0);
  s2 = splat(0);
  s3 = splat(0);
  for (q = p; q < fours; q += stride) {
    const d0 = f32x4.sub(v128.load(q), mean);
    const d1 = f32x4.sub(v128.load(q + step), mean);
    const d2 = f32x4.sub(v128.load(q + 2 * step), mean);
    const d3 = f32x4.sub(v128.load(q + 3 * step), mean);
    s0 = madd(d0, d0, s0);
    s1 = madd(d1, d1, s1);
    s2 = madd(d2, d2, s2);
    s3 = madd(d3, d3, s3);
  }
  for (; q < end; q += step) {
    const d = f32x4.sub(v128.load(q), mean);
    s0 = madd(d, d, s0);
  }
  storeFirst(out, mean, lanes);
  storeFirst(out + (C << 2), f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), lanes);
}

/**
 * dv of four channels at `dv`, `step` bytes apart, rows s0 .. s0 + rows - 1 -> dz = dv * act'(z), stored, and the sums
 * of the piece (dz, dz * (raw - mean)).
 */
export function finishColumns(t: Target, dv: usize, step: usize, s0: usize, rows: usize, c: usize, C: usize, piece: usize): void {
  const code = t.code ? load<i32>(t.code) : IDENTITY;
  const lanes = <i32>min<usize>(4, C - c);
  let at = (s0 * C + c) << 2;
  const end = at + ((rows * C) << 2);
  const scale = t.affine ? v128.load(t.affine + (c << 2)) : splat(1);
  const shift = t.affine ? v128.load(t.affine + ((C + c) << 2)) : splat(0);
  const mean = t.saved ? v128.load(t.saved + (c << 2)) : splat(0);
  let sum = splat(0);
  let product = splat(0);
  if (code == RELU && lanes == 4) {
    let sum1 = splat(0);
    let product1 = splat(0);
    const row = C << 2;
    const from = t.raw;
    const to = t.dz;
    for (const pairs = at + (rows >> 1) * (row << 1); at < pairs; at += row << 1, dv += step << 1) {
      const raw = v128.load(from + at);
      const raw1 = v128.load(from + at + row);
      const dz = v128.and(v128.load(dv), f32x4.gt(madd(scale, raw, shift), splat(0)));
      const dz1 = v128.and(v128.load(dv + step), f32x4.gt(madd(scale, raw1, shift), splat(0)));
      v128.store(to + at, dz);
      v128.store(to + at + row, dz1);
      sum = f32x4.add(sum, dz);
      sum1 = f32x4.add(sum1, dz1);
      product = madd(dz, f32x4.sub(raw, mean), product);
      product1 = madd(dz1, f32x4.sub(raw1, mean), product1);
    }
    for (; at < end; at += row, dv += step) {
      const raw = v128.load(from + at);
      const dz = v128.and(v128.load(dv), f32x4.gt(madd(scale, raw, shift), splat(0)));
      v128.store(to + at, dz);
      sum = f32x4.add(sum, dz);
      product = madd(dz, f32x4.sub(raw, mean), product);
    }
    sum = f32x4.add(sum, sum1);
    product = f32x4.add(product, product1);
  } else {
    for (; at < end; at += C << 2, dv += step) {
      const raw = v128.load(t.raw + at);
      const dz = actGradient(madd(scale, raw, shift), v128.load(dv), code);
      storeFirst(t.dz + at, dz, lanes);
      sum = f32x4.add(sum, dz);
      product = madd(dz, f32x4.sub(raw, mean), product);
    }
  }
  if (!t.sums) return;
  const out = t.sums + ((piece * 2 * C + c) << 2);
  storeFirst(out, sum, lanes);
  storeFirst(out + (C << 2), t.saved ? product : splat(0), lanes);
}

/** The same for eight columns at once: a row's cache line is seen half as often, and pairs of vectors lie together. */
export function finishEight(t: Target, dv: usize, step: usize, s0: usize, rows: usize, c: usize, C: usize, piece: usize): void {
  if ((t.code ? load<i32>(t.code) : IDENTITY) != RELU || !t.affine || !t.saved) {
    finishColumns(t, dv, step, s0, rows, c, C, piece);
    finishColumns(t, dv + 16, step, s0, rows, c + 4, C, piece);
    return;
  }
  const row = C << 2;
  let raw = t.raw + ((s0 * C + c) << 2);
  const toDz = t.dz - t.raw;
  const end = raw + rows * row;
  const scale0 = v128.load(t.affine + (c << 2)), scale1 = v128.load(t.affine + (c << 2), 16);
  const shift0 = v128.load(t.affine + ((C + c) << 2)), shift1 = v128.load(t.affine + ((C + c) << 2), 16);
  const mean0 = v128.load(t.saved + (c << 2)), mean1 = v128.load(t.saved + (c << 2), 16);
  let sum0 = splat(0), sum1 = splat(0), product0 = splat(0), product1 = splat(0);
  for (; raw < end; raw += row, dv += step) {
    const r0 = v128.load(raw), r1 = v128.load(raw, 16);
    const d0 = v128.and(v128.load(dv), f32x4.gt(madd(scale0, r0, shift0), splat(0)));
    const d1 = v128.and(v128.load(dv, 16), f32x4.gt(madd(scale1, r1, shift1), splat(0)));
    v128.store(raw + toDz, d0);
    v128.store(raw + toDz, d1, 16);
    sum0 = f32x4.add(sum0, d0);
    sum1 = f32x4.add(sum1, d1);
    product0 = madd(d0, f32x4.sub(r0, mean0), product0);
    product1 = madd(d1, f32x4.sub(r1, mean1), product1);
  }
  if (!t.sums) return;
  const out = t.sums + ((piece * 2 * C + c) << 2);
  v128.store(out, sum0);
  v128.store(out, sum1, 16);
  v128.store(out + row, product0);
  v128.store(out + row, product1, 16);
}
