/** What follows a product while it is still in the cache: statistics of columns, or the end of an input gradient. */
import { ACTIVATION_IDENTITY, ACTIVATION_RELU, Target } from './abi';
import { PANEL } from './config';
import { actGradient, madd, splat } from './vector';
import { storeFirst } from './views';

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

/** The same for eight channels, whose rows begin 32 bytes apart at least: pairs of vectors, which V8 can join. */
export function wideStatistics(p: usize, step: usize, rows: usize, out: usize, C: usize): void {
  const end = p + rows * step;
  const stride = step << 2;
  const fours = p + (rows >> 2) * stride;
  const two = 2 * step, three = 3 * step;
  let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
  let t0 = splat(0), t1 = splat(0), t2 = splat(0), t3 = splat(0);
  let q = p;
  for (; q < fours; q += stride) {
    s0 = f32x4.add(s0, v128.load(q));
    t0 = f32x4.add(t0, v128.load(q, 16));
    s1 = f32x4.add(s1, v128.load(q + step));
    t1 = f32x4.add(t1, v128.load(q + step, 16));
    s2 = f32x4.add(s2, v128.load(q + two));
    t2 = f32x4.add(t2, v128.load(q + two, 16));
    s3 = f32x4.add(s3, v128.load(q + three));
    t3 = f32x4.add(t3, v128.load(q + three, 16));
  }
  for (; q < end; q += step) {
    s0 = f32x4.add(s0, v128.load(q));
    t0 = f32x4.add(t0, v128.load(q, 16));
  }
  const share = splat(1 / <f32>rows);
  const mean = f32x4.mul(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), share);
  const mean1 = f32x4.mul(f32x4.add(f32x4.add(t0, t1), f32x4.add(t2, t3)), share);
  s0 = splat(0); s1 = splat(0); s2 = splat(0); s3 = splat(0);
  t0 = splat(0); t1 = splat(0); t2 = splat(0); t3 = splat(0);
  for (q = p; q < fours; q += stride) {
    const d0 = f32x4.sub(v128.load(q), mean), e0 = f32x4.sub(v128.load(q, 16), mean1);
    const d1 = f32x4.sub(v128.load(q + step), mean), e1 = f32x4.sub(v128.load(q + step, 16), mean1);
    const d2 = f32x4.sub(v128.load(q + two), mean), e2 = f32x4.sub(v128.load(q + two, 16), mean1);
    const d3 = f32x4.sub(v128.load(q + three), mean), e3 = f32x4.sub(v128.load(q + three, 16), mean1);
    s0 = madd(d0, d0, s0);
    t0 = madd(e0, e0, t0);
    s1 = madd(d1, d1, s1);
    t1 = madd(e1, e1, t1);
    s2 = madd(d2, d2, s2);
    t2 = madd(e2, e2, t2);
    s3 = madd(d3, d3, s3);
    t3 = madd(e3, e3, t3);
  }
  for (; q < end; q += step) {
    const d = f32x4.sub(v128.load(q), mean), e = f32x4.sub(v128.load(q, 16), mean1);
    s0 = madd(d, d, s0);
    t0 = madd(e, e, t0);
  }
  v128.store(out, mean1, 16);
  v128.store(out, mean);
  const squares = out + (C << 2);
  v128.store(squares, f32x4.add(f32x4.add(t0, t1), f32x4.add(t2, t3)), 16);
  v128.store(squares, f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/**
 * dv of four channels at `dv`, `step` bytes apart, rows s0 .. s0 + rows - 1 -> dz = dv * act'(z), stored, and the sums
 * of the piece (dz, dz * (raw - mean)).
 */
export function finishColumns(t: Target, dv: usize, step: usize, s0: usize, rows: usize, c: usize, C: usize, piece: usize): void {
  const code = t.code ? load<i32>(t.code) : ACTIVATION_IDENTITY;
  const lanes = <i32>min<usize>(4, C - c);
  let at = (s0 * C + c) << 2;
  const end = at + ((rows * C) << 2);
  const scale = t.affine ? v128.load(t.affine + (c << 2)) : splat(1);
  const shift = t.affine ? v128.load(t.affine + ((C + c) << 2)) : splat(0);
  const mean = t.saved ? v128.load(t.saved + (c << 2)) : splat(0);
  let sum = splat(0);
  let product = splat(0);
  if (code == ACTIVATION_RELU && lanes == 4) {
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

/**
 * The same for sixteen columns, a cache line of a row, at once: rows that lie a page apart would push one another out of
 * the first-level cache before the next columns came. `second`, `third`, `fourth`: bytes from dv to the next columns; in
 * the wide build 16, `third`, and 16 more.
 */
export function finishLine(t: Target, dv: usize, second: usize, third: usize, fourth: usize, step: usize, s0: usize, rows: usize, c: usize, C: usize, piece: usize): void {
  if ((t.code ? load<i32>(t.code) : ACTIVATION_IDENTITY) != ACTIVATION_RELU || !t.affine || !t.saved) {
    finishColumns(t, dv, step, s0, rows, c, C, piece);
    finishColumns(t, dv + second, step, s0, rows, c + 4, C, piece);
    finishColumns(t, dv + third, step, s0, rows, c + 8, C, piece);
    finishColumns(t, dv + fourth, step, s0, rows, c + 12, C, piece);
    return;
  }
  const row = C << 2;
  let raw = t.raw + ((s0 * C + c) << 2);
  const toDz = t.dz - t.raw;
  const end = raw + rows * row;
  const scale = t.affine + (c << 2);
  const shift = scale + row;
  const mean = t.saved + (c << 2);
  let sum0 = splat(0), sum1 = splat(0), sum2 = splat(0), sum3 = splat(0);
  let product0 = splat(0), product1 = splat(0), product2 = splat(0), product3 = splat(0);
  for (; raw < end; raw += row, dv += step) {
    const to = raw + toDz;
    const r0 = v128.load(raw), r1 = v128.load(raw, 16);
    const e1 = PANEL == 16 ? v128.load(dv, 16) : v128.load(dv + second);
    const d0 = v128.and(v128.load(dv), f32x4.gt(madd(v128.load(scale), r0, v128.load(shift)), splat(0)));
    const d1 = v128.and(e1, f32x4.gt(madd(v128.load(scale, 16), r1, v128.load(shift, 16)), splat(0)));
    v128.store(to, d1, 16);
    v128.store(to, d0);
    sum0 = f32x4.add(sum0, d0);
    sum1 = f32x4.add(sum1, d1);
    product0 = madd(d0, f32x4.sub(r0, v128.load(mean)), product0);
    product1 = madd(d1, f32x4.sub(r1, v128.load(mean, 16)), product1);
    const r2 = v128.load(raw, 32), r3 = v128.load(raw, 48);
    const e2 = v128.load(dv + third);
    const e3 = PANEL == 16 ? v128.load(dv + third, 16) : v128.load(dv + fourth);
    const d2 = v128.and(e2, f32x4.gt(madd(v128.load(scale, 32), r2, v128.load(shift, 32)), splat(0)));
    const d3 = v128.and(e3, f32x4.gt(madd(v128.load(scale, 48), r3, v128.load(shift, 48)), splat(0)));
    v128.store(to, d3, 48);
    v128.store(to, d2, 32);
    sum2 = f32x4.add(sum2, d2);
    sum3 = f32x4.add(sum3, d3);
    product2 = madd(d2, f32x4.sub(r2, v128.load(mean, 32)), product2);
    product3 = madd(d3, f32x4.sub(r3, v128.load(mean, 48)), product3);
  }
  if (!t.sums) return;
  const out = t.sums + ((piece * 2 * C + c) << 2);
  v128.store(out, sum1, 16);
  v128.store(out, sum0);
  v128.store(out, sum3, 48);
  v128.store(out, sum2, 32);
  v128.store(out + row, product1, 16);
  v128.store(out + row, product0);
  v128.store(out + row, product3, 48);
  v128.store(out + row, product2, 32);
}
