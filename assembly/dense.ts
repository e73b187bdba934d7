/**
 * Dense convolutions, forward and gradient by the input, as products of packed rows with packed panels of weights. Units:
 * blocks of 64 rows times groups of columns. Statistics and the activation's derivative are the epilogue; what the next
 * block needs is fetched meanwhile (ahead.ts).
 */
import { DenseForwardArgs, DenseInputGradientArgs, Geometry, Target, BLOCK } from './abi';
import { expectRead, expectWrite, fetchRest, setPace } from './ahead';
import { PANEL } from './config';
import { columnStatistics, finishColumns, finishLine, wideStatistics } from './finish';
import { isPointwise, packGradView, packReaders, packView, packWindows } from './gather';
import { A_BLOCK, PANEL_ROW, panelProduct, tilesOf } from './product';
import { K_BLOCK } from './tiles';
import { expectGradient, storeFirst } from './views';

/** Columns that are finished together: a cache line of a row, one or two panels. */
const LINE: usize = 16;
/** Bytes of a panel's product. */
const TILE: usize = <usize>BLOCK * PANEL_ROW;
/** Bytes from the first half of a line's product to the second. */
const HALF: usize = PANEL == 16 ? 32 : TILE;

/** Bytes of packed A, where the room for gathered rows begins. */
// @ts-ignore: decorator
@inline function packedBytes(K: usize): usize {
  return ((K + K_BLOCK - 1) / K_BLOCK) * A_BLOCK + 128;
}

/** The product of packed rows with the panels of a line. */
// @ts-ignore: decorator
@inline function lineProduct(packed: usize, block: usize, panels: usize, n: usize, N: usize, K: usize, tile: usize, rows: i32, height: u32): void {
  for (let j: usize = 0; j < LINE && n + j < N; j += PANEL) {
    panelProduct(packed, block, panels + (n + j) * (K << 2), tile + (j / PANEL) * TILE, K, rows, height);
  }
}

/** Where four columns of a line's product begin. */
// @ts-ignore: decorator
@inline function quarter(tile: usize, j: usize): usize {
  return tile + (j & 4) * 4 + (j & 8 ? HALF : 0);
}

/** Tiles of a block's product with N columns. */
// @ts-ignore: decorator
@inline function tilesOfBlock(K: usize, N: usize, tile: u32): usize {
  return (N + PANEL - 1) / PANEL * ((K + K_BLOCK - 1) / K_BLOCK) * tilesOf(BLOCK, tile);
}

/** What a block of rows will read and write. */
function expectForward(a: DenseForwardArgs, block: i32, K: usize, N: usize): void {
  const r0 = block * BLOCK;
  const rows = min(BLOCK, a.rows - r0);
  if (isPointwise(a.geometry)) expectRead(a.view.raw + (<usize>r0 * K << 2), <usize>rows * K << 2);
  expectWrite(a.output + (<usize>r0 * N << 2), <usize>rows * N << 2);
  setPace(tilesOfBlock(K, N, a.room.tile));
}

/** y[rows, O] and its statistics per piece of 64 rows. */
export function denseForward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DenseForwardArgs>(args);
  const g = a.geometry;
  const packed = a.room.base + <usize>thread * a.room.size;
  const tile = packed + a.room.first;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const N = <usize>g.outChannels;
  for (let unit = from; unit < to; unit++) {
    const block = unit / a.splits;
    const r0 = block * BLOCK;
    const rows = min(BLOCK, a.rows - r0);
    const first = (unit % a.splits) * a.columns;
    const last = min(first + a.columns, <i32>N);
    if (a.splits == 1) {
      if (unit == from) expectForward(a, unit, K, N);
      fetchRest();
      if (unit + 1 < to) expectForward(a, unit + 1, K, N);
    }
    const room = packed + packedBytes(K);
    if (isPointwise(g)) packView(a.view, K, r0, rows, packed);
    else packWindows(g, a.view, r0, rows, packed, room);
    for (let n = <usize>first; n < <usize>last; n += LINE) {
      lineProduct(packed, A_BLOCK, a.panels, n, N, K, tile, rows, a.room.tile);
      finishForward(a, tile, block, rows, n, N);
    }
  }
}

