/**
 * Packing of the rows of matrix products: prologues applied, convolution windows gathered. Inner index k = tap * C + c.
 * Padding is zero after the activation. As many rows are packed as tiles take, fours: the last fours are filled up with a row.
 */
import { ACTIVATION_IDENTITY, ACTIVATION_RELU, Geometry, GradView, View } from './abi';
import { A_BLOCK } from './product';
import { A_ROW, K_BLOCK } from './tiles';
import { madd, splat } from './vector';
import { codeOf, gradientRow, viewedRow } from './views';

/** 1 x 1, stride 1: row r of the output is row r of the input. */
// @ts-ignore: decorator
@inline export function isPointwise(g: Geometry): bool {
  return g.kernelHeight == 1 && g.kernelWidth == 1 && g.stride == 1 && g.padding == 0;
}

// @ts-ignore: decorator
@inline function zeroSpan(to: usize, n: usize): void {
  for (const end = to + (n << 2); to < end; to += 16) v128.store(to, splat(0));
}

/**
 * The windows of `rows` rows of the output from r0 on, K = taps * C elements (and up to 3 more) each, `row` bytes apart.
 * Divided once: a division costs as much as a window.
 */
export function gatherWindows(g: Geometry, v: View, r0: i32, rows: i32, to: usize, row: usize): void {
  let x = r0 % g.outWidth;
  let y = r0 / g.outWidth % g.outHeight;
  let image = r0 / (g.outWidth * g.outHeight) * g.inHeight;
  for (let i = 0; i < rows; i++, to += row) {
    gatherInput(g, v, image, y * g.stride - g.padding, x * g.stride - g.padding, to);
    if (++x < g.outWidth) continue;
    x = 0;
    if (++y < g.outHeight) continue;
    y = 0;
    image += g.inHeight;
  }
}

/** The window that begins at line y0 and column x0 of the image whose first line is `image`. */
function gatherInput(g: Geometry, v: View, image: i32, y0: i32, x0: i32, to: usize): void {
  const C = <usize>g.inChannels;
  const plain = !v.affine && (!v.code || load<i32>(v.code) == ACTIVATION_IDENTITY);
  const low = min(max(-x0, 0), g.kernelWidth);
  const high = max(min(g.inWidth - x0, g.kernelWidth), low);
  for (let ky = 0; ky < g.kernelHeight; ky++, to += (<usize>g.kernelWidth * C) << 2) {
    const y = y0 + ky;
    if (y < 0 || y >= g.inHeight) {
      zeroSpan(to, <usize>g.kernelWidth * C);
      continue;
    }
    if (low > 0) zeroSpan(to, <usize>low * C);
    const at = <usize>((image + y) * g.inWidth + x0 + low) * C;
    if (plain) {
      let p = to + ((<usize>low * C) << 2);
      const end = to + ((<usize>high * C) << 2);
      for (let from = v.raw + (at << 2); p < end; p += 16, from += 16) v128.store(p, v128.load(from));
    } else {
      for (let kx = low; kx < high; kx++) {
        viewedRow(v, at + <usize>(kx - low) * C, C, 0, C, to + ((<usize>kx * C) << 2));
      }
    }
    if (high < g.kernelWidth) zeroSpan(to + ((<usize>high * C) << 2), <usize>(g.kernelWidth - high) * C);
  }
}

/** All that input row s was read by: K = taps * O elements of the gradient at `to`, and up to 3 more. */
function gatherGradient(g: Geometry, v: GradView, s: i32, to: usize): void {
  const O = <usize>g.outChannels;
  const x = (s % g.inWidth) + g.padding;
  const rest = s / g.inWidth;
  const y = (rest % g.inHeight) + g.padding;
  const image = (rest / g.inHeight) * g.outHeight;
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    const ty = y - ky;
    const oy = ty / g.stride;
    const inside = ty >= 0 && ty % g.stride == 0 && oy < g.outHeight;
    for (let kx = 0; kx < g.kernelWidth; kx++, to += O << 2) {
      const tx = x - kx;
      const ox = tx / g.stride;
      if (inside && tx >= 0 && tx % g.stride == 0 && ox < g.outWidth) {
        gradientRow(v, <usize>((image + oy) * g.outWidth + ox) * O, O, 0, O, to);
      } else {
        zeroSpan(to, O);
      }
    }
  }
}

