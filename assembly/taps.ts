/**
 * 3 x 3 depthwise convolutions of maps, of as many channels as a pixel holds: the inner loops. Written for one vector a pixel;
 * in the wide build each becomes two neighbours (scripts/widen.mjs).
 */
import { Geometry } from './abi';
import { PIXEL, SHIFT } from './maps';
import { madd } from './vector';

/**
 * out[h, w] = map correlated with 3 x 3 weights. Stride 1: two lines at a time, which share half of what
 * they read.
 */
export function correlate3(map: usize, width: usize, step: usize, w: usize, out: usize, h: i32, wd: i32): void {
  const w0 = v128.load(w), w1 = v128.load(w, PIXEL), w2 = v128.load(w, 2 * PIXEL);
  const w3 = v128.load(w, 3 * PIXEL), w4 = v128.load(w, 4 * PIXEL), w5 = v128.load(w, 5 * PIXEL);
  const w6 = v128.load(w, 6 * PIXEL), w7 = v128.load(w, 7 * PIXEL), w8 = v128.load(w, 8 * PIXEL);
  const line = width << SHIFT;
  const row = <usize>wd << SHIFT;
  const pairs = step == 1 ? h & ~1 : 0;
  for (let y = 0; y < pairs; y += 2, out += row) {
    let p = map + <usize>y * line;
    for (const end = out + row; out < end; out += PIXEL, p += PIXEL) {
      const q = p + line;
      const r = q + line;
      let v = v128.load(p);
      let s = f32x4.mul(v, w0);
      v = v128.load(p, PIXEL);
      s = madd(v, w1, s);
      v = v128.load(p, 2 * PIXEL);
      s = madd(v, w2, s);
      v = v128.load(q);
      s = madd(v, w3, s);
      let t = f32x4.mul(v, w0);
      v = v128.load(q, PIXEL);
      s = madd(v, w4, s);
      t = madd(v, w1, t);
      v = v128.load(q, 2 * PIXEL);
      s = madd(v, w5, s);
      t = madd(v, w2, t);
      v = v128.load(r);
      s = madd(v, w6, s);
      t = madd(v, w3, t);
      v = v128.load(r, PIXEL);
      s = madd(v, w7, s);
      t = madd(v, w4, t);
      v = v128.load(r, 2 * PIXEL);
      v128.store(out, madd(v, w8, s));
      t = madd(v, w5, t);
      const u = r + line;
      v = v128.load(u);
      t = madd(v, w6, t);
      v = v128.load(u, PIXEL);
      t = madd(v, w7, t);
      v = v128.load(u, 2 * PIXEL);
      v128.store(out + row, madd(v, w8, t));
    }
  }
  for (let y = pairs; y < h; y++) {
    let p = map + <usize>y * step * line;
    for (const end = out + row; out < end; out += PIXEL, p += step << SHIFT) {
      const q = p + line;
      const r = q + line;
      let s = f32x4.mul(v128.load(p), w0);
      s = madd(v128.load(p, PIXEL), w1, s);
      s = madd(v128.load(p, 2 * PIXEL), w2, s);
      s = madd(v128.load(q), w3, s);
      s = madd(v128.load(q, PIXEL), w4, s);
      s = madd(v128.load(q, 2 * PIXEL), w5, s);
      s = madd(v128.load(r), w6, s);
      s = madd(v128.load(r, PIXEL), w7, s);
      s = madd(v128.load(r, 2 * PIXEL), w8, s);
      v128.store(out, s);
    }
  }
}

/**
 * Gradient of a 3 x 3 convolution of stride 2 and padding 1 by its input: by the parity of row and column, 1, 2, 2 or 4
 * taps. The map holds the gradient with a row and a column of zeros after the last.
 */
export function spread3(map: usize, width: usize, w: usize, out: usize, h: i32, wd: i32): void {
  const w0 = v128.load(w), w1 = v128.load(w, PIXEL), w2 = v128.load(w, 2 * PIXEL);
  const w3 = v128.load(w, 3 * PIXEL), w4 = v128.load(w, 4 * PIXEL), w5 = v128.load(w, 5 * PIXEL);
  const w6 = v128.load(w, 6 * PIXEL), w7 = v128.load(w, 7 * PIXEL), w8 = v128.load(w, 8 * PIXEL);
  const line = width << SHIFT;
  for (let y = 0; y < h; y++) {
    let p = map + <usize>(y >> 1) * line;
    const end = out + (<usize>wd << SHIFT);
    if (y & 1) {
      const next = line;
      for (; out < end; out += PIXEL, p += PIXEL) {
        const a = v128.load(p);
        const b = v128.load(p + next);
        v128.store(out, madd(b, w1, f32x4.mul(a, w7)));
        out += PIXEL;
        if (out >= end) break;
        let s = f32x4.mul(a, w8);
        s = madd(v128.load(p, PIXEL), w6, s);
        s = madd(b, w2, s);
        v128.store(out, madd(v128.load(p + next, PIXEL), w0, s));
      }
    } else {
      for (; out < end; out += PIXEL, p += PIXEL) {
        const a = v128.load(p);
        v128.store(out, f32x4.mul(a, w4));
        out += PIXEL;
        if (out >= end) break;
        v128.store(out, madd(v128.load(p, PIXEL), w3, f32x4.mul(a, w5)));
      }
    }
    out = end;
  }
}