/** A line's product -> y, and its statistics. */
function finishForward(a: DenseForwardArgs, tile: usize, piece: i32, rows: i32, n: usize, N: usize): void {
  storeLine(tile, a.output + ((<usize>(piece * BLOCK) * N + n) << 2), rows, N, N - n);
  if (!a.statistics) return;
  const out = a.statistics + ((<usize>piece * 2 * N + n) << 2);
  if (PANEL == 16 && n + LINE <= N) {
    wideStatistics(tile, PANEL_ROW, rows, out, N);
    wideStatistics(tile + HALF, PANEL_ROW, rows, out + 32, N);
    return;
  }
  for (let j: usize = 0; j < LINE && n + j < N; j += 4) {
    columnStatistics(quarter(tile, j), PANEL_ROW, rows, out + (j << 2), N, <i32>min<usize>(4, N - n - j));
  }
}

/** The first `columns` columns of a line's product -> rows of N elements. */
function storeLine(tile: usize, out: usize, rows: usize, N: usize, columns: usize): void {
  const end = tile + rows * PANEL_ROW;
  const step = N << 2;
  if (columns >= LINE) {
    for (; tile < end; tile += PANEL_ROW, out += step) {
      v128.store(out, v128.load(tile, 16), 16);
      v128.store(out, v128.load(tile));
      v128.store(out, v128.load(tile, HALF + 16), 48);
      v128.store(out, v128.load(tile, HALF), 32);
    }
    return;
  }
  for (; tile < end; tile += PANEL_ROW, out += step) {
    for (let j: usize = 0; j < columns; j += 4) storeFirst(out + (j << 2), v128.load(quarter(tile, j)), <i32>(columns - j));
  }
}

/** What a block of rows will read and write. */
function expectInputGradient(a: DenseInputGradientArgs, block: i32, K: usize, C: usize): void {
  const s0 = block * BLOCK;
  const rows = min(BLOCK, a.rows - s0);
  const at = <usize>s0 * C << 2;
  if (isPointwise(a.geometry)) expectGradient(a.view, s0, rows, K);
  expectRead(a.target.raw + at, <usize>rows * C << 2);
  expectWrite(a.target.dz + at, <usize>rows * C << 2);
  setPace(tilesOfBlock(K, C, a.room.tile));
}

/** dz[rows, C] of the target and its sums per piece of 64 rows. */
export function denseInputGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DenseInputGradientArgs>(args);
  const g = a.geometry;
  const packed = a.room.base + <usize>thread * a.room.size;
  const tile = packed + a.room.first;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.outChannels);
  const C = <usize>g.inChannels;
  for (let unit = from; unit < to; unit++) {
    const block = unit / a.splits;
    const s0 = block * BLOCK;
    const rows = min(BLOCK, a.rows - s0);
    const first = (unit % a.splits) * a.columns;
    const last = min(first + a.columns, <i32>C);
    if (a.splits == 1) {
      if (unit == from) expectInputGradient(a, unit, K, C);
      fetchRest();
      if (unit + 1 < to) expectInputGradient(a, unit + 1, K, C);
    }
    if (isPointwise(g)) packGradView(a.view, K, 0, K, s0, rows, packed, A_BLOCK);
    else packReaders(g, a.view, s0, rows, packed, packed + packedBytes(K));
    blockGradient(a, block, rows, packed, A_BLOCK, tile, first, last);
  }
}

/** dz of `rows` packed rows of the gradient, columns first .. last - 1; `next`: bytes from a block of packed rows to the next. */
export function blockGradient(a: DenseInputGradientArgs, block: i32, rows: i32, packed: usize, next: usize, tile: usize, first: usize, last: usize): void {
  const g = a.geometry;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.outChannels);
  const C = <usize>g.inChannels;
  for (let c = first; c < last; c += LINE) {
    lineProduct(packed, next, a.panels, c, C, K, tile, rows, a.room.tile);
    finishGradient(a.target, tile, block, rows, c, C);
  }
}

/** The block's dz alone is claimed: what it is made from has just been read. */
export function expectBlock(a: DenseInputGradientArgs, block: i32, rows: i32): void {
  const K = <usize>a.geometry.outChannels;
  const C = <usize>a.geometry.inChannels;
  expectWrite(a.target.dz + (<usize>(block * BLOCK) * C << 2), <usize>rows * C << 2);
  setPace(tilesOfBlock(K, C, a.room.tile));
}

/** A line's product -> dz, and its sums. */
function finishGradient(t: Target, tile: usize, piece: i32, rows: i32, c: usize, C: usize): void {
  const s0 = piece * BLOCK;
  if (c + LINE <= C) {
    finishLine(t, tile, 16, HALF, HALF + 16, PANEL_ROW, s0, rows, c, C, piece);
    return;
  }
  for (let j: usize = 0; j < LINE && c + j < C; j += 4) finishColumns(t, quarter(tile, j), PANEL_ROW, s0, rows, c + j, C, piece);
}
