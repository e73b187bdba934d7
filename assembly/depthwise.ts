/**
 * Depthwise convolutions, k x k, vectorized over channels. An image's activated (or gradient) values lie in a padded
 * scratch map of a few channels, so that each is computed once. Units: groups of images whose rows are whole pieces
 * of 64.
 */
import { madd, splat } from './vector';
import { Geometry, Room, finishTarget } from './dense';
import { codeOf, GradView, gradient, pieceStatistics, storeLanes, Target, View, viewed } from './views';

/** Channels of the scratch map. */
const LANES: usize = 16;

@unmanaged class Args {
  geometry: Geometry;
  view: View;
  gradient: GradView;
  /** Weights [taps, C padded to 4] in map order. */
  weights: usize;
  output: usize;
  statistics: usize;
  target: Target;
  /** Partial weight gradients [units, taps, C padded to 4]. */
  partials: usize;
  /** Images per unit. */
  group: i32;
  room: Room;
}

@unmanaged class PackArgs {
  weight: usize;
  packed: usize;
  channels: i32;
  taps: i32;
  flipped: i32;
}

/** Weights [C, taps] -> [taps, C4]; flipped for the input gradient. Units: taps. */
export function packDepthwise(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<PackArgs>(args);
  const C4 = (a.channels + 3) & ~3;
  for (let t = from; t < to; t++) {
    const source = a.flipped ? a.taps - 1 - t : t;
    for (let c = 0; c < C4; c++) {
      const w: f32 = c < a.channels ? load<f32>(a.weight + (<usize>(c * a.taps + source) << 2)) : 0;
      store<f32>(a.packed + (<usize>(t * C4 + c) << 2), w);
    }
  }
}

/** Viewed channels c0 .. of image n -> map [height + 2 padding, width + 2 padding, LANES]; the border is zero. */
function fillInput(g: Geometry, v: View, n: i32, c0: usize, map: usize): void {
  const C = <usize>g.inChannels;
  const width = g.inWidth + 2 * g.padding;
  const lanes = min(LANES, C - c0);
  const code = codeOf(v);
  memory.fill(map, 0, (<usize>((g.inHeight + 2 * g.padding) * width) * LANES) << 2);
  for (let y = 0; y < g.inHeight; y++) {
    let to = map + ((<usize>((y + g.padding) * width + g.padding) * LANES) << 2);
    let at = <usize>((n * g.inHeight + y) * g.inWidth) * C + c0;
    for (let x = 0; x < g.inWidth; x++, at += C, to += LANES << 2) {
      for (let l: usize = 0; l < lanes; l += 4) {
        v128.store(to + (l << 2), viewed(v.raw, v.affine, code, at + l, c0 + l, C));
      }
    }
  }
}

/** Gradient of image n, spread by the stride -> map [inHeight + k - 1, inWidth + k - 1, LANES], offset k - 1 - padding. */
function fillGradient(g: Geometry, v: GradView, n: i32, c0: usize, map: usize): void {
  const C = <usize>g.outChannels;
  const width = g.inWidth + g.kernelWidth - 1;
  const height = g.inHeight + g.kernelHeight - 1;
  const lanes = min(LANES, C - c0);
  memory.fill(map, 0, (<usize>(height * width) * LANES) << 2);
  for (let y = 0; y < g.outHeight; y++) {
    const row = y * g.stride + g.kernelHeight - 1 - g.padding;
    if (row < 0 || row >= height) continue;
    let at = <usize>((n * g.outHeight + y) * g.outWidth) * C + c0;
    for (let x = 0; x < g.outWidth; x++, at += C) {
      const column = x * g.stride + g.kernelWidth - 1 - g.padding;
      if (column < 0 || column >= width) continue;
      const to = map + ((<usize>(row * width + column) * LANES) << 2);
      for (let l: usize = 0; l < lanes; l += 4) v128.store(to + (l << 2), gradient(v, at + l, c0 + l, C));
    }
  }
}

