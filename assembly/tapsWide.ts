/** 3 x 3 depthwise convolutions of maps of eight channels: the inner loops. */
import { Geometry } from './gather';
import { madd } from './vector';

/** out[h, w] of eight channels = map correlated with 3 x 3 weights. Stride 1: two lines at a time. */
export function correlate3(map: usize, width: usize, step: usize, w: usize, out: usize, h: i32, wd: i32): void {
  const w0 = v128.load(w), v0 = v128.load(w, 16);
  const w1 = v128.load(w, 32), v1 = v128.load(w, 48);
  const w2 = v128.load(w, 64), v2 = v128.load(w, 80);
  const w3 = v128.load(w, 96), v3 = v128.load(w, 112);
  const w4 = v128.load(w, 128), v4 = v128.load(w, 144);
  const w5 = v128.load(w, 160), v5 = v128.load(w, 176);
  const w6 = v128.load(w, 192), v6 = v128.load(w, 208);
  const w7 = v128.load(w, 224), v7 = v128.load(w, 240);
  const w8 = v128.load(w, 256), v8 = v128.load(w, 272);
  const line = width << 5;
  const row = <usize>wd << 5;
  const pairs = step == 1 ? h & ~1 : 0;
  for (let y = 0; y < pairs; y += 2, out += row) {
    let p = map + <usize>y * line;
    for (const end = out + row; out < end; out += 32, p += 32) {
      const q = p + line;
      const r = q + line;
      const u = r + line;
      let a = v128.load(p), b = v128.load(p, 16);
      let s = f32x4.mul(a, w0), t = f32x4.mul(b, v0);
      a = v128.load(p, 32);
      b = v128.load(p, 48);
      s = madd(a, w1, s);
      t = madd(b, v1, t);
      a = v128.load(p, 64);
      b = v128.load(p, 80);
      s = madd(a, w2, s);
      t = madd(b, v2, t);
      a = v128.load(q);
      b = v128.load(q, 16);
      s = madd(a, w3, s);
      t = madd(b, v3, t);
      let s1 = f32x4.mul(a, w0), t1 = f32x4.mul(b, v0);
      a = v128.load(q, 32);
      b = v128.load(q, 48);
      s = madd(a, w4, s);
      t = madd(b, v4, t);
      s1 = madd(a, w1, s1);
      t1 = madd(b, v1, t1);
      a = v128.load(q, 64);
      b = v128.load(q, 80);
      s = madd(a, w5, s);
      t = madd(b, v5, t);
      s1 = madd(a, w2, s1);
      t1 = madd(b, v2, t1);
      a = v128.load(r);
      b = v128.load(r, 16);
      s = madd(a, w6, s);
      t = madd(b, v6, t);
      s1 = madd(a, w3, s1);
      t1 = madd(b, v3, t1);
      a = v128.load(r, 32);
      b = v128.load(r, 48);
      s = madd(a, w7, s);
      t = madd(b, v7, t);
      s1 = madd(a, w4, s1);
      t1 = madd(b, v4, t1);
      a = v128.load(r, 64);
      b = v128.load(r, 80);
      s = madd(a, w8, s);
      t = madd(b, v8, t);
      s1 = madd(a, w5, s1);
      t1 = madd(b, v5, t1);
      v128.store(out, s);
      v128.store(out, t, 16);
      s1 = madd(v128.load(u), w6, s1);
      t1 = madd(v128.load(u, 16), v6, t1);
      s1 = madd(v128.load(u, 32), w7, s1);
      t1 = madd(v128.load(u, 48), v7, t1);
      s1 = madd(v128.load(u, 64), w8, s1);
      t1 = madd(v128.load(u, 80), v8, t1);
      v128.store(out + row, s1);
      v128.store(out + row, t1, 16);
    }
  }
  for (let y = pairs; y < h; y++) {
    let p = map + <usize>y * step * line;
    for (const end = out + row; out < end; out += 32, p += step << 5) {
      const q = p + line;
      const r = q + line;
      let s = f32x4.mul(v128.load(p), w0), t = f32x4.mul(v128.load(p, 16), v0);
      s = madd(v128.load(p, 32), w1, s);
      t = madd(v128.load(p, 48), v1, t);
      s = madd(v128.load(p, 64), w2, s);
      t = madd(v128.load(p, 80), v2, t);
      s = madd(v128.load(q), w3, s);
      t = madd(v128.load(q, 16), v3, t);
      s = madd(v128.load(q, 32), w4, s);
      t = madd(v128.load(q, 48), v4, t);
      s = madd(v128.load(q, 64), w5, s);
      t = madd(v128.load(q, 80), v5, t);
      s = madd(v128.load(r), w6, s);
      t = madd(v128.load(r, 16), v6, t);
      s = madd(v128.load(r, 32), w7, s);
      t = madd(v128.load(r, 48), v7, t);
      s = madd(v128.load(r, 64), w8, s);
      t = madd(v128.load(r, 80), v8, t);
      v128.store(out, s);
      v128.store(out, t, 16);
    }
  }
}

