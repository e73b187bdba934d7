/**
 * Dense convolutions, forward and gradient by the input, as products of 64 packed rows with packed panels of weights.
 * Units: blocks of 64 rows times groups of columns. Statistics and the activation's derivative are the epilogue.
 */
import { PANEL } from './config';
import { Geometry, isPointwise, packGradient, packInput } from './gather';
import { A_BLOCK, BLOCK, K_BLOCK, PANEL_ROW, panelProduct } from './product';
import { claim, columnStatistics, finishColumns, finishEight, GradView, Room, storeFirst, Target, touch, touchGradient, View } from './views';

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
@inline function lineProduct(packed: usize, panels: usize, n: usize, N: usize, K: usize, tile: usize, rows: i32, height: u32): void {
  for (let j: usize = 0; j < LINE && n + j < N; j += PANEL) {
    panelProduct(packed, panels + (n + j) * (K << 2), tile + (j / PANEL) * TILE, K, rows, height);
  }
}

/** Where four columns of a line's product begin. */
// @ts-ignore: decorator
@inline function quarter(tile: usize, j: usize): usize {
  return tile + (j & 4) * 4 + (j & 8 ? HALF : 0);
}

@unmanaged class PackArgs {
  weight: usize;
  panels: usize;
  outChannels: i32;
  inChannels: i32;
  taps: i32;
  /** 0: columns o, inner (t, c): forward. 1: columns c, inner (t, o): input gradient. */
  transposed: i32;
}

/** Weights OIHW -> panels [inner][PANEL], zero beyond the last column. Units: panels. */
export function packWeights(args: usize, from: i32, to: i32, thread: i32): void {
  const g = changetype<PackArgs>(args);
  const I = <usize>(g.transposed ? g.outChannels : g.inChannels);
  const columns = <usize>(g.transposed ? g.inChannels : g.outChannels);
  for (let p = <usize>from; p < <usize>to; p++) {
    const at = g.panels + p * I * <usize>g.taps * PANEL_ROW;
    const n = p * PANEL;
    const whole = g.taps == 1 && n + PANEL <= columns;
    if (whole && g.transposed) copyPanel(g.weight + (n << 2), columns << 2, I, at);
    else if (whole && I % 4 == 0) for (let j: usize = 0; j < PANEL; j += 4) turnPanel(g.weight + ((n + j) * I << 2), I, at + (j << 2));
    else packSlowly(g, n, columns, I, at);
  }
}

/** PANEL columns of consecutive rows. */
function copyPanel(from: usize, row: usize, rows: usize, at: usize): void {
  const end = at + rows * PANEL_ROW;
  for (; at < end; at += PANEL_ROW, from += row) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) v128.store(at + j, v128.load(from + j));
  }
}

/** Four rows of `length` elements -> four columns of a panel, by 4 x 4 transposes. */
function turnPanel(from: usize, length: usize, at: usize): void {
  const row = length << 2;
  const end = from + row;
  for (; from < end; from += 16, at += 4 * PANEL_ROW) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + row);
    const r2 = v128.load(from + 2 * row);
    const r3 = v128.load(from + 3 * row);
    const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
    const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    v128.store(at, v128.shuffle<i64>(a, b, 0, 2));
    v128.store(at + PANEL_ROW, v128.shuffle<i64>(a, b, 1, 3));
    v128.store(at + 2 * PANEL_ROW, v128.shuffle<i64>(c, d, 0, 2));
    v128.store(at + 3 * PANEL_ROW, v128.shuffle<i64>(c, d, 1, 3));
  }
}

function packSlowly(g: PackArgs, first: usize, columns: usize, I: usize, at: usize): void {
  const C = <usize>g.inChannels;
  const T = <usize>g.taps;
  for (let t: usize = 0; t < T; t++) {
    for (let i: usize = 0; i < I; i++) {
      for (let j: usize = 0; j < PANEL; j++, at += 4) {
        const n = first + j;
        const index = g.transposed ? (i * C + n) * T + t : (n * C + i) * T + t;
        store<f32>(at, n < columns ? load<f32>(g.weight + (index << 2)) : 0);
      }
    }
  }
}

