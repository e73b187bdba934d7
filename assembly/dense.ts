/**
 * Dense convolutions as matrix products over gathered rows. Inner index k = tap * C + c. Every output element is one
 * chain over k in order, so tiles and threads change no bit. Units: blocks of 64 rows, or pieces of a weight gradient.
 */
import { actGradient, madd, splat } from './vector';
import {
  affineOf, codeOf, firstLanes, GradView, gradient, pieceStatistics, storeLanes, Target, View, viewed,
} from './views';

@unmanaged export class Geometry {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  inChannels: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  stride: i32;
  padding: i32;
}

const BLOCK: usize = 64;

/** Row of the input that output row r reads at tap (ky, kx); -1 in the padding. */
// @ts-ignore: decorator
@inline function inputRow(g: Geometry, r: i32, ky: i32, kx: i32): i32 {
  const ox = r % g.outWidth;
  const rest = r / g.outWidth;
  const iy = (rest % g.outHeight) * g.stride + ky - g.padding;
  const ix = ox * g.stride + kx - g.padding;
  if (iy < 0 || iy >= g.inHeight || ix < 0 || ix >= g.inWidth) return -1;
  return ((rest / g.outHeight) * g.inHeight + iy) * g.inWidth + ix;
}

/** Row of the output that reads input row s at tap (ky, kx); -1 where none does. */
// @ts-ignore: decorator
@inline function outputRow(g: Geometry, s: i32, ky: i32, kx: i32): i32 {
  const rest = s / g.inWidth;
  const y = (rest % g.inHeight) + g.padding - ky;
  const x = (s % g.inWidth) + g.padding - kx;
  if (y < 0 || x < 0 || y % g.stride || x % g.stride) return -1;
  const oy = y / g.stride;
  const ox = x / g.stride;
  if (oy >= g.outHeight || ox >= g.outWidth) return -1;
  return ((rest / g.inHeight) * g.outHeight + oy) * g.outWidth + ox;
}

// @ts-ignore: decorator
@inline function zero(at: usize, count: usize): void {
  memory.fill(at, 0, count << 2);
}

/** Viewed rows r0 .. r0 + rows - 1 as matrix x [64, stride]; rows that do not exist are zero. */
function gatherRows(g: Geometry, v: View, r0: i32, rows: i32, x: usize, stride: usize): void {
  const C = <usize>g.inChannels;
  const code = codeOf(v);
  const raw = v.raw;
  const affine = v.affine;
  for (let i = 0; i < <i32>BLOCK; i++) {
    let at = x + <usize>i * (stride << 2);
    if (i >= rows) {
      zero(at, stride);
      continue;
    }
    for (let ky = 0; ky < g.kernelHeight; ky++) {
      for (let kx = 0; kx < g.kernelWidth; kx++, at += C << 2) {
        const s = inputRow(g, r0 + i, ky, kx);
        if (s < 0) {
          zero(at, C);
          continue;
        }
        const first = <usize>s * C;
        let c: usize = 0;
        for (; c + 4 <= C; c += 4) v128.store(at + (c << 2), viewed(raw, affine, code, first + c, c, C));
        if (c < C) storeLanes(at + (c << 2), viewed(raw, affine, code, first + c, c, C), <i32>(C - c));
      }
    }
  }
}

/** The gradient's rows that input rows s0 .. read, as matrix x [64, stride] with k = tap * O + o. */
function gatherGradientRows(g: Geometry, v: GradView, s0: i32, rows: i32, x: usize, stride: usize): void {
  const O = <usize>g.outChannels;
  for (let i = 0; i < <i32>BLOCK; i++) {
    let at = x + <usize>i * (stride << 2);
    if (i >= rows) {
      zero(at, stride);
      continue;
    }
    for (let ky = 0; ky < g.kernelHeight; ky++) {
      for (let kx = 0; kx < g.kernelWidth; kx++, at += O << 2) {
        const r = outputRow(g, s0 + i, ky, kx);
        if (r < 0) {
          zero(at, O);
          continue;
        }
        const first = <usize>r * O;
        let o: usize = 0;
        for (; o + 4 <= O; o += 4) v128.store(at + (o << 2), gradient(v, first + o, o, O));
        if (o < O) storeLanes(at + (o << 2), gradient(v, first + o, o, O), <i32>(O - o));
      }
    }
  }
}