// @ts-ignore: decorator
@inline function relu(to: usize, from: usize, s0: v128, s1: v128, h0: v128, h1: v128): void {
  v128.store(to, f32x4.pmax(madd(s1, v128.load(from, 16), h1), splat(0)), 16);
  v128.store(to, f32x4.pmax(madd(s0, v128.load(from), h0), splat(0)));
}

/** n elements of four rows, `row` bytes apart, through the usual view; `scale`: of the first, `shift` bytes before its shift. */
function fourRelu(p: usize, row: usize, n: usize, scale: usize, shift: usize, to: usize): void {
  const end = to + (n << 2);
  const two = 2 * row, three = 3 * row;
  for (; to + 16 < end; to += 32, p += 32, scale += 32) {
    const s1 = v128.load(scale, 16), s0 = v128.load(scale);
    const h1 = v128.load(scale + shift, 16), h0 = v128.load(scale + shift);
    relu(to, p, s0, s1, h0, h1);
    relu(to + A_ROW, p + row, s0, s1, h0, h1);
    relu(to + 2 * A_ROW, p + two, s0, s1, h0, h1);
    relu(to + 3 * A_ROW, p + three, s0, s1, h0, h1);
  }
  if (to >= end) return;
  const s = v128.load(scale);
  const h = v128.load(scale + shift);
  for (let j = 0; j < 4; j++, to += A_ROW, p += row) v128.store(to, f32x4.pmax(madd(s, v128.load(p), h), splat(0)));
}

/** Whole rows in `from` (`row` bytes apart) -> `count` rows of packed A from `to` on. */
function copyBlocks(from: usize, row: usize, K: usize, count: i32, to: usize): void {
  for (let j = 0; j < count; j++, from += row, to += A_ROW) {
    for (let k: usize = 0, block = to; k < K; k += K_BLOCK, block += A_BLOCK) {
      memory.copy(block, from + (k << 2), (min(K_BLOCK, K - k) + 3 & ~3) << 2);
    }
  }
}

/** Bytes from one gathered row to the next. */
// @ts-ignore: decorator
@inline export function gatheredRow(K: usize): usize {
  return ((K << 2) + 127) & ~63;
}

/** Fills rows `from` .. of packed A up to a multiple of four with the row before. */
function fillUp(a: usize, K: usize, rows: i32, block: usize): void {
  for (let i = rows; i & 3; i++) {
    for (let k: usize = 0, to = a + <usize>i * A_ROW; k < K; k += K_BLOCK, to += block) memory.copy(to, to - A_ROW, A_ROW);
  }
}

/** Viewed rows r0 .. r0 + rows - 1 of K elements as packed A. */
export function packView(v: View, K: usize, r0: i32, rows: i32, a: usize): void {
  const fast = v.affine != 0 && codeOf(v) == ACTIVATION_RELU;
  const step = K << 2;
  let i = 0;
  for (; fast && i + 4 <= rows; i += 4) {
    const from = v.raw + <usize>(r0 + i) * step;
    for (let k: usize = 0, to = a + <usize>i * A_ROW; k < K; k += K_BLOCK, to += A_BLOCK) {
      fourRelu(from + (k << 2), step, min(K_BLOCK, K - k), v.affine + (k << 2), step, to);
    }
  }
  for (; i < rows; i++) {
    const at = <usize>(r0 + i) * K;
    for (let k: usize = 0, to = a + <usize>i * A_ROW; k < K; k += K_BLOCK, to += A_BLOCK) {
      viewedRow(v, at + k, min(K_BLOCK, K - k), k, K, to);
    }
  }
  fillUp(a, K, rows, A_BLOCK);
}