@unmanaged class ForwardArgs {
  geometry: Geometry;
  view: View;
  panels: usize;
  output: usize;
  statistics: usize;
  rows: i32;
  /** Columns of a unit: whole panels; units per block of rows. */
  columns: i32;
  splits: i32;
  room: Room;
}

/** y[rows, O] and its statistics per piece of 64 rows. */
export function denseForward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ForwardArgs>(args);
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
      if (isPointwise(g)) store<i32>(tile, touch(a.view.raw + (<usize>r0 * K << 2), <usize>rows * K << 2));
      claim(a.output + (<usize>r0 * N << 2), <usize>rows * N << 2);
    }
    packInput(g, a.view, r0, rows, packed, packed + packedBytes(K), a.room.tile);
    for (let n = <usize>first; n < <usize>last; n += LINE) {
      lineProduct(packed, a.panels, n, N, K, tile, rows, a.room.tile);
      storeLine(tile, a.output + ((<usize>r0 * N + n) << 2), rows, N, N - n);
      if (!a.statistics) continue;
      const out = a.statistics + ((<usize>block * 2 * N + n) << 2);
      for (let j: usize = 0; j < LINE && n + j < N; j += 4) {
        columnStatistics(quarter(tile, j), PANEL_ROW, rows, out + (j << 2), N, <i32>min<usize>(4, N - n - j));
      }
    }
  }
}

/** The first `columns` columns of a line's product -> rows of N elements. */
function storeLine(tile: usize, out: usize, rows: usize, N: usize, columns: usize): void {
  const end = tile + rows * PANEL_ROW;
  const step = N << 2;
  if (columns >= LINE) {
    for (; tile < end; tile += PANEL_ROW, out += step) {
      v128.store(out, v128.load(tile));
      v128.store(out, v128.load(tile, 16), 16);
      v128.store(out, v128.load(tile, HALF), 32);
      v128.store(out, v128.load(tile, HALF + 16), 48);
    }
    return;
  }
  for (; tile < end; tile += PANEL_ROW, out += step) {
    for (let j: usize = 0; j < columns; j += 4) storeFirst(out + (j << 2), v128.load(quarter(tile, j)), <i32>(columns - j));
  }
}

@unmanaged class InputGradientArgs {
  geometry: Geometry;
  view: GradView;
  panels: usize;
  target: Target;
  rows: i32;
  columns: i32;
  splits: i32;
  room: Room;
}

/** dz[rows, C] of the target and its sums per piece of 64 rows. */
export function denseInputGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<InputGradientArgs>(args);
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
      const at = <usize>s0 * C << 2;
      const size = <usize>rows * C << 2;
      store<i32>(tile, touch(a.target.raw + at, size));
      claim(a.target.dz + at, size);
      if (isPointwise(g)) store<i32>(tile, touchGradient(a.view, s0, rows, K));
    }
    packGradient(g, a.view, s0, rows, packed, packed + packedBytes(K), a.room.tile);
    for (let c = <usize>first; c < <usize>last; c += LINE) {
      lineProduct(packed, a.panels, c, C, K, tile, rows, a.room.tile);
      for (let j: usize = 0; j < LINE && c + j < C; j += 8) {
        const dv = quarter(tile, j);
        if (c + j + 8 <= C) {
          finishEight(a.target, dv, PANEL_ROW, s0, rows, c + j, C, block);
        } else {
          finishColumns(a.target, dv, PANEL_ROW, s0, rows, c + j, C, block);
          if (c + j + 4 < C) finishColumns(a.target, dv + 16, PANEL_ROW, s0, rows, c + j + 4, C, block);
        }
      }
    }
  }
}
