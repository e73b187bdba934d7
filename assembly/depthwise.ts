/**
 * Depthwise convolutions, k x k, vectorized over channels, on padded maps (maps.ts). 16 channels are filled at a time, so
 * that whole cache lines are read and each value is computed once. Units: groups of images whose rows are whole pieces of 64.
 */
import { DepthwiseBackwardArgs, DepthwiseForwardArgs, Geometry, ReduceDepthwiseArgs, Target } from './abi';
import { expectRead, expectWrite, fetchRest } from './ahead';
import { PANEL } from './config';
import { columnStatistics, finishColumns, finishLine, wideStatistics } from './finish';
import { DEEP, fillGradient, fillInput, LANES, mapBytes, MAPS, packTaps, PIXEL, SHIFT, zeroFrames } from './maps';
import { correlate3, spread3, weightTaps3 } from './taps';
import { madd, splat } from './vector';
import { expectGradient, storeFirst } from './views';

/** out[h, w] = map correlated with weights of any shape. */
function correlate(map: usize, width: usize, step: usize, kh: i32, kw: i32, w: usize, out: usize, h: i32, wd: i32): void {
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < wd; x++, out += PIXEL) {
      for (let j: usize = 0; j < PIXEL; j += 16) {
        let s = splat(0);
        for (let ky = 0; ky < kh; ky++) {
          for (let kx = 0; kx < kw; kx++) {
            const at = map + (((<usize>y * step + ky) * width + <usize>x * step + kx) << SHIFT);
            s = madd(v128.load(at + j), v128.load(w + (<usize>(ky * kw + kx) << SHIFT) + j), s);
          }
        }
        v128.store(out + j, s);
      }
    }
  }
}

/** Columns of a map [rows][DEEP] -> rows of y[.., C]; lanes: channels left. */
// @ts-ignore: decorator
@inline function storeColumns(columns: usize, rows: usize, y: usize, C: usize, lanes: i32): void {
  const end = columns + (rows << SHIFT);
  const step = C << 2;
  if (lanes >= <i32>DEEP) {
    for (; columns < end; columns += PIXEL, y += step) {
      if (PANEL == 16) v128.store(y, v128.load(columns, 16), 16);
      v128.store(y, v128.load(columns));
    }
  } else {
    for (; columns < end; columns += PIXEL, y += step) {
      storeFirst(y, v128.load(columns), lanes);
      if (PANEL == 16 && lanes > 4) storeFirst(y + 16, v128.load(columns, 16), lanes - 4);
    }
  }
}

/** Columns of LANES channels -> rows of y[.., C], a cache line of a row at once; `plane`: bytes from map to map. */
function storeLine(columns: usize, plane: usize, rows: usize, y: usize, C: usize): void {
  const end = columns + (rows << SHIFT);
  const step = C << 2;
  for (; columns < end; columns += PIXEL, y += step) {
    if (PANEL == 16) {
      v128.store(y, v128.load(columns, 16), 16);
      v128.store(y, v128.load(columns));
      v128.store(y, v128.load(columns + plane, 16), 48);
      v128.store(y, v128.load(columns + plane), 32);
    } else {
      v128.store(y, v128.load(columns));
      v128.store(y, v128.load(columns + plane), 16);
      v128.store(y, v128.load(columns + 2 * plane), 32);
      v128.store(y, v128.load(columns + 3 * plane), 48);
    }
  }
}

/** Statistics of a map's columns, one piece. */
function statistics(columns: usize, rows: usize, out: usize, C: usize, lanes: i32): void {
  if (PANEL == 16 && lanes >= 8) {
    wideStatistics(columns, PIXEL, rows, out, C);
    return;
  }
  columnStatistics(columns, PIXEL, rows, out, C, min(4, lanes));
  if (PANEL == 16 && lanes > 4) columnStatistics(columns + 16, PIXEL, rows, out + 16, C, min(4, lanes - 4));
}

/** The end of a map's input gradient, one piece. */
function finish(t: Target, columns: usize, s0: usize, rows: usize, c: usize, C: usize): void {
  finishColumns(t, columns, PIXEL, s0, rows, c, C, s0 / 64);
  if (PANEL == 16 && c + 4 < C) finishColumns(t, columns + 16, PIXEL, s0, rows, c + 4, C, s0 / 64);
}