/** out [rows, columns, stride C] = map * weights for four channels; 3 x 3 with the weights in registers. */
function correlate3(map: usize, width: usize, w: usize, C4: usize, step: usize, out: usize, h: i32, wd: i32, outStep: usize, lanes: i32): void {
  const wr = C4 << 2;
  const w0 = v128.load(w), w1 = v128.load(w + wr), w2 = v128.load(w + 2 * wr);
  const w3 = v128.load(w + 3 * wr), w4 = v128.load(w + 4 * wr), w5 = v128.load(w + 5 * wr);
  const w6 = v128.load(w + 6 * wr), w7 = v128.load(w + 7 * wr), w8 = v128.load(w + 8 * wr);
  const line = width * LANES << 2;
  for (let y = 0; y < h; y++) {
    let p = map + <usize>y * step * line;
    let q = p + line;
    let r = q + line;
    for (let x = 0; x < wd; x++) {
      let s = f32x4.mul(v128.load(p), w0);
      s = madd(v128.load(p, 64), w1, s);
      s = madd(v128.load(p, 128), w2, s);
      s = madd(v128.load(q), w3, s);
      s = madd(v128.load(q, 64), w4, s);
      s = madd(v128.load(q, 128), w5, s);
      s = madd(v128.load(r), w6, s);
      s = madd(v128.load(r, 64), w7, s);
      s = madd(v128.load(r, 128), w8, s);
      if (lanes == 4) v128.store(out, s);
      else storeLanes(out, s, lanes);
      out += outStep;
      p += step * (LANES << 2);
      q += step * (LANES << 2);
      r += step * (LANES << 2);
    }
  }
}

/** The same for any kernel. */
function correlate(map: usize, width: usize, kh: i32, kw: i32, w: usize, C4: usize, step: usize, out: usize, h: i32, wd: i32, outStep: usize, lanes: i32): void {
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < wd; x++) {
      let s = splat(0);
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          const at = map + (((<usize>y * step + ky) * width + <usize>x * step + kx) * LANES << 2);
          s = madd(v128.load(at), v128.load(w + ((<usize>(ky * kw + kx) * C4) << 2)), s);
        }
      }
      storeLanes(out, s, lanes);
      out += outStep;
    }
  }
}

/** All channels of a block: map -> out rows of C channels. */
function correlateBlock(g: Geometry, map: usize, width: usize, w: usize, c0: usize, C: usize, step: usize, out: usize, h: i32, wd: i32): void {
  const C4 = (C + 3) & ~3;
  const lanes = min(LANES, C - c0);
  for (let l: usize = 0; l < lanes; l += 4) {
    const n = <i32>min<usize>(4, C - c0 - l);
    const from = map + (l << 2);
    const weights = w + ((c0 + l) << 2);
    const to = out + ((c0 + l) << 2);
    if (g.kernelHeight == 3 && g.kernelWidth == 3) correlate3(from, width, weights, C4, step, to, h, wd, C << 2, n);
    else correlate(from, width, g.kernelHeight, g.kernelWidth, weights, C4, step, to, h, wd, C << 2, n);
  }
}

/** Forward. */
export function depthwiseForward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<Args>(args);
  const g = a.geometry;
  const C = <usize>g.inChannels;
  const map = a.room.base + <usize>thread * a.room.size;
  const pixels = g.outHeight * g.outWidth;
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group;
    const last = min(first + a.group, g.batch);
    for (let n = first; n < last; n++) {
      const out = a.output + ((<usize>(n * pixels) * C) << 2);
      for (let c: usize = 0; c < C; c += LANES) {
        fillInput(g, a.view, n, c, map);
        correlateBlock(g, map, g.inWidth + 2 * g.padding, a.weights, c, C, g.stride, out, g.outHeight, g.outWidth);
      }
    }
    if (a.statistics) statisticsOf(a.output, a.statistics, first * pixels, last * pixels, C);
  }
}

function statisticsOf(y: usize, statistics: usize, from: i32, to: i32, C: usize): void {
  for (let r = from; r < to; r += 64) {
    const out = statistics + ((<usize>(r / 64) * 2 * C) << 2);
    pieceStatistics(y + ((<usize>r * C) << 2), min(64, to - r), C, out);
  }
}

/** Gradient by the input: the spread gradient correlated with the flipped weights, into the room, then finished. */
export function depthwiseInputGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<Args>(args);
  const g = a.geometry;
  const C = <usize>g.inChannels;
  const map = a.room.base + <usize>thread * a.room.size;
  const pixels = g.inHeight * g.inWidth;
  const dv = map + a.room.first;
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group;
    const last = min(first + a.group, g.batch);
    for (let n = first; n < last; n++) {
      const out = dv + ((<usize>((n - first) * pixels) * C) << 2);
      for (let c: usize = 0; c < C; c += LANES) {
        fillGradient(g, a.gradient, n, c, map);
        correlateBlock(g, map, g.inWidth + g.kernelWidth - 1, a.weights, c, C, 1, out, g.inHeight, g.inWidth);
      }
    }
    for (let r = first * pixels; r < last * pixels; r += 64) {
      const at = dv + ((<usize>(r - first * pixels) * C) << 2);
      finishTarget(a.target, at, C, r, min(64, last * pixels - r), C, r / 64);
    }
  }
}

