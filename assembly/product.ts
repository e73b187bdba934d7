/**
 * Tiles of matrix products. Every output element is one chain over the inner index in order, so neither the tile nor
 * the blocking of the inner index changes a bit.
 *
 * Packed A: blocks of K_BLOCK inner elements, each A_ROWS rows at A_STRIDE bytes: rows are immediate offsets.
 * Packed B: panels [inner][PANEL]. C: [rows][PANEL], contiguous.
 */
import { PANEL } from './config';
import { madd, splat } from './vector';

/** A panel of 8 columns is then 16 KB and stays in the first-level cache. */
export const K_BLOCK: usize = 512;
/** Not a power of two, so that the rows of a block spread over the cache's sets. */
export const A_STRIDE: usize = 2112;
/** 64 rows and what the last tile reads beyond them. */
export const A_ROWS: usize = 68;
export const A_BLOCK: usize = A_ROWS * A_STRIDE;
/** Bytes of a panel's row. */
export const PANEL_ROW: usize = <usize>PANEL * 4;

/** C (+)= A[rows, K] * panel; `tile`: 4 or 6 rows at once. */
export function panelProduct(a: usize, b: usize, c: usize, K: usize, rows: usize, tile: u32): void {
  for (let k: usize = 0; k < K; k += K_BLOCK) {
    const length = min(K_BLOCK, K - k);
    const end = b + length * PANEL_ROW;
    const sixes = tile == 6 ? rows / 6 : 0;
    const done = sixes * 6;
    if (sixes > 0) tiles6(a, b, end, c, sixes, k == 0);
    if (done < rows) tiles4(a + done * A_STRIDE, b, end, c + done * PANEL_ROW, (rows - done + 3) / 4, k == 0);
    a += A_BLOCK;
    b = end;
  }
}

/** `count` tiles of 4 rows. */
function tiles4(packed: usize, panel: usize, end: usize, c: usize, count: usize, fresh: bool): void {
  for (; count > 0; count--, packed += 4 * A_STRIDE, c += 4 * PANEL_ROW) {
  let a = packed, b = panel;
  let c00 = splat(0), c01 = splat(0), c10 = splat(0), c11 = splat(0);
  let c20 = splat(0), c21 = splat(0), c30 = splat(0), c31 = splat(0);
  if (!fresh) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(c, PANEL_ROW);
    c11 = v128.load(c, PANEL_ROW + 16);
    c20 = v128.load(c, 2 * PANEL_ROW);
    c21 = v128.load(c, 2 * PANEL_ROW + 16);
    c30 = v128.load(c, 3 * PANEL_ROW);
    c31 = v128.load(c, 3 * PANEL_ROW + 16);
  }
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load_splat<f32>(a);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(a, A_STRIDE);
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(a, 2 * A_STRIDE);
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(a, 3 * A_STRIDE);
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    a += 4;
    b += PANEL_ROW;
  } while (b < end);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c10, PANEL_ROW);
  v128.store(c, c11, PANEL_ROW + 16);
  v128.store(c, c20, 2 * PANEL_ROW);
  v128.store(c, c21, 2 * PANEL_ROW + 16);
  v128.store(c, c30, 3 * PANEL_ROW);
  v128.store(c, c31, 3 * PANEL_ROW + 16);
  }
}

/** `count` tiles of 6 rows. */
function tiles6(packed: usize, panel: usize, end: usize, c: usize, count: usize, fresh: bool): void {
  for (; count > 0; count--, packed += 6 * A_STRIDE, c += 6 * PANEL_ROW) {
  let a = packed, b = panel;
  let c00 = splat(0), c01 = splat(0), c10 = splat(0), c11 = splat(0), c20 = splat(0), c21 = splat(0);
  let c30 = splat(0), c31 = splat(0), c40 = splat(0), c41 = splat(0), c50 = splat(0), c51 = splat(0);
  if (!fresh) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(c, PANEL_ROW);
    c11 = v128.load(c, PANEL_ROW + 16);
    c20 = v128.load(c, 2 * PANEL_ROW);
    c21 = v128.load(c, 2 * PANEL_ROW + 16);
    c30 = v128.load(c, 3 * PANEL_ROW);
    c31 = v128.load(c, 3 * PANEL_ROW + 16);
    c40 = v128.load(c, 4 * PANEL_ROW);
    c41 = v128.load(c, 4 * PANEL_ROW + 16);
    c50 = v128.load(c, 5 * PANEL_ROW);
    c51 = v128.load(c, 5 * PANEL_ROW + 16);
  }
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load_splat<f32>(a);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(a, A_STRIDE);
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(a, 2 * A_STRIDE);
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(a, 3 * A_STRIDE);
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    s = v128.load_splat<f32>(a, 4 * A_STRIDE);
    c40 = madd(s, b0, c40);
    c41 = madd(s, b1, c41);
    s = v128.load_splat<f32>(a, 5 * A_STRIDE);
    c50 = madd(s, b0, c50);
    c51 = madd(s, b1, c51);
    a += 4;
    b += PANEL_ROW;
  } while (b < end);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c10, PANEL_ROW);
  v128.store(c, c11, PANEL_ROW + 16);
  v128.store(c, c20, 2 * PANEL_ROW);
  v128.store(c, c21, 2 * PANEL_ROW + 16);
  v128.store(c, c30, 3 * PANEL_ROW);
  v128.store(c, c31, 3 * PANEL_ROW + 16);
  v128.store(c, c40, 4 * PANEL_ROW);
  v128.store(c, c41, 4 * PANEL_ROW + 16);
  v128.store(c, c50, 5 * PANEL_ROW);
  v128.store(c, c51, 5 * PANEL_ROW + 16);
  }
}