/** Forward, with statistics per piece. Room: a map's weights, maps of a group, columns of a group. */
export function depthwiseForward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DepthwiseForwardArgs>(args);
  const g = a.geometry;
  const C = <usize>g.inChannels;
  const taps = <usize>(g.kernelHeight * g.kernelWidth);
  const width = g.inWidth + 2 * g.padding;
  const bytes = mapBytes(g.inHeight + 2 * g.padding, width);
  const weights = a.room.base + <usize>thread * a.room.size;
  const maps = weights + (taps << SHIFT);
  const columns = maps + MAPS * <usize>a.group * bytes;
  const pixels = <usize>(g.outHeight * g.outWidth);
  zeroFrames(maps, bytes, MAPS * <usize>a.group, g.inHeight + 2 * g.padding, width, g.padding, g.padding);
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group;
    const images = min(a.group, g.batch - first);
    const r0 = <usize>first * pixels;
    const image = <usize>(g.inHeight * g.inWidth) * C << 2;
    expectRead(a.view.raw + <usize>first * image, <usize>images * image);
    expectWrite(a.output + (r0 * C << 2), <usize>images * pixels * C << 2);
    fetchRest();
    for (let c0: usize = 0; c0 < C; c0 += LANES) {
      for (let n = 0; n < images; n++) fillInput(g, a.view, first + n, c0, maps + MAPS * <usize>n * bytes, bytes);
      const rows = <usize>images * pixels;
      for (let l: usize = 0; l < LANES && c0 + l < C; l += DEEP) {
        const c = c0 + l;
        const out = columns + (l / DEEP * rows << SHIFT);
        packTaps(a.weight, c, C, taps, false, weights);
        for (let n: usize = 0; n < <usize>images; n++) {
          const map = maps + (MAPS * n + l / DEEP) * bytes;
          const to = out + ((n * pixels) << SHIFT);
          if (taps == 9 && g.kernelWidth == 3) correlate3(map, width, g.stride, weights, to, g.outHeight, g.outWidth);
          else correlate(map, width, g.stride, g.kernelHeight, g.kernelWidth, weights, to, g.outHeight, g.outWidth);
        }
        if (!a.statistics) continue;
        for (let r: usize = 0; r < rows; r += 64) {
          const piece = a.statistics + ((((r0 + r) / 64) * 2 * C + c) << 2);
          statistics(out + (r << SHIFT), min<usize>(64, rows - r), piece, C, <i32>(C - c));
        }
      }
      for (let r: usize = 0; r < rows; r += 64) {
        const count = min<usize>(64, rows - r);
        if (c0 + LANES <= C) {
          storeLine(columns + (r << SHIFT), rows << SHIFT, count, a.output + (((r0 + r) * C + c0) << 2), C);
          continue;
        }
        for (let l: usize = 0; l < LANES && c0 + l < C; l += DEEP) {
          const y = a.output + (((r0 + r) * C + c0 + l) << 2);
          storeColumns(columns + ((l / DEEP * rows + r) << SHIFT), count, y, C, <i32>(C - c0 - l));
        }
      }
    }
  }
}

