/**
 * Packing of the rows of matrix products: prologues applied, convolution windows gathered. Inner index
 * k = tap * C + c. Padding is zero after the activation.
 */
import { A_BLOCK, A_STRIDE, K_BLOCK } from './product';
import { gradientRow, GradView, View, viewedRow } from './views';
import { IDENTITY } from './vector';

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

/** 1 x 1, stride 1: row r of the output is row r of the input. */
// @ts-ignore: decorator
@inline export function isPointwise(g: Geometry): bool {
  return g.kernelHeight == 1 && g.kernelWidth == 1 && g.stride == 1 && g.padding == 0;
}

/** Where element k of a row lies: rows of packed A are cut into blocks of K_BLOCK, `block` bytes apart. */
// @ts-ignore: decorator
@inline function place(to: usize, k: usize, block: usize): usize {
  return to + (k / K_BLOCK) * block + ((k % K_BLOCK) << 2);
}

function zeroSpan(to: usize, k: usize, n: usize, block: usize): void {
  while (n > 0) {
    const length = min(n, K_BLOCK - k % K_BLOCK);
    let p = place(to, k, block);
    const end = p + (length << 2);
    for (; p < end; p += 16) v128.store(p, i32x4.splat(0));
    k += length;
    n -= length;
  }
}

function viewedSpan(v: View, at: usize, n: usize, C: usize, to: usize, k: usize, block: usize): void {
  for (let done: usize = 0; done < n; ) {
    const length = min(n - done, K_BLOCK - k % K_BLOCK);
    viewedRow(v, at + done, length, done, C, place(to, k, block));
    k += length;
    done += length;
  }
}

// @ts-ignore: decorator
@inline function copySpan(from: usize, n: usize, to: usize, k: usize, block: usize): void {
  while (n > 0) {
    const length = min(n, K_BLOCK - k % K_BLOCK);
    let p = place(to, k, block);
    const end = p + (length << 2);
    for (let q = from; p < end; p += 16, q += 16) v128.store(p, v128.load(q));
    from += length << 2;
    k += length;
    n -= length;
  }
}

function gradientSpan(v: GradView, at: usize, n: usize, to: usize, k: usize, block: usize): void {
  for (let done: usize = 0; done < n; ) {
    const length = min(n - done, K_BLOCK - k % K_BLOCK);
    gradientRow(v, at + done, length, done, n, place(to, k, block));
    k += length;
    done += length;
  }
}

/** The window of output row r: K = taps * C elements at `to`. */
export function gatherInput(g: Geometry, v: View, r: i32, to: usize, block: usize): void {
  const C = <usize>g.inChannels;
  const x0 = (r % g.outWidth) * g.stride - g.padding;
  const rest = r / g.outWidth;
  const y0 = (rest % g.outHeight) * g.stride - g.padding;
  const image = (rest / g.outHeight) * g.inHeight;
  const plain = !v.affine && (!v.code || load<i32>(v.code) == IDENTITY);
  const low = min(max(-x0, 0), g.kernelWidth);
  const high = max(min(g.inWidth - x0, g.kernelWidth), low);
  let k: usize = 0;
  for (let ky = 0; ky < g.kernelHeight; ky++, k += <usize>g.kernelWidth * C) {
    const y = y0 + ky;
    if (y < 0 || y >= g.inHeight) {
      zeroSpan(to, k, <usize>g.kernelWidth * C, block);
      continue;
    }
    if (low > 0) zeroSpan(to, k, <usize>low * C, block);
    const at = <usize>((image + y) * g.inWidth + x0 + low) * C;
    if (plain) {
      copySpan(v.raw + (at << 2), <usize>(high - low) * C, to, k + <usize>low * C, block);
    } else {
      for (let kx = low; kx < high; kx++) {
        viewedSpan(v, at + <usize>(kx - low) * C, C, C, to, k + <usize>kx * C, block);
      }
    }
    if (high < g.kernelWidth) zeroSpan(to, k + <usize>high * C, <usize>(g.kernelWidth - high) * C, block);
  }
}

/** All that input row s was read by: K = taps * O elements of the gradient at `to`. */
function gatherGradient(g: Geometry, v: GradView, s: i32, to: usize, block: usize): void {
  const O = <usize>g.outChannels;
  const x = (s % g.inWidth) + g.padding;
  const rest = s / g.inWidth;
  const y = (rest % g.inHeight) + g.padding;
  const image = (rest / g.inHeight) * g.outHeight;
  let k: usize = 0;
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    const ty = y - ky;
    const oy = ty / g.stride;
    const inside = ty >= 0 && ty % g.stride == 0 && oy < g.outHeight;
    for (let kx = 0; kx < g.kernelWidth; kx++, k += O) {
      const tx = x - kx;
      const ox = tx / g.stride;
      if (inside && tx >= 0 && tx % g.stride == 0 && ox < g.outWidth) {
        gradientSpan(v, <usize>((image + oy) * g.outWidth + ox) * O, O, to, k, block);
      } else {
        zeroSpan(to, k, O, block);
      }
    }
  }
}

/** Output rows r0 .. r0 + rows - 1 as packed A. */
export function packInput(g: Geometry, v: View, r0: i32, rows: i32, a: usize): void {
  if (!isPointwise(g)) {
    for (let i = 0; i < rows; i++) gatherInput(g, v, r0 + i, a + <usize>i * A_STRIDE, A_BLOCK);
    return;
  }
  const C = <usize>g.inChannels;
  for (let c: usize = 0; c < C; c += K_BLOCK, a += A_BLOCK) {
    const n = min(K_BLOCK, C - c);
    for (let i: usize = 0; i < <usize>rows; i++) {
      viewedRow(v, (<usize>r0 + i) * C + c, n, c, C, a + i * A_STRIDE);
    }
  }
}

/** Input rows s0 .. s0 + rows - 1 of the gradient as packed A. */
export function packGradient(g: Geometry, v: GradView, s0: i32, rows: i32, a: usize): void {
  if (!isPointwise(g)) {
    for (let i = 0; i < rows; i++) gatherGradient(g, v, s0 + i, a + <usize>i * A_STRIDE, A_BLOCK);
    return;
  }
  const O = <usize>g.outChannels;
  for (let o: usize = 0; o < O; o += K_BLOCK, a += A_BLOCK) {
    const n = min(K_BLOCK, O - o);
    for (let i: usize = 0; i < <usize>rows; i++) {
      gradientRow(v, (<usize>s0 + i) * O + o, n, o, O, a + i * A_STRIDE);
    }
  }
}