/**
 * C[count * 4][PANEL] (+)= d^T x over the rows of x; d: rows of at least count * 4 columns, `row` bytes apart;
 * x [rows][PANEL].
 */
export function outers4(columns: usize, row: usize, panel: usize, end: usize, c: usize, count: usize, fresh: bool): void {
  for (; count > 0; count--, columns += 16, c += 4 * PANEL_ROW) {
  let d = columns, x = panel;
  let c00 = splat(0), c01 = splat(0), c10 = splat(0), c11 = splat(0);
  let c20 = splat(0), c21 = splat(0), c30 = splat(0), c31 = splat(0);
  if (!fresh) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(c, PANEL_ROW);
    c11 = v128.load(c, PANEL_ROW + 16);
    c20 = v128.load(c, 2 * PANEL_ROW);
    c21 = v128.load(c, 2 * PANEL_ROW + 16);
    c30 = v128.load(c, 3 * PANEL_ROW);
    c31 = v128.load(c, 3 * PANEL_ROW + 16);
  }
  do {
    const b0 = v128.load(x);
    const b1 = v128.load(x, 16);
    let s = v128.load_splat<f32>(d);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(d, 4);
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(d, 8);
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(d, 12);
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    d += row;
    x += PANEL_ROW;
  } while (x < end);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c10, PANEL_ROW);
  v128.store(c, c11, PANEL_ROW + 16);
  v128.store(c, c20, 2 * PANEL_ROW);
  v128.store(c, c21, 2 * PANEL_ROW + 16);
  v128.store(c, c30, 3 * PANEL_ROW);
  v128.store(c, c31, 3 * PANEL_ROW + 16);
  }
}

/** The same with tiles of six rows of C. */
export function outers6(columns: usize, row: usize, panel: usize, end: usize, c: usize, count: usize, fresh: bool): void {
  for (; count > 0; count--, columns += 24, c += 6 * PANEL_ROW) {
  let d = columns, x = panel;
  let c00 = splat(0), c01 = splat(0), c10 = splat(0), c11 = splat(0), c20 = splat(0), c21 = splat(0);
  let c30 = splat(0), c31 = splat(0), c40 = splat(0), c41 = splat(0), c50 = splat(0), c51 = splat(0);
  if (!fresh) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(c, PANEL_ROW);
    c11 = v128.load(c, PANEL_ROW + 16);
    c20 = v128.load(c, 2 * PANEL_ROW);
    c21 = v128.load(c, 2 * PANEL_ROW + 16);
    c30 = v128.load(c, 3 * PANEL_ROW);
    c31 = v128.load(c, 3 * PANEL_ROW + 16);
    c40 = v128.load(c, 4 * PANEL_ROW);
    c41 = v128.load(c, 4 * PANEL_ROW + 16);
    c50 = v128.load(c, 5 * PANEL_ROW);
    c51 = v128.load(c, 5 * PANEL_ROW + 16);
  }
  do {
    const b0 = v128.load(x);
    const b1 = v128.load(x, 16);
    let s = v128.load_splat<f32>(d);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(d, 4);
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(d, 8);
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(d, 12);
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    s = v128.load_splat<f32>(d, 16);
    c40 = madd(s, b0, c40);
    c41 = madd(s, b1, c41);
    s = v128.load_splat<f32>(d, 20);
    c50 = madd(s, b0, c50);
    c51 = madd(s, b1, c51);
    d += row;
    x += PANEL_ROW;
  } while (x < end);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c10, PANEL_ROW);
  v128.store(c, c11, PANEL_ROW + 16);
  v128.store(c, c20, 2 * PANEL_ROW);
  v128.store(c, c21, 2 * PANEL_ROW + 16);
  v128.store(c, c30, 3 * PANEL_ROW);
  v128.store(c, c31, 3 * PANEL_ROW + 16);
  v128.store(c, c40, 4 * PANEL_ROW);
  v128.store(c, c41, 4 * PANEL_ROW + 16);
  v128.store(c, c50, 5 * PANEL_ROW);
  v128.store(c, c51, 5 * PANEL_ROW + 16);
  }
}
