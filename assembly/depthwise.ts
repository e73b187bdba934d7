/**
 * Depthwise convolutions, k x k, vectorized over channels. Four channels of an image (activated values, or gradient)
 * lie in a padded map of their own, small enough for the first-level cache; 16 channels are filled at a time, so that
 * whole cache lines are read and each value is computed once. Units: groups of images whose rows are whole pieces of 64.
 */
import { Geometry } from './gather';
import { IDENTITY, RELU, act, madd, splat } from './vector';
import { columnStatistics, finishColumns, GradView, Room, storeFirst, Target, touch, View } from './views';

/** Channels filled at a time, in maps of four. */
const LANES: usize = 16;

@unmanaged class ForwardArgs {
  geometry: Geometry;
  view: View;
  weight: usize;
  output: usize;
  statistics: usize;
  /** Images per unit. */
  group: i32;
  room: Room;
}

/** Bytes of a map of four channels, the border included. */
// @ts-ignore: decorator
@inline function mapBytes(height: i32, width: i32): usize {
  return (<usize>(height * width) << 4) + 64;
}

/** Zeros in the frame of each of `count` maps: rows above and below, columns left and right of what will be filled. */
function zeroFrames(map: usize, bytes: usize, count: usize, height: i32, width: i32, before: i32, after: i32): void {
  for (let i: usize = 0; i < count; i++, map += bytes) {
    memory.fill(map, 0, <usize>(before * width) << 4);
    memory.fill(map + (<usize>((height - after) * width) << 4), 0, <usize>(after * width) << 4);
    for (let y = before; y < height - after; y++) {
      const row = map + (<usize>(y * width) << 4);
      for (let x = 0; x < before; x++) v128.store(row + (<usize>x << 4), splat(0));
      for (let x = width - after; x < width; x++) v128.store(row + (<usize>x << 4), splat(0));
    }
  }
}

/** Weights of four channels at tap t: [C, taps] read across. */
// @ts-ignore: decorator
@inline function across(weight: usize, c: usize, C: usize, t: usize, taps: usize): v128 {
  const p = weight + ((c * taps + t) << 2);
  const row = taps << 2;
  let w = v128.load32_zero(p);
  if (c + 1 < C) w = v128.load32_lane(p + row, w, 1);
  if (c + 2 < C) w = v128.load32_lane(p + 2 * row, w, 2);
  if (c + 3 < C) w = v128.load32_lane(p + 3 * row, w, 3);
  return w;
}

/**
 * Viewed channels c0 .. of image n into maps with a border of zeros (zero after the activation). Line by line, so that
 * the cache lines of a line's pixels serve all maps.
 */
function fillInput(g: Geometry, v: View, n: i32, c0: usize, maps: usize, bytes: usize): void {
  const C = <usize>g.inChannels;
  const step = C << 2;
  const width = g.inWidth + 2 * g.padding;
  const code = v.code ? load<i32>(v.code) : IDENTITY;
  const lanes = min(LANES, C - c0);
  let line = v.raw + ((<usize>(n * g.inHeight * g.inWidth) * C + c0) << 2);
  for (let y = 0; y < g.inHeight; y++, line += <usize>g.inWidth * step) {
    let start = maps + (<usize>((y + g.padding) * width + g.padding) << 4);
    for (let l: usize = 0; l < lanes; l += 4, start += bytes) {
      const scale = v.affine ? v128.load(v.affine + ((c0 + l) << 2)) : splat(1);
      const shift = v.affine ? v128.load(v.affine + ((C + c0 + l) << 2)) : splat(0);
      let from = line + (l << 2);
      let to = start;
      const end = to + (<usize>g.inWidth << 4);
      if (code == RELU) {
        for (; to < end; to += 16, from += step) v128.store(to, f32x4.pmax(madd(scale, v128.load(from), shift), splat(0)));
      } else {
        for (; to < end; to += 16, from += step) v128.store(to, act(madd(scale, v128.load(from), shift), code));
      }
    }
  }
}

