/**
 * Packing of the rows of matrix products: prologues applied, convolution windows gathered, rows turned into tiles. Inner
 * index k = tap * C + c. Padding is zero after the activation.
 */
import { ACTIVATION_IDENTITY, ACTIVATION_RELU, Geometry, GradView, View } from './abi';
import { A_BLOCK, K_BLOCK, sixesOf } from './product';
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

/** Four inner elements of 6 rows -> [4][6]. */
// @ts-ignore: decorator
@inline function storeSix(to: usize, r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128): void {
  let a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  let b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  let c = v128.shuffle<i32>(r4, r5, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(to, v128.shuffle<i64>(c, a, 0, 3), 16);
  v128.store(to, v128.shuffle<i64>(b, c, 1, 3), 32);
  a = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  b = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  c = v128.shuffle<i32>(r4, r5, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(a, b, 0, 2), 48);
  v128.store(to, v128.shuffle<i64>(c, a, 0, 3), 64);
  v128.store(to, v128.shuffle<i64>(b, c, 1, 3), 80);
}

/** Four inner elements of 4 rows -> [4][4]. */
// @ts-ignore: decorator
@inline function storeFour(to: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(to, v128.shuffle<i64>(a, b, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(c, d, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(c, d, 1, 3), 48);
}

/** `height` rows of n elements, `row` bytes apart -> a tile [n][height], and up to 3 elements more. */
function turn(p: usize, row: usize, n: usize, height: u32, to: usize): void {
  const end = p + (n << 2);
  const two = 2 * row, three = 3 * row, four = 4 * row, five = 5 * row;
  if (height == 6) {
    for (; p < end; p += 16, to += 96) {
      storeSix(to, v128.load(p), v128.load(p + row), v128.load(p + two), v128.load(p + three), v128.load(p + four), v128.load(p + five));
    }
  } else {
    for (; p < end; p += 16, to += 64) {
      storeFour(to, v128.load(p), v128.load(p + row), v128.load(p + two), v128.load(p + three));
    }
  }
}

// @ts-ignore: decorator
@inline function relu(p: usize, scale: v128, shift: v128): v128 {
  return f32x4.pmax(madd(scale, v128.load(p), shift), splat(0));
}

/** The same with the usual view; `scale`: address of its first element, `shift` bytes before its shifts. */
function turnRelu(p: usize, row: usize, n: usize, height: u32, to: usize, scale: usize, shift: usize): void {
  const end = p + (n << 2);
  const two = 2 * row, three = 3 * row, four = 4 * row, five = 5 * row;
  if (height == 6) {
    for (; p < end; p += 16, to += 96, scale += 16) {
      const s = v128.load(scale);
      const h = v128.load(scale + shift);
      storeSix(to, relu(p, s, h), relu(p + row, s, h), relu(p + two, s, h), relu(p + three, s, h), relu(p + four, s, h), relu(p + five, s, h));
    }
  } else {
    for (; p < end; p += 16, to += 64, scale += 16) {
      const s = v128.load(scale);
      const h = v128.load(scale + shift);
      storeFour(to, relu(p, s, h), relu(p + row, s, h), relu(p + two, s, h), relu(p + three, s, h));
    }
  }
}

// @ts-ignore: decorator
@inline function combine(p: usize, raw: usize, a: v128, b: v128, c: v128): v128 {
  return madd(a, v128.load(p), madd(b, v128.load(p + raw), c));
}

/** The same for a gradient; `raw`: bytes from dz to the raw values, k: address of the first coefficient, `next` bytes apart. */
function turnGradient(p: usize, raw: usize, row: usize, n: usize, height: u32, to: usize, k: usize, next: usize): void {
  const end = p + (n << 2);
  const two = 2 * row, three = 3 * row, four = 4 * row, five = 5 * row;
  if (height == 6) {
    for (; p < end; p += 16, to += 96, k += 16) {
      const a = v128.load(k);
      const b = v128.load(k + next);
      const c = v128.load(k + 2 * next);
      storeSix(to, combine(p, raw, a, b, c), combine(p + row, raw, a, b, c), combine(p + two, raw, a, b, c), combine(p + three, raw, a, b, c), combine(p + four, raw, a, b, c), combine(p + five, raw, a, b, c));
    }
  } else {
    for (; p < end; p += 16, to += 64, k += 16) {
      const a = v128.load(k);
      const b = v128.load(k + next);
      const c = v128.load(k + 2 * next);
      storeFour(to, combine(p, raw, a, b, c), combine(p + row, raw, a, b, c), combine(p + two, raw, a, b, c), combine(p + three, raw, a, b, c));
    }
  }
}

/** Whole rows in `rows` (`row` bytes apart) -> the tile that begins at row i of packed A. */
function turnBlocks(rows: usize, row: usize, K: usize, height: u32, a: usize, i: usize): void {
  for (let k: usize = 0; k < K; k += K_BLOCK, a += A_BLOCK) {
    const n = min(K_BLOCK, K - k);
    turn(rows + (k << 2), row, n, height, a + ((i * n) << 2));
  }
}

/** Bytes from one gathered row to the next. */
// @ts-ignore: decorator
@inline export function gatheredRow(K: usize): usize {
  return ((K << 2) + 127) & ~63;
}

/** Viewed rows r0 .. r0 + rows - 1 of K elements as packed A. The last tile is filled up with the last row. `room`: for six rows. */
export function packView(v: View, K: usize, r0: i32, rows: i32, a: usize, room: usize, tile: u32): void {
  const fast = v.affine != 0 && codeOf(v) == ACTIVATION_RELU;
  const sixes = <i32>sixesOf(rows, tile);
  const row = gatheredRow(K);
  const step = K << 2;
  const last = r0 + rows - 1;
  for (let i = 0, height = 0; i < rows; i += height) {
    height = i < 6 * sixes ? 6 : 4;
    const r = r0 + i;
    if (fast && r + height - 1 <= last) {
      const from = v.raw + <usize>r * step;
      for (let k: usize = 0, block = a; k < K; k += K_BLOCK, block += A_BLOCK) {
        const n = min(K_BLOCK, K - k);
        turnRelu(from + (k << 2), step, n, height, block + ((<usize>i * n) << 2), v.affine + (k << 2), step);
      }
      continue;
    }
    for (let j = 0; j < height; j++) viewedRow(v, <usize>min(r + j, last) * K, K, 0, K, room + <usize>j * row);
    turnBlocks(room, row, K, height, a, i);
  }
}

/** The same of a gradient's rows. */
export function packGradView(v: GradView, K: usize, r0: i32, rows: i32, a: usize, room: usize, tile: u32): void {
  const sixes = <i32>sixesOf(rows, tile);
  const row = gatheredRow(K);
  const step = K << 2;
  const last = r0 + rows - 1;
  for (let i = 0, height = 0; i < rows; i += height) {
    height = i < 6 * sixes ? 6 : 4;
    const r = r0 + i;
    if (v.coefficients && r + height - 1 <= last) {
      const from = v.dz + <usize>r * step;
      for (let k: usize = 0, block = a; k < K; k += K_BLOCK, block += A_BLOCK) {
        const n = min(K_BLOCK, K - k);
        const to = block + ((<usize>i * n) << 2);
        turnGradient(from + (k << 2), v.raw - v.dz, step, n, height, to, v.coefficients + (k << 2), step);
      }
      continue;
    }
    for (let j = 0; j < height; j++) gradientRow(v, <usize>min(r + j, last) * K, K, 0, K, room + <usize>j * row);
    turnBlocks(room, row, K, height, a, i);
  }
}

/** Windows of the output's rows r0 .. r0 + rows - 1 as packed A. The last tile is filled up with a row. */
export function packWindows(g: Geometry, v: View, r0: i32, rows: i32, a: usize, room: usize, tile: u32): void {
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const sixes = <i32>sixesOf(rows, tile);
  const row = gatheredRow(K);
  for (let i = 0, height = 0; i < rows; i += height) {
    height = i < 6 * sixes ? 6 : 4;
    const count = min(height, rows - i);
    gatherWindows(g, v, r0 + i, count, room, row);
    for (let j = count; j < height; j++) memory.copy(room + <usize>j * row, room, row);
    turnBlocks(room, row, K, height, a, i);
  }
}

/** All that the input's rows s0 .. s0 + rows - 1 were read by, of a gradient, as packed A. */
export function packReaders(g: Geometry, v: GradView, s0: i32, rows: i32, a: usize, room: usize, tile: u32): void {
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.outChannels);
  const sixes = <i32>sixesOf(rows, tile);
  const row = gatheredRow(K);
  for (let i = 0, height = 0; i < rows; i += height) {
    height = i < 6 * sixes ? 6 : 4;
    for (let j = 0; j < height; j++) gatherGradient(g, v, s0 + min(i + j, rows - 1), room + <usize>j * row);
    turnBlocks(room, row, K, height, a, i);
  }
}
