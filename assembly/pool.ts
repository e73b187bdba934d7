/** Pooling. */
import { AveragePoolArgs, AveragePoolGradientArgs, MaxPoolArgs, MaxPoolGradientArgs, Target } from './abi';
import { finishColumns, finishLine } from './finish';
import { splat } from './vector';
import { codeOf, gradient, storeFirst, viewed } from './views';

/** Units: images. */
export function averagePool(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<AveragePoolArgs>(args);
  const C = <usize>a.channels;
  const code = codeOf(a.view);
  const share = splat(1 / <f32>(a.size * a.size));
  const height = a.inHeight / a.size;
  const width = a.inWidth / a.size;
  for (let n = from; n < to; n++) {
    for (let p = 0; p < height * width; p++) {
      const y = (p / width) * a.size;
      const x = (p % width) * a.size;
      const out = a.output + ((<usize>(n * height * width + p) * C) << 2);
      for (let c: usize = 0; c < C; c += 4) {
        let sum = splat(0);
        for (let i = 0; i < a.size * a.size; i++) {
          const s = (n * a.inHeight + y + i / a.size) * a.inWidth + x + (i % a.size);
          sum = f32x4.add(sum, viewed(a.view.raw, a.view.affine, code, <usize>s * C + c, c, C));
        }
        storeFirst(out + (c << 2), f32x4.mul(sum, share), <i32>min<usize>(4, C - c));
      }
    }
  }
}

/** Units: groups of images whose input rows are whole pieces. */
export function averagePoolGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<AveragePoolGradientArgs>(args);
  const C = <usize>a.channels;
  const share = splat(1 / <f32>(a.size * a.size));
  const pixels = a.inHeight * a.inWidth;
  const width = a.inWidth / a.size;
  const C4 = (C + 3) & ~3;
  const dv = a.room.base + <usize>thread * a.room.size;
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group * pixels;
    const last = min((unit + 1) * a.group, a.batch) * pixels;
    for (let r0 = first; r0 < last; r0 += 64) {
      const rows = min(64, last - r0);
      for (let i = 0; i < rows; i++) {
        const s = r0 + i;
        const y = ((s / a.inWidth) % a.inHeight) / a.size;
        const x = (s % a.inWidth) / a.size;
        const r = ((s / pixels) * (a.inHeight / a.size) + y) * width + x;
        for (let c: usize = 0; c < C; c += 4) {
          const d = f32x4.mul(gradient(a.gradient, <usize>r * C + c, c, C), share);
          v128.store(dv + ((<usize>i * C4 + c) << 2), d);
        }
      }
      finishRows(a.target, dv, r0, rows, C, C4);
    }
  }
}

/** The end of a pool's input gradient, one piece: dv [rows][C4]. */
function finishRows(t: Target, dv: usize, r0: i32, rows: i32, C: usize, C4: usize): void {
  let c: usize = 0;
  for (; c + 16 <= C; c += 16) finishLine(t, dv + (c << 2), 16, 32, 48, C4 << 2, r0, rows, c, C, r0 / 64);
  for (; c < C; c += 4) finishColumns(t, dv + (c << 2), C4 << 2, r0, rows, c, C, r0 / 64);
}

/** Where a window's largest value is larger, or a NaN, the later element is taken: PyTorch's rule. */
// @ts-ignore: decorator
@inline function isLarger(v: v128, best: v128): v128 {
  return v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
}

/** Units: images. */
export function maxPool(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<MaxPoolArgs>(args);
  const C = <usize>a.channels;
  const code = codeOf(a.view);
  const pixels = a.outHeight * a.outWidth;
  for (let n = from; n < to; n++) {
    for (let p = 0; p < pixels; p++) {
      const s0 = (n * a.inHeight + p / a.outWidth * a.stride) * a.inWidth + p % a.outWidth * a.stride;
      const out = a.output + ((<usize>(n * pixels + p) * C) << 2);
      for (let c: usize = 0; c < C; c += 4) {
        let best = viewed(a.view.raw, a.view.affine, code, <usize>s0 * C + c, c, C);
        for (let i = 1; i < a.size * a.size; i++) {
          const s = s0 + i / a.size * a.inWidth + i % a.size;
          const v = viewed(a.view.raw, a.view.affine, code, <usize>s * C + c, c, C);
          best = v128.bitselect(v, best, isLarger(v, best));
        }
        storeFirst(out + (c << 2), best, <i32>min<usize>(4, C - c));
      }
    }
  }
}

/** Element of a window, counted row by row, that is its largest: int32 of four channels. */
function largestOf(a: MaxPoolGradientArgs, code: i32, s0: i32, c: usize, C: usize): v128 {
  let best = viewed(a.view.raw, a.view.affine, code, <usize>s0 * C + c, c, C);
  let index = i32x4.splat(0);
  for (let i = 1; i < a.size * a.size; i++) {
    const s = s0 + i / a.size * a.inWidth + i % a.size;
    const v = viewed(a.view.raw, a.view.affine, code, <usize>s * C + c, c, C);
    const larger = isLarger(v, best);
    best = v128.bitselect(v, best, larger);
    index = v128.bitselect(i32x4.splat(i), index, larger);
  }
  return index;
}

/** dv of four channels of the input's row s: of the windows that it is in, in order, those whose largest value it is. */
function maxPoolGradientAt(a: MaxPoolGradientArgs, code: i32, s: i32, c: usize, C: usize): v128 {
  const x = s % a.inWidth;
  const y = s / a.inWidth % a.inHeight;
  const n = s / (a.inWidth * a.inHeight);
  const firstX = max(0, (x - a.size + a.stride) / a.stride);
  const firstY = max(0, (y - a.size + a.stride) / a.stride);
  let sum = splat(0);
  for (let oy = firstY; oy <= min(y / a.stride, a.outHeight - 1); oy++) {
    for (let ox = firstX; ox <= min(x / a.stride, a.outWidth - 1); ox++) {
      const s0 = (n * a.inHeight + oy * a.stride) * a.inWidth + ox * a.stride;
      const own = i32x4.splat((y - oy * a.stride) * a.size + x - ox * a.stride);
      const mine = i32x4.eq(largestOf(a, code, s0, c, C), own);
      const r = (n * a.outHeight + oy) * a.outWidth + ox;
      sum = f32x4.add(sum, v128.and(gradient(a.gradient, <usize>r * C + c, c, C), mine));
    }
  }
  return sum;
}

/** Units: groups of images whose input rows are whole pieces. */
export function maxPoolGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<MaxPoolGradientArgs>(args);
  const C = <usize>a.channels;
  const code = codeOf(a.view);
  const pixels = a.inHeight * a.inWidth;
  const C4 = (C + 3) & ~3;
  const dv = a.room.base + <usize>thread * a.room.size;
  for (let unit = from; unit < to; unit++) {
    const last = min((unit + 1) * a.group, a.batch) * pixels;
    for (let r0 = unit * a.group * pixels; r0 < last; r0 += 64) {
      const rows = min(64, last - r0);
      for (let i = 0; i < rows; i++) {
        for (let c: usize = 0; c < C; c += 4) v128.store(dv + ((<usize>i * C4 + c) << 2), maxPoolGradientAt(a, code, r0 + i, c, C));
      }
      finishRows(a.target, dv, r0, rows, C, C4);
    }
  }
}