/** Gradient of image n into maps of `width` columns; row y, column x at (border + y * step, border + x * step). */
function fillGradient(g: Geometry, v: GradView, n: i32, c0: usize, maps: usize, bytes: usize, width: i32, border: i32, step: i32): void {
  const C = <usize>g.outChannels;
  const row = C << 2;
  const k = v.coefficients;
  const lanes = min(LANES, C - c0);
  const next = <usize>step << 4;
  let line = (<usize>(n * g.outHeight * g.outWidth) * C + c0) << 2;
  for (let y = 0; y < g.outHeight; y++, line += <usize>g.outWidth * row) {
    let start = maps + (<usize>((border + y * step) * width + border) << 4);
    for (let l: usize = 0; l < lanes; l += 4, start += bytes) {
      const a = k ? v128.load(k + ((c0 + l) << 2)) : splat(1);
      const b = k ? v128.load(k + ((C + c0 + l) << 2)) : splat(0);
      const c = k ? v128.load(k + ((2 * C + c0 + l) << 2)) : splat(0);
      let dz = v.dz + line + (l << 2);
      let raw = v.raw + line + (l << 2);
      let to = start;
      const end = to + <usize>g.outWidth * next;
      for (; to < end; to += next, dz += row, raw += row) {
        v128.store(to, madd(a, v128.load(dz), madd(b, v128.load(raw), c)));
      }
    }
  }
}

/** out[h, w] of four channels = map correlated with 3 x 3 weights; two outputs at a time at step 1. */
function correlate3(map: usize, width: usize, step: usize, w: usize, out: usize, h: i32, wd: i32): void {
  const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32);
  const w3 = v128.load(w, 48), w4 = v128.load(w, 64), w5 = v128.load(w, 80);
  const w6 = v128.load(w, 96), w7 = v128.load(w, 112), w8 = v128.load(w, 128);
  const line = width << 4;
  for (let y = 0; y < h; y++) {
    let p = map + <usize>y * step * line;
    const end = out + (<usize>wd << 4);
    for (; out < end; out += 16, p += step << 4) {
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

/** The same for any kernel. */
function correlate(map: usize, width: usize, step: usize, kh: i32, kw: i32, w: usize, out: usize, h: i32, wd: i32): void {
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < wd; x++, out += 16) {
      let s = splat(0);
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          const at = map + (((<usize>y * step + ky) * width + <usize>x * step + kx) << 4);
          s = madd(v128.load(at), v128.load(w + (<usize>(ky * kw + kx) << 4)), s);
        }
      }
      v128.store(out, s);
    }
  }
}

/**
 * Gradient of a 3 x 3 convolution of stride 2 and padding 1 by its input: by the parity of row and column, 1, 2, 2 or 4
 * taps. The map holds the gradient with a row and a column of zeros after the last.
 */
function spread3(map: usize, width: usize, w: usize, out: usize, h: i32, wd: i32): void {
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

/** Columns of four channels [rows][4] -> rows r0 .. of y[.., C]. */
// @ts-ignore: decorator
@inline function storeColumns(columns: usize, rows: usize, y: usize, C: usize, lanes: i32): void {
  const end = columns + (rows << 4);
  if (lanes == 4) {
    for (; columns < end; columns += 16, y += C << 2) v128.store(y, v128.load(columns));
  } else {
    for (; columns < end; columns += 16, y += C << 2) storeFirst(y, v128.load(columns), lanes);
  }
}

/** Forward, with statistics per piece. Room: weights of four channels, maps of a group, columns of a group. */
export function depthwiseForward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ForwardArgs>(args);
  const g = a.geometry;
  const C = <usize>g.inChannels;
  const taps = <usize>(g.kernelHeight * g.kernelWidth);
  const width = g.inWidth + 2 * g.padding;
  const bytes = mapBytes(g.inHeight + 2 * g.padding, width);
  const weights = a.room.base + <usize>thread * a.room.size;
  const maps = weights + (taps << 4);
  const columns = maps + 4 * <usize>a.group * bytes;
  const pixels = <usize>(g.outHeight * g.outWidth);
  zeroFrames(maps, bytes, 4 * <usize>a.group, g.inHeight + 2 * g.padding, width, g.padding, g.padding);
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group;
    const images = min(a.group, g.batch - first);
    const r0 = <usize>first * pixels;
    const image = <usize>(g.inHeight * g.inWidth) * C << 2;
    store<i32>(weights, touch(a.view.raw + <usize>first * image, <usize>images * image));
    for (let c0: usize = 0; c0 < C; c0 += LANES) {
      for (let n = 0; n < images; n++) fillInput(g, a.view, first + n, c0, maps + 4 * <usize>n * bytes, bytes);
      const rows = <usize>images * pixels;
      for (let l: usize = 0; l < LANES && c0 + l < C; l += 4) {
        const c = c0 + l;
        const out = columns + ((l >> 2) * rows << 4);
        for (let t: usize = 0; t < taps; t++) v128.store(weights + (t << 4), across(a.weight, c, C, t, taps));
        for (let n: usize = 0; n < <usize>images; n++) {
          const map = maps + (4 * n + (l >> 2)) * bytes;
          const to = out + ((n * pixels) << 4);
          if (taps == 9 && g.kernelWidth == 3) correlate3(map, width, g.stride, weights, to, g.outHeight, g.outWidth);
          else correlate(map, width, g.stride, g.kernelHeight, g.kernelWidth, weights, to, g.outHeight, g.outWidth);
        }
        if (!a.statistics) continue;
        for (let r: usize = 0; r < rows; r += 64) {
          const piece = a.statistics + ((((r0 + r) / 64) * 2 * C + c) << 2);
          columnStatistics(out + (r << 4), 16, min<usize>(64, rows - r), piece, C, <i32>min<usize>(4, C - c));
        }
      }
      for (let r: usize = 0; r < rows; r += 64) {
        const count = min<usize>(64, rows - r);
        for (let l: usize = 0; l < LANES && c0 + l < C; l += 4) {
          const y = a.output + (((r0 + r) * C + c0 + l) << 2);
          storeColumns(columns + (((l >> 2) * rows + r) << 4), count, y, C, <i32>min<usize>(4, C - c0 - l));
        }
      }
    }
  }
}

