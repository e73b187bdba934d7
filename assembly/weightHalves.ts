/** Weight gradients as products of halves (strassen.ts): of the rows, the output channels and the input channels. */
import { PANEL } from './config';
import { PANEL_ROW, sixesOf, tilesProduct } from './product';
import { A11, A12, A21, A22, combine, SEVEN, sumLeft } from './strassen';
import { RELU } from './vector';
import { fetchChunk, packD, relu, spread, WeightGradientArgs } from './weightPacking';
import { codeOf, GradView, View, viewedRow } from './views';

/** Columns of x of a half that are packed at a time. */
const RANGE: usize = 64;

/**
 * One unit. Room of the thread: rows of the gradient, its left set, the right set of a range of x, M1 to M5 of that range.
 */
export function halvesUnit(a: WeightGradientArgs, unit: i32, thread: i32): void {
  const K = <usize>a.geometry.inChannels / 2;
  const O = <usize>a.geometry.outChannels;
  const piece = <usize>(unit / a.splits);
  const o = <usize>(unit % a.splits) * <usize>a.columns;
  const columns = min(<usize>a.columns, O / 2 - o);
  const sixes = sixesOf(columns, a.room.tile);
  const fours = (columns - sixes * 6) / 4;
  const half = <usize>a.chunk / 2;
  const dFactor = sixes * spread(half, 24) + fours * spread(half, 16);
  const xFactor = (RANGE / PANEL) * spread(half, PANEL_ROW);
  const row = a.room.base + <usize>thread * a.room.size;
  const d = row + a.room.first;
  const x = d + SEVEN * dFactor;
  const start = piece * <usize>a.pieceRows;
  const end = min(start + <usize>a.pieceRows, <usize>a.rows);
  const accumulators = a.accumulators + (piece * (2 * K / PANEL) * O + o) * PANEL_ROW;
  for (let r0 = start; r0 < end; r0 += 2 * half) {
    const rows = min(2 * half, end - r0);
    if (a.splits <= 2) fetchChunk(a, r0, rows);
    packLeftChunk(a.gradient, r0, rows, o, O, columns, sixes, row, d, half, dFactor);
    for (let k: usize = 0; k < K; k += RANGE) {
      const width = min(RANGE, K - k);
      packRightRange(a.view, r0, rows, 2 * K, k, width, row, x, spread(half, PANEL_ROW), xFactor);
      const c = accumulators + (k / PANEL) * O * PANEL_ROW;
      rangeProducts(d, dFactor, sixes, fours, x, xFactor, half, (rows + 1) / 2, width, c, K, O, r0 == start);
    }
  }
}

/** The products of a left set with the panels of a range, (added) to the four quarters of the accumulators at `c`. */
function rangeProducts(d: usize, dFactor: usize, sixes: usize, fours: usize, x: usize, xFactor: usize, half: usize, rows: usize, width: usize, c: usize, K: usize, O: usize, fresh: bool): void {
  const panel = spread(half, PANEL_ROW);
  const bytes = (sixes * 6 + fours * 4) * PANEL_ROW;
  const range = (width / PANEL) * bytes;
  const m = x + SEVEN * xFactor;
  const next = O * PANEL_ROW;
  const c12 = c + (K / PANEL) * next;
  const c21 = c + (O / 2) * PANEL_ROW;
  const c22 = c12 + (O / 2) * PANEL_ROW;
  for (let i: usize = 0; i < 5; i++) {
    factorProducts(d + i * dFactor, sixes, fours, half, x + i * xFactor, panel, rows, width, m + i * range, bytes, true);
  }
  for (let p: usize = 0; p < width / PANEL; p++) {
    const q = p * next;
    combine(m + p * bytes, range, c + q, c12 + q, c21 + q, c22 + q, bytes, fresh);
  }
  factorProducts(d + 5 * dFactor, sixes, fours, half, x + 5 * xFactor, panel, rows, width, c22, next, false);
  factorProducts(d + 6 * dFactor, sixes, fours, half, x + 6 * xFactor, panel, rows, width, c, next, false);
}

/** One left factor with each panel of one right factor; `next`: bytes from panel to panel of the product. */
function factorProducts(d: usize, sixes: usize, fours: usize, half: usize, x: usize, panel: usize, rows: usize, width: usize, c: usize, next: usize, fresh: bool): void {
  for (let p: usize = 0; p < width / PANEL; p++, x += panel, c += next) {
    tilesProduct(d, spread(half, 24), sixes, spread(half, 16), fours, x, x + rows * PANEL_ROW, c, fresh);
  }
}