// @ts-ignore: decorator
@inline function combine(to: usize, dz: usize, raw: usize, a0: v128, a1: v128, b0: v128, b1: v128, c0: v128, c1: v128): void {
  const rest1 = madd(b1, v128.load(raw, 16), c1);
  const rest0 = madd(b0, v128.load(raw), c0);
  v128.store(to, madd(a1, v128.load(dz, 16), rest1), 16);
  v128.store(to, madd(a0, v128.load(dz), rest0));
}

/** n elements, a multiple of 8, of four rows of a gradient, `row` bytes apart; `raw`: bytes from dz to the raw values. */
function fourGradients(p: usize, raw: usize, row: usize, n: usize, k: usize, next: usize, to: usize): void {
  const end = to + (n << 2);
  const two: usize = 2 * row, three: usize = 3 * row;
  for (; to < end; to += 32, p += 32, k += 32) {
    const a1 = v128.load(k, 16), a0 = v128.load(k);
    const b1 = v128.load(k + next, 16), b0 = v128.load(k + next);
    const c1 = v128.load(k + 2 * next, 16), c0 = v128.load(k + 2 * next);
    combine(to, p, p + raw, a0, a1, b0, b1, c0, c1);
    combine(to + A_ROW, p + row, p + row + raw, a0, a1, b0, b1, c0, c1);
    combine(to + 2 * A_ROW, p + two, p + two + raw, a0, a1, b0, b1, c0, c1);
    combine(to + 3 * A_ROW, p + three, p + three + raw, a0, a1, b0, b1, c0, c1);
  }
}

/** Columns c .. c + n - 1 of a gradient's rows, C elements each; `block`: bytes from a block of packed A to the next. */
export function packGradView(v: GradView, C: usize, c: usize, n: usize, r0: i32, rows: i32, a: usize, block: usize): void {
  const step = C << 2;
  let i = 0;
  for (; v.coefficients && n % 8 == 0 && i + 4 <= rows; i += 4) {
    const at = (<usize>(r0 + i) * C + c) << 2;
    for (let k: usize = 0, to = a + <usize>i * A_ROW; k < n; k += K_BLOCK, to += block) {
      fourGradients(v.dz + at + (k << 2), v.raw - v.dz, step, min(K_BLOCK, n - k), v.coefficients + ((c + k) << 2), step, to);
    }
  }
  for (; i < rows; i++) {
    const at = <usize>(r0 + i) * C + c;
    for (let k: usize = 0, to = a + <usize>i * A_ROW; k < n; k += K_BLOCK, to += block) {
      gradientRow(v, at + k, min(K_BLOCK, n - k), c + k, C, to);
    }
  }
  fillUp(a, n, rows, block);
}

/** Windows of the output's rows r0 .. r0 + rows - 1 as packed A. `room`: for four rows. */
export function packWindows(g: Geometry, v: View, r0: i32, rows: i32, a: usize, room: usize): void {
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  if (K <= K_BLOCK) gatherWindows(g, v, r0, rows, a, A_ROW);
  else {
    const row = gatheredRow(K);
    for (let i = 0; i < rows; i += 4) {
      const count = min(4, rows - i);
      gatherWindows(g, v, r0 + i, count, room, row);
      copyBlocks(room, row, K, count, a + <usize>i * A_ROW);
    }
  }
  fillUp(a, K, rows, A_BLOCK);
}

/** All that the input's rows s0 .. s0 + rows - 1 were read by, of a gradient, as packed A. `room`: for a row. */
export function packReaders(g: Geometry, v: GradView, s0: i32, rows: i32, a: usize, room: usize): void {
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.outChannels);
  for (let i = 0; i < rows; i++) {
    const to = a + <usize>i * A_ROW;
    gatherGradient(g, v, s0 + i, K <= K_BLOCK ? to : room);
    if (K > K_BLOCK) copyBlocks(room, 0, K, 1, to);
  }
  fillUp(a, K, rows, A_BLOCK);
}