/** partial[9][channels of a pixel] += sum over the output's pixels of d * window of x. */
export function weightTaps3(g: Geometry, d: usize, dWidth: usize, dStep: usize, x: usize, width: usize, to: usize): void {
  let s0 = v128.load(to), s1 = v128.load(to, PIXEL), s2 = v128.load(to, 2 * PIXEL);
  let s3 = v128.load(to, 3 * PIXEL), s4 = v128.load(to, 4 * PIXEL), s5 = v128.load(to, 5 * PIXEL);
  let s6 = v128.load(to, 6 * PIXEL), s7 = v128.load(to, 7 * PIXEL), s8 = v128.load(to, 8 * PIXEL);
  const line = width << SHIFT;
  const step = <usize>g.stride << SHIFT;
  const dNext = dStep << SHIFT;
  const pairs = g.stride == 1 ? g.outHeight & ~1 : 0;
  const dLine = dStep * dWidth << SHIFT;
  for (let y = 0; y < pairs; y += 2) {
    let p = x + <usize>y * line;
    let e = d + <usize>y * dLine;
    const end = e + <usize>g.outWidth * dNext;
    for (; e < end; e += dNext, p += PIXEL) {
      const v = v128.load(e);
      const w = v128.load(e + dLine);
      const q = p + line;
      const r = q + line;
      const u = r + line;
      s0 = madd(v, v128.load(p), s0);
      s1 = madd(v, v128.load(p, PIXEL), s1);
      s2 = madd(v, v128.load(p, 2 * PIXEL), s2);
      let z = v128.load(q);
      s3 = madd(v, z, s3);
      s0 = madd(w, z, s0);
      z = v128.load(q, PIXEL);
      s4 = madd(v, z, s4);
      s1 = madd(w, z, s1);
      z = v128.load(q, 2 * PIXEL);
      s5 = madd(v, z, s5);
      s2 = madd(w, z, s2);
      z = v128.load(r);
      s6 = madd(v, z, s6);
      s3 = madd(w, z, s3);
      z = v128.load(r, PIXEL);
      s7 = madd(v, z, s7);
      s4 = madd(w, z, s4);
      z = v128.load(r, 2 * PIXEL);
      s8 = madd(v, z, s8);
      s5 = madd(w, z, s5);
      s6 = madd(w, v128.load(u), s6);
      s7 = madd(w, v128.load(u, PIXEL), s7);
      s8 = madd(w, v128.load(u, 2 * PIXEL), s8);
    }
  }
  for (let y = pairs; y < g.outHeight; y++) {
    let p = x + <usize>(y * g.stride) * line;
    let e = d + (<usize>y * dStep * dWidth << SHIFT);
    const end = e + <usize>g.outWidth * dNext;
    for (; e < end; e += dNext, p += step) {
      const v = v128.load(e);
      const q = p + line;
      const r = q + line;
      s0 = madd(v, v128.load(p), s0);
      s1 = madd(v, v128.load(p, PIXEL), s1);
      s2 = madd(v, v128.load(p, 2 * PIXEL), s2);
      s3 = madd(v, v128.load(q), s3);
      s4 = madd(v, v128.load(q, PIXEL), s4);
      s5 = madd(v, v128.load(q, 2 * PIXEL), s5);
      s6 = madd(v, v128.load(r), s6);
      s7 = madd(v, v128.load(r, PIXEL), s7);
      s8 = madd(v, v128.load(r, 2 * PIXEL), s8);
    }
  }
  v128.store(to, s0);
  v128.store(to, s1, PIXEL);
  v128.store(to, s2, 2 * PIXEL);
  v128.store(to, s3, 3 * PIXEL);
  v128.store(to, s4, 4 * PIXEL);
  v128.store(to, s5, 5 * PIXEL);
  v128.store(to, s6, 6 * PIXEL);
  v128.store(to, s7, 7 * PIXEL);
  v128.store(to, s8, 8 * PIXEL);
}