/**
 * Gradient of a 3 x 3 convolution of stride 2 and padding 1 by its input: by the parity of row and column, 1, 2, 2 or 4
 * taps. The map holds the gradient with a row and a column of zeros after the last.
 */
export function spread3(map: usize, width: usize, w: usize, out: usize, h: i32, wd: i32): void {
  const w0 = v128.load(w), v0 = v128.load(w, 16);
  const w1 = v128.load(w, 32), v1 = v128.load(w, 48);
  const w2 = v128.load(w, 64), v2 = v128.load(w, 80);
  const w3 = v128.load(w, 96), v3 = v128.load(w, 112);
  const w4 = v128.load(w, 128), v4 = v128.load(w, 144);
  const w5 = v128.load(w, 160), v5 = v128.load(w, 176);
  const w6 = v128.load(w, 192), v6 = v128.load(w, 208);
  const w7 = v128.load(w, 224), v7 = v128.load(w, 240);
  const w8 = v128.load(w, 256), v8 = v128.load(w, 272);
  const line = width << 5;
  for (let y = 0; y < h; y++) {
    let p = map + <usize>(y >> 1) * line;
    const end = out + (<usize>wd << 5);
    if (y & 1) {
      const next = line;
      for (; out < end; out += 32, p += 32) {
        const a0 = v128.load(p), a1 = v128.load(p, 16);
        const b0 = v128.load(p + next), b1 = v128.load(p + next, 16);
        v128.store(out, madd(b0, w1, f32x4.mul(a0, w7)));
        v128.store(out, madd(b1, v1, f32x4.mul(a1, v7)), 16);
        out += 32;
        if (out >= end) break;
        const s = madd(b0, w2, madd(v128.load(p, 32), w6, f32x4.mul(a0, w8)));
        const t = madd(b1, v2, madd(v128.load(p, 48), v6, f32x4.mul(a1, v8)));
        v128.store(out, madd(v128.load(p + next, 32), w0, s));
        v128.store(out, madd(v128.load(p + next, 48), v0, t), 16);
      }
    } else {
      for (; out < end; out += 32, p += 32) {
        const a0 = v128.load(p), a1 = v128.load(p, 16);
        v128.store(out, f32x4.mul(a0, w4));
        v128.store(out, f32x4.mul(a1, v4), 16);
        out += 32;
        if (out >= end) break;
        v128.store(out, madd(v128.load(p, 32), w3, f32x4.mul(a0, w5)));
        v128.store(out, madd(v128.load(p, 48), v3, f32x4.mul(a1, v5)), 16);
      }
    }
    out = end;
  }
}