/** y [64, N] = x [64, K] * panels [N/8][K][8]; y has row stride N8 (N rounded up to 8). */
function product(x: usize, K: usize, panels: usize, y: usize, N8: usize): void {
  const row = K << 2;
  const out = N8 << 2;
  for (let n: usize = 0; n < N8; n += 8) {
    const panel = panels + n * row;
    for (let i: usize = 0; i < BLOCK; i += 4) {
      let a0 = x + i * row;
      let a1 = a0 + row;
      let a2 = a1 + row;
      let a3 = a2 + row;
      let b = panel;
      const end = panel + (K << 5);
      let c00 = splat(0), c01 = splat(0), c10 = splat(0), c11 = splat(0);
      let c20 = splat(0), c21 = splat(0), c30 = splat(0), c31 = splat(0);
      for (; b < end; b += 32) {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        let a = v128.load_splat<f32>(a0);
        c00 = madd(a, b0, c00);
        c01 = madd(a, b1, c01);
        a = v128.load_splat<f32>(a1);
        c10 = madd(a, b0, c10);
        c11 = madd(a, b1, c11);
        a = v128.load_splat<f32>(a2);
        c20 = madd(a, b0, c20);
        c21 = madd(a, b1, c21);
        a = v128.load_splat<f32>(a3);
        c30 = madd(a, b0, c30);
        c31 = madd(a, b1, c31);
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
      }
      let to = y + i * out + (n << 2);
      v128.store(to, c00);
      v128.store(to, c01, 16);
      to += out;
      v128.store(to, c10);
      v128.store(to, c11, 16);
      to += out;
      v128.store(to, c20);
      v128.store(to, c21, 16);
      to += out;
      v128.store(to, c30);
      v128.store(to, c31, 16);
    }
  }
}

/** Room of one thread: the gathered rows, then the product. */
@unmanaged export class Room {
  base: usize;
  /** Bytes of each thread. */
  size: usize;
  /** Bytes of the first part. */
  first: usize;
}

@unmanaged class PackArgs {
  weight: usize;
  panels: usize;
  outChannels: i32;
  inChannels: i32;
  taps: i32;
  /** 0: columns o, inner (t, c): forward. 1: columns c, inner (t, o): input gradient. */
  transposed: i32;
}

/** Weights OIHW -> panels of 8 columns, zero beyond the last. Units: panels. */
export function packWeights(args: usize, from: i32, to: i32, thread: i32): void {
  const g = changetype<PackArgs>(args);
  const I = g.transposed ? g.outChannels : g.inChannels;
  const columns = g.transposed ? g.inChannels : g.outChannels;
  const K = I * g.taps;
  for (let p = from; p < to; p++) {
    let at = g.panels + (<usize>(p * K) << 5);
    for (let t = 0; t < g.taps; t++) {
      for (let i = 0; i < I; i++) {
        for (let j = 0; j < 8; j++, at += 4) {
          const n = p * 8 + j;
          let w: f32 = 0;
          if (n < columns) {
            const o = g.transposed ? i : n;
            const c = g.transposed ? n : i;
            w = load<f32>(g.weight + (<usize>((o * g.inChannels + c) * g.taps + t) << 2));
          }
          store<f32>(at, w);
        }
      }
    }
  }
}

@unmanaged class ForwardArgs {
  geometry: Geometry;
  view: View;
  panels: usize;
  output: usize;
  statistics: usize;
  rows: i32;
  room: Room;
}

/** Forward. Units: blocks of 64 output rows. */
export function denseForward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ForwardArgs>(args);
  const g = a.geometry;
  const x = a.room.base + <usize>thread * a.room.size;
  const y = x + a.room.first;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const N = <usize>g.outChannels;
  const N8 = (N + 7) & ~7;
  for (let unit = from; unit < to; unit++) {
    const r0 = unit * <i32>BLOCK;
    const rows = min(<i32>BLOCK, a.rows - r0);
    gatherRows(g, a.view, r0, rows, x, K);
    const target = a.output + ((<usize>r0 * N) << 2);
    if (N8 == N && rows == <i32>BLOCK) {
      product(x, K, a.panels, target, N8);
    } else {
      product(x, K, a.panels, y, N8);
      for (let i: usize = 0; i < <usize>rows; i++) memory.copy(target + ((i * N) << 2), y + ((i * N8) << 2), N << 2);
    }
    if (a.statistics) pieceStatistics(target, rows, N, a.statistics + ((<usize>unit * 2 * N) << 2));
  }
}