/** Both gradients: the gradient's map is filled once for the two. */
export function depthwiseBackward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DepthwiseBackwardArgs>(args);
  const g = a.geometry;
  const C = <usize>g.inChannels;
  const taps = <usize>(g.kernelHeight * g.kernelWidth);
  const group = <usize>a.group;
  const weights = a.room.base + <usize>thread * a.room.size;
  const maps = weights + (taps << SHIFT);
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
  const gMaps = maps + MAPS * group * bytes;
  const columns = gMaps + MAPS * group * gBytes;
  zeroFrames(maps, bytes, MAPS * group, g.inHeight + 2 * g.padding, width, g.padding, g.padding);
  if (halved) zeroFrames(gMaps, gBytes, MAPS * group, gHeight, gWidth, 0, 1);
  else if (g.stride == 1) zeroFrames(gMaps, gBytes, MAPS * group, gHeight, gWidth, border, border);
  else memory.fill(gMaps, 0, MAPS * group * gBytes);
  const pixels = <usize>(g.inHeight * g.inWidth);
  const whole = (C + DEEP - 1) & ~(DEEP - 1);
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group;
    const images = min(a.group, g.batch - first);
    const s0 = <usize>first * pixels;
    const image = pixels * C << 2;
    const outPixels = <usize>(g.outHeight * g.outWidth);
    expectRead(a.view.raw + <usize>first * image, <usize>images * image);
    expectGradient(a.gradient, <usize>first * outPixels, <usize>images * outPixels, C);
    if (changetype<usize>(a.target)) expectWrite(a.target.dz + <usize>first * image, <usize>images * image);
    fetchRest();
    const rows = <usize>images * pixels;
    for (let c0: usize = 0; c0 < C; c0 += LANES) {
      for (let n = 0; n < images; n++) {
        fillInput(g, a.view, first + n, c0, maps + MAPS * <usize>n * bytes, bytes);
        fillGradient(g, a.gradient, first + n, c0, gMaps + MAPS * <usize>n * gBytes, gBytes, gWidth, border, step);
      }
      for (let l: usize = 0; l < LANES && c0 + l < C; l += DEEP) {
        const c = c0 + l;
        const partial = a.partials + ((<usize>unit * whole + c) * taps << 2);
        memory.fill(partial, 0, taps << SHIFT);
        for (let n: usize = 0; n < <usize>images; n++) {
          const x = maps + (MAPS * n + l / DEEP) * bytes;
          const d = gMaps + (MAPS * n + l / DEEP) * gBytes + (<usize>(border * gWidth + border) << SHIFT);
          if (three) weightTaps3(g, d, gWidth, step, x, width, partial);
          else weightTaps(g, d, gWidth, step, x, width, partial);
        }
        if (!changetype<usize>(a.target)) continue;
        packTaps(a.weight, c, C, taps, !halved, weights);
        for (let n: usize = 0; n < <usize>images; n++) {
          const d = gMaps + (MAPS * n + l / DEEP) * gBytes;
          const out = columns + ((l / DEEP * rows + n * pixels) << SHIFT);
          if (halved) spread3(d, gWidth, weights, out, g.inHeight, g.inWidth);
          else if (three) correlate3(d, gWidth, 1, weights, out, g.inHeight, g.inWidth);
          else correlate(d, gWidth, 1, g.kernelHeight, g.kernelWidth, weights, out, g.inHeight, g.inWidth);
        }
      }
      if (!changetype<usize>(a.target)) continue;
      for (let r: usize = 0; r < rows; r += 64) {
        const count = min<usize>(64, rows - r);
        if (c0 + LANES <= C) {
          const dv = columns + (r << SHIFT);
          const plane = rows << SHIFT;
          if (PANEL == 16) finishLine(a.target, dv, 16, plane, plane + 16, PIXEL, s0 + r, count, c0, C, (s0 + r) / 64);
          else finishLine(a.target, dv, plane, 2 * plane, 3 * plane, PIXEL, s0 + r, count, c0, C, (s0 + r) / 64);
          continue;
        }
        for (let l: usize = 0; l < LANES && c0 + l < C; l += DEEP) {
          finish(a.target, columns + ((l / DEEP * rows + r) << SHIFT), s0 + r, count, c0 + l, C);
        }
      }
    }
  }
}

/** partial[taps][DEEP] += sum over the output's pixels of d * window of x, any kernel. */
function weightTaps(g: Geometry, d: usize, dWidth: usize, dStep: usize, x: usize, width: usize, to: usize): void {
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    for (let kx = 0; kx < g.kernelWidth; kx++, to += PIXEL) {
      for (let j: usize = 0; j < PIXEL; j += 16) {
        let s = v128.load(to + j);
        for (let y = 0; y < g.outHeight; y++) {
          let e = d + (<usize>y * dStep * dWidth << SHIFT) + j;
          let p = x + ((<usize>(y * g.stride + ky) * width + <usize>kx) << SHIFT) + j;
          for (let i = 0; i < g.outWidth; i++, e += dStep << SHIFT, p += <usize>g.stride << SHIFT) {
            s = madd(v128.load(e), v128.load(p), s);
          }
        }
        v128.store(to + j, s);
      }
    }
  }
}

/** Adds the units in order (float64) into the gradient [C, taps]. Units: groups of four channels. */
export function reduceDepthwise(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ReduceDepthwiseArgs>(args);
  const T = <usize>a.taps;
  const C = <usize>a.channels;
  const size = ((C + DEEP - 1) & ~(DEEP - 1)) * T << 2;
  for (let c = <usize>from << 2; c < <usize>to << 2; c += 4) {
    const lanes = <i32>min<usize>(4, C - c);
    for (let t: usize = 0; t < T; t++) {
      let at = a.partials + (((c & ~(DEEP - 1)) * T + t * DEEP + (c & (DEEP - 1))) << 2);
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