@unmanaged class BackwardArgs {
  geometry: Geometry;
  view: View;
  gradient: GradView;
  weight: usize;
  /** 0: no gradient by the input is wanted. */
  target: Target;
  /** Partial weight gradients [units, channels / 4, taps, 4]. */
  partials: usize;
  group: i32;
  room: Room;
}

/** Both gradients: the gradient's map is filled once for the two. */
export function depthwiseBackward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<BackwardArgs>(args);
  const g = a.geometry;
  const C = <usize>g.inChannels;
  const taps = <usize>(g.kernelHeight * g.kernelWidth);
  const group = <usize>a.group;
  const weights = a.room.base + <usize>thread * a.room.size;
  const maps = weights + (taps << 4);
  const width = g.inWidth + 2 * g.padding;
  const bytes = mapBytes(g.inHeight + 2 * g.padding, width);
  // The gradient's map: for stride 1 and the general case with the border that a correlation with flipped weights
  // needs, spread by the stride; for 3 x 3 of stride 2 as it is.
  const three = taps == 9 && g.kernelWidth == 3;
  const halved = three && g.stride == 2 && g.padding == 1;
  const border = halved ? 0 : g.kernelHeight - 1 - g.padding;
  const step = halved ? 1 : g.stride;
  const gWidth = halved ? g.outWidth + 1 : max(g.inWidth + g.kernelWidth - 1, border + (g.outWidth - 1) * step + 1);
  const gHeight = halved ? g.outHeight + 1 : max(g.inHeight + g.kernelHeight - 1, border + (g.outHeight - 1) * step + 1);
  const gBytes = mapBytes(gHeight, gWidth);
  const gMaps = maps + 4 * group * bytes;
  const columns = gMaps + 4 * group * gBytes;
  zeroFrames(maps, bytes, 4 * group, g.inHeight + 2 * g.padding, width, g.padding, g.padding);
  if (halved) zeroFrames(gMaps, gBytes, 4 * group, gHeight, gWidth, 0, 1);
  else if (g.stride == 1) zeroFrames(gMaps, gBytes, 4 * group, gHeight, gWidth, border, border);
  else memory.fill(gMaps, 0, 4 * group * gBytes);
  const pixels = <usize>(g.inHeight * g.inWidth);
  const C4 = (C + 3) & ~3;
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group;
    const images = min(a.group, g.batch - first);
    const s0 = <usize>first * pixels;
    const image = pixels * C << 2;
    const gImage = <usize>(g.outHeight * g.outWidth) * C << 2;
    let any = touch(a.view.raw + <usize>first * image, <usize>images * image);
    any |= touch(a.gradient.dz + <usize>first * gImage, <usize>images * gImage);
    any |= touch(a.gradient.raw + <usize>first * gImage, <usize>images * gImage);
    store<i32>(weights, any);
    const rows = <usize>images * pixels;
    for (let c0: usize = 0; c0 < C; c0 += LANES) {
      for (let n = 0; n < images; n++) {
        fillInput(g, a.view, first + n, c0, maps + 4 * <usize>n * bytes, bytes);
        fillGradient(g, a.gradient, first + n, c0, gMaps + 4 * <usize>n * gBytes, gBytes, gWidth, border, step);
      }
      for (let l: usize = 0; l < LANES && c0 + l < C; l += 4) {
        const c = c0 + l;
        const partial = a.partials + ((<usize>unit * C4 + c) * taps << 2);
        memory.fill(partial, 0, taps << 4);
        for (let n: usize = 0; n < <usize>images; n++) {
          const x = maps + (4 * n + (l >> 2)) * bytes;
          const d = gMaps + (4 * n + (l >> 2)) * gBytes + (<usize>(border * gWidth + border) << 4);
          if (three) weightTaps3(g, d, gWidth, step, x, width, partial);
          else weightTaps(g, d, gWidth, step, x, width, partial);
        }
        if (!changetype<usize>(a.target)) continue;
        for (let t: usize = 0; t < taps; t++) {
          v128.store(weights + (t << 4), across(a.weight, c, C, halved ? t : taps - 1 - t, taps));
        }
        for (let n: usize = 0; n < <usize>images; n++) {
          const d = gMaps + (4 * n + (l >> 2)) * gBytes;
          const out = columns + (((l >> 2) * rows + n * pixels) << 4);
          if (halved) spread3(d, gWidth, weights, out, g.inHeight, g.inWidth);
          else if (three) correlate3(d, gWidth, 1, weights, out, g.inHeight, g.inWidth);
          else correlate(d, gWidth, 1, g.kernelHeight, g.kernelWidth, weights, out, g.inHeight, g.inWidth);
        }
      }
      if (!changetype<usize>(a.target)) continue;
      for (let r: usize = 0; r < rows; r += 64) {
        const count = min<usize>(64, rows - r);
        for (let l: usize = 0; l < LANES && c0 + l < C; l += 4) {
          finishColumns(a.target, columns + (((l >> 2) * rows + r) << 4), 16, s0 + r, count, c0 + l, C, (s0 + r) / 64);
        }
      }
    }
  }
}