/** dv rows [rows, stride] -> dz and its sums for the piece `unit` that starts at row s0. */
export function finishTarget(t: Target, dv: usize, stride: usize, s0: i32, rows: i32, C: usize, unit: i32): void {
  const code = t.code ? load<i32>(t.code) : 0;
  const first = <usize>s0 * C;
  for (let c: usize = 0; c < C; c += 4) {
    const lanes = <i32>min<usize>(4, C - c);
    let sum = splat(0);
    let product = splat(0);
    const mean = t.saved ? v128.load(t.saved + (c << 2)) : splat(0);
    for (let i: usize = 0; i < <usize>rows; i++) {
      const at = (first + i * C + c) << 2;
      const raw = v128.load(t.raw + at);
      const dz = actGradient(affineOf(raw, t.affine, c, C), v128.load(dv + ((i * stride + c) << 2)), code);
      if (lanes == 4) v128.store(t.dz + at, dz);
      else storeLanes(t.dz + at, dz, lanes);
      sum = f32x4.add(sum, dz);
      product = f32x4.add(product, f32x4.mul(dz, f32x4.sub(raw, mean)));
    }
    if (!t.sums) continue;
    const out = t.sums + ((<usize>unit * 2 * C + c) << 2);
    storeLanes(out, sum, lanes);
    storeLanes(out + (C << 2), t.saved ? product : splat(0), lanes);
  }
}

@unmanaged class InputGradientArgs {
  geometry: Geometry;
  view: GradView;
  panels: usize;
  target: Target;
  rows: i32;
  room: Room;
}

/** Gradient by the input. Units: blocks of 64 input rows. */
export function denseInputGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<InputGradientArgs>(args);
  const g = a.geometry;
  const x = a.room.base + <usize>thread * a.room.size;
  const y = x + a.room.first;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.outChannels);
  const C = <usize>g.inChannels;
  const C8 = (C + 7) & ~7;
  for (let unit = from; unit < to; unit++) {
    const s0 = unit * <i32>BLOCK;
    const rows = min(<i32>BLOCK, a.rows - s0);
    gatherGradientRows(g, a.view, s0, rows, x, K);
    product(x, K, a.panels, y, C8);
    finishTarget(a.target, y, C8, s0, rows, C, unit);
  }
}

@unmanaged class WeightGradientArgs {
  geometry: Geometry;
  gradient: GradView;
  view: View;
  /** [pieces][O4][K8]. */
  accumulators: usize;
  rows: i32;
  pieces: i32;
  room: Room;
}

/** Rows [64, K] -> panels [K/8][64][8] or [K/4][64][4]. */
function toPanels(x: usize, K: usize, width: usize, panels: usize): void {
  for (let k: usize = 0; k < K; k += 4) {
    const lanes = <i32>min<usize>(4, K - k);
    let to = panels + (((k / width) * BLOCK * width + (k % width)) << 2);
    let at = x + (k << 2);
    for (let i: usize = 0; i < BLOCK; i++, at += K << 2, to += width << 2) {
      const v = v128.load(at);
      v128.store(to, lanes == 4 ? v : firstLanes(v, lanes));
    }
  }
}