/** Partial gradients by the weights of one unit of images. */
export function depthwiseWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<Args>(args);
  const g = a.geometry;
  const C = <usize>g.inChannels;
  const C4 = (C + 3) & ~3;
  const taps = g.kernelHeight * g.kernelWidth;
  const map = a.room.base + <usize>thread * a.room.size;
  const width = <usize>(g.inWidth + 2 * g.padding);
  for (let unit = from; unit < to; unit++) {
    const partial = a.partials + ((<usize>unit * taps * C4) << 2);
    memory.fill(partial, 0, (<usize>taps * C4) << 2);
    const last = min((unit + 1) * a.group, g.batch);
    for (let n = unit * a.group; n < last; n++) {
      for (let c: usize = 0; c < C; c += LANES) {
        fillInput(g, a.view, n, c, map);
        const lanes = min(LANES, C - c);
        for (let l: usize = 0; l < lanes; l += 4) {
          const to = partial + ((c + l) << 2);
          if (taps == 9 && g.kernelWidth == 3) weightTaps3(g, a.gradient, n, c + l, map + (l << 2), width, to, C4);
          else weightTaps(g, a.gradient, n, c + l, map + (l << 2), width, to, C4);
        }
      }
    }
  }
}

function weightTaps3(g: Geometry, v: GradView, n: i32, c: usize, map: usize, width: usize, to: usize, C4: usize): void {
  const C = <usize>g.outChannels;
  const row = C4 << 2;
  let s0 = v128.load(to), s1 = v128.load(to + row), s2 = v128.load(to + 2 * row);
  let s3 = v128.load(to + 3 * row), s4 = v128.load(to + 4 * row), s5 = v128.load(to + 5 * row);
  let s6 = v128.load(to + 6 * row), s7 = v128.load(to + 7 * row), s8 = v128.load(to + 8 * row);
  const line = width * LANES << 2;
  const step = <usize>g.stride * (LANES << 2);
  let at = <usize>(n * g.outHeight * g.outWidth) * C + c;
  for (let y = 0; y < g.outHeight; y++) {
    let p = map + <usize>(y * g.stride) * line;
    for (let x = 0; x < g.outWidth; x++, at += C, p += step) {
      const d = gradient(v, at, c, C);
      s0 = madd(d, v128.load(p), s0);
      s1 = madd(d, v128.load(p, 64), s1);
      s2 = madd(d, v128.load(p, 128), s2);
      const q = p + line;
      s3 = madd(d, v128.load(q), s3);
      s4 = madd(d, v128.load(q, 64), s4);
      s5 = madd(d, v128.load(q, 128), s5);
      const r = q + line;
      s6 = madd(d, v128.load(r), s6);
      s7 = madd(d, v128.load(r, 64), s7);
      s8 = madd(d, v128.load(r, 128), s8);
    }
  }
  v128.store(to, s0);
  v128.store(to + row, s1);
  v128.store(to + 2 * row, s2);
  v128.store(to + 3 * row, s3);
  v128.store(to + 4 * row, s4);
  v128.store(to + 5 * row, s5);
  v128.store(to + 6 * row, s6);
  v128.store(to + 7 * row, s7);
  v128.store(to + 8 * row, s8);
}

function weightTaps(g: Geometry, v: GradView, n: i32, c: usize, map: usize, width: usize, to: usize, C4: usize): void {
  const C = <usize>g.outChannels;
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    for (let kx = 0; kx < g.kernelWidth; kx++) {
      const out = to + ((<usize>(ky * g.kernelWidth + kx) * C4) << 2);
      let s = v128.load(out);
      let at = <usize>(n * g.outHeight * g.outWidth) * C + c;
      for (let y = 0; y < g.outHeight; y++) {
        for (let x = 0; x < g.outWidth; x++, at += C) {
          const p = map + ((<usize>(y * g.stride + ky) * width + <usize>(x * g.stride + kx)) * LANES << 2);
          s = madd(gradient(v, at, c, C), v128.load(p), s);
        }
      }
      v128.store(out, s);
    }
  }
}

@unmanaged class ReduceArgs {
  partials: usize;
  gradient: usize;
  channels: i32;
  taps: i32;
  units: i32;
}

/** Adds the units in order (float64) into the gradient [C, taps]. Units: channels. */
export function reduceDepthwise(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ReduceArgs>(args);
  const C4 = (a.channels + 3) & ~3;
  for (let c = from; c < to; c++) {
    for (let t = 0; t < a.taps; t++) {
      let sum: f64 = 0;
      for (let u = 0; u < a.units; u++) {
        sum += <f64>load<f32>(a.partials + (<usize>((u * a.taps + t) * C4 + c) << 2));
      }
      store<f32>(a.gradient + (<usize>(c * a.taps + t) << 2), <f32>sum);
    }
  }
}