/** The left set of a chunk's gradient: tiles of the columns o .. of each half, of the first rows and of the rest. */
function packLeftChunk(v: GradView, r0: usize, rows: usize, o: usize, O: usize, columns: usize, sixes: usize, row: usize, d: usize, half: usize, factor: usize): void {
  const high = (rows + 1) / 2;
  const rest = rows - high;
  const six = spread(half, 24);
  const four = spread(half, 16);
  packD(v, r0, high, o, O, columns, sixes, row, d + A11 * factor, six, four);
  packD(v, r0, high, O / 2 + o, O, columns, sixes, row, d + A21 * factor, six, four);
  packD(v, r0 + high, rest, o, O, columns, sixes, row, d + A12 * factor, six, four);
  packD(v, r0 + high, rest, O / 2 + o, O, columns, sixes, row, d + A22 * factor, six, four);
  if (rest < high) {
    zeroRow(d + A12 * factor, rest, sixes, (columns - 6 * sixes) / 4, six, four);
    zeroRow(d + A22 * factor, rest, sixes, (columns - 6 * sixes) / 4, six, four);
  }
  sumLeft(d, factor, factor);
}

/** Zeros in row r of each tile. */
function zeroRow(d: usize, r: usize, sixes: usize, fours: usize, six: usize, four: usize): void {
  for (let i: usize = 0; i < sixes; i++, d += six) memory.fill(d + r * 24, 0, 24);
  for (let i: usize = 0; i < fours; i++, d += four) memory.fill(d + r * 16, 0, 16);
}

/** The right set of `width` columns of each half of x, from k on. */
function packRightRange(v: View, r0: usize, rows: usize, C: usize, k: usize, width: usize, row: usize, x: usize, panel: usize, factor: usize): void {
  const high = (rows + 1) / 2;
  const right = C / 2;
  const next = high * C;
  const quarter = RANGE << 2;
  const usual = v.affine != 0 && codeOf(v) == RELU;
  for (let i: usize = 0; i < high; i++) {
    const to = x + i * PANEL_ROW;
    const at = (r0 + i) * C + k;
    if (usual && i + high < rows) {
      sumsRelu(v.raw + (at << 2), next << 2, right << 2, v.affine + (k << 2), C << 2, width, to, panel, factor);
      continue;
    }
    viewedRow(v, at, width, k, C, row);
    viewedRow(v, at + right, width, right + k, C, row + quarter);
    if (i + high < rows) {
      viewedRow(v, at + next, width, k, C, row + 2 * quarter);
      viewedRow(v, at + next + right, width, right + k, C, row + 3 * quarter);
    } else {
      memory.fill(row + 2 * quarter, 0, 2 * quarter);
    }
    sums(row, quarter, width, to, panel, factor);
  }
}

/** The seven factors' part of one row from its four quarters. */
// @ts-ignore: decorator
@inline function storeSums(to: usize, factor: usize, b11: v128, b12: v128, b21: v128, b22: v128): void {
  v128.store(to, f32x4.add(b11, b22));
  v128.store(to + factor, b11);
  v128.store(to + 2 * factor, f32x4.sub(b12, b22));
  v128.store(to + 3 * factor, f32x4.sub(b21, b11));
  v128.store(to + 4 * factor, b22);
  v128.store(to + 5 * factor, f32x4.add(b11, b12));
  v128.store(to + 6 * factor, f32x4.add(b21, b22));
}

function sums(from: usize, quarter: usize, width: usize, to: usize, panel: usize, factor: usize): void {
  for (const end = from + (width << 2); from < end; from += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) {
      const p = from + j;
      storeSums(to + j, factor, v128.load(p), v128.load(p + quarter), v128.load(p + 2 * quarter), v128.load(p + 3 * quarter));
    }
  }
}

/** The same through the usual view, without a stop in between. `next`, `right`: bytes to the second rows and columns. */
function sumsRelu(from: usize, next: usize, right: usize, scale: usize, shift: usize, width: usize, to: usize, panel: usize, factor: usize): void {
  for (const end = from + (width << 2); from < end; from += PANEL_ROW, scale += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) {
      const p = from + j;
      const q = scale + j;
      const s = v128.load(q), h = v128.load(q + shift);
      const s1 = v128.load(q + right), h1 = v128.load(q + right + shift);
      storeSums(to + j, factor, relu(p, s, h), relu(p + right, s1, h1), relu(p + next, s, h), relu(p + next + right, s1, h1));
    }
  }
}