/** acc [O4][K8] += d^T x over 64 rows; d panels of 4, x panels of 8. */
function accumulate(d: usize, O4: usize, x: usize, K8: usize, acc: usize): void {
  for (let k: usize = 0; k < K8; k += 8) {
    const panel = x + ((k * BLOCK) << 2);
    for (let o: usize = 0; o < O4; o += 4) {
      const row = K8 << 2;
      const t0 = acc + ((o * K8 + k) << 2);
      const t1 = t0 + row;
      const t2 = t1 + row;
      const t3 = t2 + row;
      let c00 = v128.load(t0), c01 = v128.load(t0, 16), c10 = v128.load(t1), c11 = v128.load(t1, 16);
      let c20 = v128.load(t2), c21 = v128.load(t2, 16), c30 = v128.load(t3), c31 = v128.load(t3, 16);
      let p = d + ((o * BLOCK) << 2);
      let b = panel;
      const end = panel + (BLOCK << 5);
      for (; b < end; b += 32, p += 16) {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        let a = v128.load_splat<f32>(p);
        c00 = madd(a, b0, c00);
        c01 = madd(a, b1, c01);
        a = v128.load_splat<f32>(p, 4);
        c10 = madd(a, b0, c10);
        c11 = madd(a, b1, c11);
        a = v128.load_splat<f32>(p, 8);
        c20 = madd(a, b0, c20);
        c21 = madd(a, b1, c21);
        a = v128.load_splat<f32>(p, 12);
        c30 = madd(a, b0, c30);
        c31 = madd(a, b1, c31);
      }
      v128.store(t0, c00);
      v128.store(t0, c01, 16);
      v128.store(t1, c10);
      v128.store(t1, c11, 16);
      v128.store(t2, c20);
      v128.store(t2, c21, 16);
      v128.store(t3, c30);
      v128.store(t3, c31, 16);
    }
  }
}

/** The gradient's rows r0 .. as matrix [64, O]. */
function gradientRows(v: GradView, O: usize, r0: i32, rows: i32, x: usize): void {
  for (let i: usize = 0; i < BLOCK; i++) {
    const at = x + ((i * O) << 2);
    if (<i32>i >= rows) {
      zero(at, O);
      continue;
    }
    const first = (<usize>r0 + i) * O;
    let o: usize = 0;
    for (; o + 4 <= O; o += 4) v128.store(at + (o << 2), gradient(v, first + o, o, O));
    if (o < O) storeLanes(at + (o << 2), gradient(v, first + o, o, O), <i32>(O - o));
  }
}

/** Gradient by the weights: partial sums. Units: pieces, each a fixed range of row blocks. */
export function denseWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<WeightGradientArgs>(args);
  const g = a.geometry;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const K8 = (K + 7) & ~7;
  const O = <usize>g.outChannels;
  const O4 = (O + 3) & ~3;
  const rowsRoom = a.room.base + <usize>thread * a.room.size;
  const xPanels = rowsRoom + a.room.first;
  const dPanels = xPanels + ((K8 * BLOCK) << 2);
  const blocks = (a.rows + <i32>BLOCK - 1) / <i32>BLOCK;
  zero(xPanels, K8 * BLOCK);
  zero(dPanels, O4 * BLOCK);
  for (let piece = from; piece < to; piece++) {
    const acc = a.accumulators + ((<usize>piece * O4 * K8) << 2);
    zero(acc, O4 * K8);
    const last = (blocks * (piece + 1)) / a.pieces;
    for (let block = (blocks * piece) / a.pieces; block < last; block++) {
      const r0 = block * <i32>BLOCK;
      const rows = min(<i32>BLOCK, a.rows - r0);
      gatherRows(g, a.view, r0, rows, rowsRoom, K);
      toPanels(rowsRoom, K, 8, xPanels);
      gradientRows(a.gradient, O, r0, rows, rowsRoom);
      toPanels(rowsRoom, O, 4, dPanels);
      accumulate(dPanels, O4, xPanels, K8, acc);
    }
  }
}

@unmanaged class ReduceArgs {
  accumulators: usize;
  gradient: usize;
  outChannels: i32;
  inChannels: i32;
  taps: i32;
  pieces: i32;
}

/** Adds the pieces in order into the gradient, OIHW. Units: output channels. */
export function reduceWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ReduceArgs>(args);
  const C = <usize>a.inChannels;
  const T = <usize>a.taps;
  const K8 = (C * T + 7) & ~7;
  const size = ((<usize>((a.outChannels + 3) & ~3)) * K8) << 2;
  for (let o = from; o < to; o++) {
    for (let t: usize = 0; t < T; t++) {
      for (let c: usize = 0; c < C; c++) {
        let at = a.accumulators + ((<usize>o * K8 + t * C + c) << 2);
        let sum = load<f32>(at);
        for (let p = 1; p < a.pieces; p++) {
          at += size;
          sum += load<f32>(at);
        }
        store<f32>(a.gradient + (((<usize>o * C + c) * T + t) << 2), sum);
      }
    }
  }
}
