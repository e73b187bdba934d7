/**
 * Padded maps of depthwise convolutions: a few channels of an image, as many as a vector holds (four; in a pair of vectors
 * eight), with a border of zeros, small enough for the first-level cache.
 */
import { ACTIVATION_IDENTITY, ACTIVATION_RELU, Geometry, GradView, View } from './abi';
import { PANEL } from './config';
import { act, madd, splat } from './vector';

/** Channels filled at a time. */
export const LANES: usize = 16;
/** Channels of a map. */
export const DEEP: usize = PANEL / 2;
/** Bytes of a pixel of a map, and their logarithm. */
export const PIXEL: usize = DEEP * 4;
export const SHIFT: usize = PANEL == 16 ? 5 : 4;
/** Maps filled at a time. */
export const MAPS: usize = LANES / DEEP;

/** Bytes of a map, the border included. */
// @ts-ignore: decorator
@inline export function mapBytes(height: i32, width: i32): usize {
  return (<usize>(height * width) << SHIFT) + 64;
}

/** Zeros in the frame of each of `count` maps: rows above and below, columns left and right of what will be filled. */
export function zeroFrames(map: usize, bytes: usize, count: usize, height: i32, width: i32, before: i32, after: i32): void {
  for (let i: usize = 0; i < count; i++, map += bytes) {
    memory.fill(map, 0, <usize>(before * width) << SHIFT);
    memory.fill(map + (<usize>((height - after) * width) << SHIFT), 0, <usize>(after * width) << SHIFT);
    for (let y = before; y < height - after; y++) {
      const row = map + (<usize>(y * width) << SHIFT);
      memory.fill(row, 0, <usize>before << SHIFT);
      memory.fill(row + (<usize>(width - after) << SHIFT), 0, <usize>after << SHIFT);
    }
  }
}

/** Weights of four channels from c on at tap t: [C, taps] read across. */
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

/** Weights of a map's channels -> [taps][DEEP]; `turned`: last tap first. */
export function packTaps(weight: usize, c: usize, C: usize, taps: usize, turned: bool, to: usize): void {
  for (let t: usize = 0; t < taps; t++, to += PIXEL) {
    const from = turned ? taps - 1 - t : t;
    v128.store(to, across(weight, c, C, from, taps));
    if (PANEL == 16) v128.store(to, c + 4 < C ? across(weight, c + 4, C, from, taps) : splat(0), 16);
  }
}

/**
 * Viewed channels c0 .. of image n into maps with a border of zeros (zero after the activation). Line by line, so that
 * the cache lines of a line's pixels serve all maps.
 */
export function fillInput(g: Geometry, v: View, n: i32, c0: usize, maps: usize, bytes: usize): void {
  const C = <usize>g.inChannels;
  const step = C << 2;
  const width = g.inWidth + 2 * g.padding;
  const code = v.code ? load<i32>(v.code) : ACTIVATION_IDENTITY;
  const lanes = min(LANES, C - c0);
  let line = v.raw + ((<usize>(n * g.inHeight * g.inWidth) * C + c0) << 2);
  for (let y = 0; y < g.inHeight; y++, line += <usize>g.inWidth * step) {
    let start = maps + (<usize>((y + g.padding) * width + g.padding) << SHIFT);
    for (let l: usize = 0; l < lanes; l += DEEP, start += bytes) {
      const k = v.affine + ((c0 + l) << 2);
      const scale = v.affine ? v128.load(k) : splat(1);
      const shift = v.affine ? v128.load(k + (C << 2)) : splat(0);
      const scale1 = PANEL == 16 && v.affine ? v128.load(k, 16) : splat(1);
      const shift1 = PANEL == 16 && v.affine ? v128.load(k + (C << 2), 16) : splat(0);
      let from = line + (l << 2);
      let to = start;
      const end = to + (<usize>g.inWidth << SHIFT);
      if (code == ACTIVATION_RELU) {
        for (; to < end; to += PIXEL, from += step) {
          if (PANEL == 16) v128.store(to, f32x4.pmax(madd(scale1, v128.load(from, 16), shift1), splat(0)), 16);
          v128.store(to, f32x4.pmax(madd(scale, v128.load(from), shift), splat(0)));
        }
      } else {
        for (; to < end; to += PIXEL, from += step) {
          if (PANEL == 16) v128.store(to, act(madd(scale1, v128.load(from, 16), shift1), code), 16);
          v128.store(to, act(madd(scale, v128.load(from), shift), code));
        }
      }
    }
  }
}

/** Gradient of image n into maps of `width` columns; row y, column x at (border + y * step, border + x * step). */
export function fillGradient(g: Geometry, v: GradView, n: i32, c0: usize, maps: usize, bytes: usize, width: i32, border: i32, step: i32): void {
  const C = <usize>g.outChannels;
  const row = C << 2;
  const k = v.coefficients;
  const lanes = min(LANES, C - c0);
  const next = <usize>step << SHIFT;
  let line = (<usize>(n * g.outHeight * g.outWidth) * C + c0) << 2;
  for (let y = 0; y < g.outHeight; y++, line += <usize>g.outWidth * row) {
    let start = maps + (<usize>((border + y * step) * width + border) << SHIFT);
    for (let l: usize = 0; l < lanes; l += DEEP, start += bytes) {
      const at = k + ((c0 + l) << 2);
      const a = k ? v128.load(at) : splat(1);
      const b = k ? v128.load(at + row) : splat(0);
      const c = k ? v128.load(at + 2 * row) : splat(0);
      const a1 = PANEL == 16 && k ? v128.load(at, 16) : splat(1);
      const b1 = PANEL == 16 && k ? v128.load(at + row, 16) : splat(0);
      const c1 = PANEL == 16 && k ? v128.load(at + 2 * row, 16) : splat(0);
      let dz = v.dz + line + (l << 2);
      let raw = v.raw + line + (l << 2);
      let to = start;
      const end = to + <usize>g.outWidth * next;
      for (; to < end; to += next, dz += row, raw += row) {
        if (PANEL == 16) v128.store(to, madd(a1, v128.load(dz, 16), madd(b1, v128.load(raw, 16), c1)), 16);
        v128.store(to, madd(a, v128.load(dz), madd(b, v128.load(raw), c)));
      }
    }
  }
}