/** partial[9][4] += sum over the output's pixels of d * window of x. */
function weightTaps3(g: Geometry, d: usize, dWidth: usize, dStep: usize, x: usize, width: usize, to: usize): void {
  let s0 = v128.load(to), s1 = v128.load(to, 16), s2 = v128.load(to, 32);
  let s3 = v128.load(to, 48), s4 = v128.load(to, 64), s5 = v128.load(to, 80);
  let s6 = v128.load(to, 96), s7 = v128.load(to, 112), s8 = v128.load(to, 128);
  const line = width << 4;
  const step = <usize>g.stride << 4;
  const dNext = dStep << 4;
  for (let y = 0; y < g.outHeight; y++) {
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

/** The same for any kernel. */
function weightTaps(g: Geometry, d: usize, dWidth: usize, dStep: usize, x: usize, width: usize, to: usize): void {
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    for (let kx = 0; kx < g.kernelWidth; kx++, to += 16) {
      let s = v128.load(to);
      for (let y = 0; y < g.outHeight; y++) {
        let e = d + (<usize>y * dStep * dWidth << 4);
        let p = x + ((<usize>(y * g.stride + ky) * width + <usize>kx) << 4);
        for (let i = 0; i < g.outWidth; i++, e += dStep << 4, p += <usize>g.stride << 4) {
          s = madd(v128.load(e), v128.load(p), s);
        }
      }
      v128.store(to, s);
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

/** Adds the units in order (float64) into the gradient [C, taps]. Units: groups of four channels. */
export function reduceDepthwise(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ReduceArgs>(args);
  const T = <usize>a.taps;
  const C = <usize>a.channels;
  const size = ((C + 3) & ~3) * T << 2;
  for (let c = <usize>from << 2; c < <usize>to << 2; c += 4) {
    const lanes = <i32>min<usize>(4, C - c);
    for (let t: usize = 0; t < T; t++) {
      let at = a.partials + ((c * T + 4 * t) << 2);
      let low = f64x2.splat(0);
      let high = f64x2.splat(0);
      for (let u = 0; u < a.units; u++, at += size) {
        const v = v128.load(at);
        low = f64x2.add(low, f64x2.promote_low_f32x4(v));
        high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)));
      }
      const out = a.gradient + ((c * T + t) << 2);
      store<f32>(out, <f32>f64x2.extract_lane(low, 0));
      if (lanes > 1) store<f32>(out + (T << 2), <f32>f64x2.extract_lane(low, 1));
      if (lanes > 2) store<f32>(out + (T << 3), <f32>f64x2.extract_lane(high, 0));
      if (lanes > 3) store<f32>(out + T * 12, <f32>f64x2.extract_lane(high, 1));
    }
  }
}
