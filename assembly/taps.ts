/** 3 x 3 depthwise convolutions of maps of four channels: the inner loops. */
import { Geometry } from './gather';
import { madd } from './vector';

/**
 * out[h, w] of four channels = map correlated with 3 x 3 weights. Stride 1: two lines at a time, which share half of what
 * they read.
 */
export function correlate3(map: usize, width: usize, step: usize, w: usize, out: usize, h: i32, wd: i32): void {
  const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32);
  const w3 = v128.load(w, 48), w4 = v128.load(w, 64), w5 = v128.load(w, 80);
  const w6 = v128.load(w, 96), w7 = v128.load(w, 112), w8 = v128.load(w, 128);
  const line = width << 4;
  const row = <usize>wd << 4;
  const pairs = step == 1 ? h & ~1 : 0;
  for (let y = 0; y < pairs; y += 2, out += row) {
    let p = map + <usize>y * line;
    for (const end = out + row; out < end; out += 16, p += 16) {
      const q = p + line;
      const r = q + line;
      let v = v128.load(p);
      let s = f32x4.mul(v, w0);
      s = madd(v128.load(p, 16), w1, s);
      s = madd(v128.load(p, 32), w2, s);
      v = v128.load(q);
      s = madd(v, w3, s);
      let t = f32x4.mul(v, w0);
      v = v128.load(q, 16);
      s = madd(v, w4, s);
      t = madd(v, w1, t);
      v = v128.load(q, 32);
      s = madd(v, w5, s);
      t = madd(v, w2, t);
      v = v128.load(r);
      s = madd(v, w6, s);
      t = madd(v, w3, t);
      v = v128.load(r, 16);
      s = madd(v, w7, s);
      t = madd(v, w4, t);
      v = v128.load(r, 32);
      v128.store(out, madd(v, w8, s));
      t = madd(v, w5, t);
      const u = r + line;
      t = madd(v128.load(u), w6, t);
      t = madd(v128.load(u, 16), w7, t);
      v128.store(out + row, madd(v128.load(u, 32), w8, t));
    }
  }
  for (let y = pairs; y < h; y++) {
    let p = map + <usize>y * step * line;
    for (const end = out + row; out < end; out += 16, p += step << 4) {
      const q = p + line;
      const r = q + line;
      let s = f32x4.mul(v128.load(p), w0);
      s = madd(v128.load(p, 16), w1, s);
      s = madd(v128.load(p, 32), w2, s);
      s = madd(v128.load(q), w3, s);
      s = madd(v128.load(q, 16), w4, s);
      s = madd(v128.load(q, 32), w5, s);
      s = madd(v128.load(r), w6, s);
      s = madd(v128.load(r, 16), w7, s);
      s = madd(v128.load(r, 32), w8, s);
      v128.store(out, s);
    }
  }
}

/**
 * Gradient of a 3 x 3 convolution of stride 2 and padding 1 by its input: by the parity of row and column, 1, 2, 2 or 4
 * taps. The map holds the gradient with a row and a column of zeros after the last.
 */
export function spread3(map: usize, width: usize, w: usize, out: usize, h: i32, wd: i32): void {
  const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32);
  const w3 = v128.load(w, 48), w4 = v128.load(w, 64), w5 = v128.load(w, 80);
  const w6 = v128.load(w, 96), w7 = v128.load(w, 112), w8 = v128.load(w, 128);
  const line = width << 4;
  for (let y = 0; y < h; y++) {
    let p = map + <usize>(y >> 1) * line;
    const end = out + (<usize>wd << 4);
    if (y & 1) {
      const next = line;
      for (; out < end; out += 16, p += 16) {
        const a = v128.load(p);
        const b = v128.load(p + next);
        v128.store(out, madd(b, w1, f32x4.mul(a, w7)));
        out += 16;
        if (out >= end) break;
        let s = f32x4.mul(a, w8);
        s = madd(v128.load(p, 16), w6, s);
        s = madd(b, w2, s);
        v128.store(out, madd(v128.load(p + next, 16), w0, s));
      }
    } else {
      for (; out < end; out += 16, p += 16) {
        const a = v128.load(p);
        v128.store(out, f32x4.mul(a, w4));
        out += 16;
        if (out >= end) break;
        v128.store(out, madd(v128.load(p, 16), w3, f32x4.mul(a, w5)));
      }
    }
    out = end;
  }
}

/** partial[9][4] += sum over the output's pixels of d * window of x. */
export function weightTaps3(g: Geometry, d: usize, dWidth: usize, dStep: usize, x: usize, width: usize, to: usize): void {
  let s0 = v128.load(to), s1 = v128.load(to, 16), s2 = v128.load(to, 32);
  let s3 = v128.load(to, 48), s4 = v128.load(to, 64), s5 = v128.load(to, 80);
  let s6 = v128.load(to, 96), s7 = v128.load(to, 112), s8 = v128.load(to, 128);
  const line = width << 4;
  const step = <usize>g.stride << 4;
  const dNext = dStep << 4;
  const pairs = g.stride == 1 ? g.outHeight & ~1 : 0;
  const dLine = dStep * dWidth << 4;
  for (let y = 0; y < pairs; y += 2) {
    let p = x + <usize>y * line;
    let e = d + <usize>y * dLine;
    const end = e + <usize>g.outWidth * dNext;
    for (; e < end; e += dNext, p += 16) {
      const v = v128.load(e);
      const w = v128.load(e + dLine);
      const q = p + line;
      const r = q + line;
      const u = r + line;
      s0 = madd(v, v128.load(p), s0);
      s1 = madd(v, v128.load(p, 16), s1);
      s2 = madd(v, v128.load(p, 32), s2);
      let z = v128.load(q);
      s3 = madd(v, z, s3);
      s0 = madd(w, z, s0);
      z = v128.load(q, 16);
      s4 = madd(v, z, s4);
      s1 = madd(w, z, s1);
      z = v128.load(q, 32);
      s5 = madd(v, z, s5);
      s2 = madd(w, z, s2);
      z = v128.load(r);
      s6 = madd(v, z, s6);
      s3 = madd(w, z, s3);
      z = v128.load(r, 16);
      s7 = madd(v, z, s7);
      s4 = madd(w, z, s4);
      z = v128.load(r, 32);
      s8 = madd(v, z, s8);
      s5 = madd(w, z, s5);
      s6 = madd(w, v128.load(u), s6);
      s7 = madd(w, v128.load(u, 16), s7);
      s8 = madd(w, v128.load(u, 32), s8);
    }
  }
  for (let y = pairs; y < g.outHeight; y++) {
    let p = x + <usize>(y * g.stride) * line;
    let e = d + (<usize>y * dStep * dWidth << 4);
    const end = e + <usize>g.outWidth * dNext;
    for (; e < end; e += dNext, p += step) {
      const v = v128.load(e);
      const q = p + line;
      const r = q + line;
      s0 = madd(v, v128.load(p), s0);
      s1 = madd(v, v128.load(p, 16), s1);
      s2 = madd(v, v128.load(p, 32), s2);
      s3 = madd(v, v128.load(q), s3);
      s4 = madd(v, v128.load(q, 16), s4);
      s5 = madd(v, v128.load(q, 32), s5);
      s6 = madd(v, v128.load(r), s6);
      s7 = madd(v, v128.load(r, 16), s7);
      s8 = madd(v, v128.load(r, 32), s8);
    }
  }
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
  v128.store(to, s4, 64);
  v128.store(to, s5, 80);
  v128.store(to, s6, 96);
  v128.store(to, s7, 112);
  v128.store(to, s8, 128);
}