/** partial[9][8] += sum over the output's pixels of d * window of x. */
export function weightTaps3(g: Geometry, d: usize, dWidth: usize, dStep: usize, x: usize, width: usize, to: usize): void {
  let s0 = v128.load(to), t0 = v128.load(to, 16);
  let s1 = v128.load(to, 32), t1 = v128.load(to, 48);
  let s2 = v128.load(to, 64), t2 = v128.load(to, 80);
  let s3 = v128.load(to, 96), t3 = v128.load(to, 112);
  let s4 = v128.load(to, 128), t4 = v128.load(to, 144);
  let s5 = v128.load(to, 160), t5 = v128.load(to, 176);
  let s6 = v128.load(to, 192), t6 = v128.load(to, 208);
  let s7 = v128.load(to, 224), t7 = v128.load(to, 240);
  let s8 = v128.load(to, 256), t8 = v128.load(to, 272);
  const line = width << 5;
  const step = <usize>g.stride << 5;
  const dNext = dStep << 5;
  const pairs = g.stride == 1 ? g.outHeight & ~1 : 0;
  const dLine = dStep * dWidth << 5;
  for (let y = 0; y < pairs; y += 2) {
    let p = x + <usize>y * line;
    let e = d + <usize>y * dLine;
    const end = e + <usize>g.outWidth * dNext;
    for (; e < end; e += dNext, p += 32) {
      const a = v128.load(e), b = v128.load(e, 16);
      const c = v128.load(e + dLine), f = v128.load(e + dLine, 16);
      const q = p + line;
      const r = q + line;
      const u = r + line;
      s0 = madd(a, v128.load(p), s0);
      t0 = madd(b, v128.load(p, 16), t0);
      s1 = madd(a, v128.load(p, 32), s1);
      t1 = madd(b, v128.load(p, 48), t1);
      s2 = madd(a, v128.load(p, 64), s2);
      t2 = madd(b, v128.load(p, 80), t2);
      let z0 = v128.load(q), z1 = v128.load(q, 16);
      s3 = madd(a, z0, s3);
      t3 = madd(b, z1, t3);
      s0 = madd(c, z0, s0);
      t0 = madd(f, z1, t0);
      z0 = v128.load(q, 32);
      z1 = v128.load(q, 48);
      s4 = madd(a, z0, s4);
      t4 = madd(b, z1, t4);
      s1 = madd(c, z0, s1);
      t1 = madd(f, z1, t1);
      z0 = v128.load(q, 64);
      z1 = v128.load(q, 80);
      s5 = madd(a, z0, s5);
      t5 = madd(b, z1, t5);
      s2 = madd(c, z0, s2);
      t2 = madd(f, z1, t2);
      z0 = v128.load(r);
      z1 = v128.load(r, 16);
      s6 = madd(a, z0, s6);
      t6 = madd(b, z1, t6);
      s3 = madd(c, z0, s3);
      t3 = madd(f, z1, t3);
      z0 = v128.load(r, 32);
      z1 = v128.load(r, 48);
      s7 = madd(a, z0, s7);
      t7 = madd(b, z1, t7);
      s4 = madd(c, z0, s4);
      t4 = madd(f, z1, t4);
      z0 = v128.load(r, 64);
      z1 = v128.load(r, 80);
      s8 = madd(a, z0, s8);
      t8 = madd(b, z1, t8);
      s5 = madd(c, z0, s5);
      t5 = madd(f, z1, t5);
      s6 = madd(c, v128.load(u), s6);
      t6 = madd(f, v128.load(u, 16), t6);
      s7 = madd(c, v128.load(u, 32), s7);
      t7 = madd(f, v128.load(u, 48), t7);
      s8 = madd(c, v128.load(u, 64), s8);
      t8 = madd(f, v128.load(u, 80), t8);
    }
  }
  for (let y = pairs; y < g.outHeight; y++) {
    let p = x + <usize>(y * g.stride) * line;
    let e = d + (<usize>y * dStep * dWidth << 5);
    const end = e + <usize>g.outWidth * dNext;
    for (; e < end; e += dNext, p += step) {
      const a = v128.load(e), b = v128.load(e, 16);
      const q = p + line;
      const r = q + line;
      s0 = madd(a, v128.load(p), s0);
      t0 = madd(b, v128.load(p, 16), t0);
      s1 = madd(a, v128.load(p, 32), s1);
      t1 = madd(b, v128.load(p, 48), t1);
      s2 = madd(a, v128.load(p, 64), s2);
      t2 = madd(b, v128.load(p, 80), t2);
      s3 = madd(a, v128.load(q), s3);
      t3 = madd(b, v128.load(q, 16), t3);
      s4 = madd(a, v128.load(q, 32), s4);
      t4 = madd(b, v128.load(q, 48), t4);
      s5 = madd(a, v128.load(q, 64), s5);
      t5 = madd(b, v128.load(q, 80), t5);
      s6 = madd(a, v128.load(r), s6);
      t6 = madd(b, v128.load(r, 16), t6);
      s7 = madd(a, v128.load(r, 32), s7);
      t7 = madd(b, v128.load(r, 48), t7);
      s8 = madd(a, v128.load(r, 64), s8);
      t8 = madd(b, v128.load(r, 80), t8);
    }
  }
  v128.store(to, s0);
  v128.store(to, t0, 16);
  v128.store(to, s1, 32);
  v128.store(to, t1, 48);
  v128.store(to, s2, 64);
  v128.store(to, t2, 80);
  v128.store(to, s3, 96);
  v128.store(to, t3, 112);
  v128.store(to, s4, 128);
  v128.store(to, t4, 144);
  v128.store(to, s5, 160);
  v128.store(to, t5, 176);
  v128.store(to, s6, 192);
  v128.store(to, t6, 208);
  v128.store(to, s7, 224);
  v128.store(to, t7, 240);
  v128.store(to, s8, 256);
  v128.store(to, t8, 272);
}
