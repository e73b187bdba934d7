/** The right operand of weight gradients: rows of x as panels. */
import { ACTIVATION_RELU, DenseWeightGradientArgs, Geometry, View } from './abi';
import { expectRead, fetchRest } from './ahead';
import { gatheredRow, gatherWindows, isPointwise } from './gather';
import { PANEL_ROW } from './product';
import { madd, splat } from './vector';
import { codeOf, expectGradient, viewedRow } from './views';

/** Fetches what the chunk of rows reads, in order, before it is packed with jumps. */
export function fetchChunk(a: DenseWeightGradientArgs, r0: usize, rows: usize): void {
  const C = <usize>a.geometry.inChannels;
  if (isPointwise(a.geometry)) expectRead(a.view.raw + ((r0 * C) << 2), (rows * C) << 2);
  expectGradient(a.gradient, r0, rows, a.geometry.outChannels);
  fetchRest();
}

/** Bytes of a chunk's panel of x: not a multiple of the page, so that panels spread over the cache's sets. */
// @ts-ignore: decorator
@inline export function xPanel(chunk: usize): usize {
  return chunk * PANEL_ROW + 64;
}

/** Viewed rows -> panels [rows][PANEL]. */
export function packX(g: Geometry, v: View, r0: usize, rows: usize, K: usize, row: usize, x: usize, panel: usize): void {
  const pointwise = isPointwise(g);
  if (pointwise && v.affine && codeOf(v) == ACTIVATION_RELU) {
    const from = v.raw + ((r0 * K) << 2);
    const whole = rows & ~3;
    for (let i: usize = 0; i < whole; i += 4) scatterRelu(from + ((i * K) << 2), v.affine, K, x + i * PANEL_ROW, panel, 4);
    for (let i = whole; i < rows; i++) scatterRelu(from + ((i * K) << 2), v.affine, K, x + i * PANEL_ROW, panel, 1);
    return;
  }
  const step = gatheredRow(K);
  for (let i: usize = 0; i < rows; i += 4) {
    const count = min(4, rows - i);
    if (!pointwise) gatherWindows(g, v, <i32>(r0 + i), <i32>count, row, step);
    for (let j: usize = 0; j < count; j++) {
      if (pointwise) viewedRow(v, (r0 + i + j) * K, K, 0, K, row + j * step);
      scatter(row + j * step, K, x + (i + j) * PANEL_ROW, panel);
    }
  }
}

/** One row -> its place in each panel. */
function scatter(from: usize, K: usize, to: usize, panel: usize): void {
  const end = from + (K << 2);
  for (; from < end; from += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 32) {
      v128.store(to + j, v128.load(from + j, 16), 16);
      v128.store(to + j, v128.load(from + j));
    }
  }
}

// @ts-ignore: decorator
@inline function storeRelu(p: usize, q: usize, s0: v128, s1: v128, h0: v128, h1: v128): void {
  v128.store(q, f32x4.pmax(madd(s1, v128.load(p, 16), h1), splat(0)), 16);
  v128.store(q, f32x4.pmax(madd(s0, v128.load(p), h0), splat(0)));
}

/** The same through the usual view, without a stop in between, of four rows or one. */
function scatterRelu(from: usize, scale: usize, K: usize, to: usize, panel: usize, rows: u32): void {
  const row = K << 2;
  const end = from + row;
  for (; from < end; from += PANEL_ROW, scale += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 32) {
      const k = scale + j;
      const s0 = v128.load(k), s1 = v128.load(k, 16);
      const h0 = v128.load(k + row), h1 = v128.load(k + row, 16);
      const p = from + j;
      const q = to + j;
      storeRelu(p, q, s0, s1, h0, h1);
      if (rows == 1) continue;
      storeRelu(p + row, q + PANEL_ROW, s0, s1, h0, h1);
      storeRelu(p + 2 * row, q + 2 * PANEL_ROW, s0, s1, h0, h1);
      storeRelu(p + 3 * row, q + 3 * PANEL_ROW, s0, s1, h0, h1);
    }
  }
}
