/**
 * Gradient of a dense convolution's weights: dw = dY^T x, inner dimension the rows. Pieces of rows (by the shape only)
 * have accumulators of their own, added in order afterwards. Units: pieces times groups of output channels.
 */
import { PANEL } from './config';
import { gatherInput, Geometry, isPointwise } from './gather';
import { outerProduct, PANEL_ROW, sixesOf, tilesProduct } from './product';
import { madd, RELU, splat } from './vector';
import { codeOf, gradientRow, GradView, Room, storeFirst, touch, touchGradient, View, viewedRow } from './views';

@unmanaged class Args {
  geometry: Geometry;
  gradient: GradView;
  view: View;
  /** [pieces][panels of K][O, up to fours][PANEL]. */
  accumulators: usize;
  rows: i32;
  pieceRows: i32;
  /** Output channels of a unit, a multiple of 16; units per piece. */
  columns: i32;
  splits: i32;
  /** Rows packed at a time; no result depends on it. */
  chunk: i32;
  room: Room;
}

/** So few columns of d stay as rows: the tiles' steps are short anyway. */
const FLAT: usize = 128;

/** Bytes of a panel of x or a tile of d: not a multiple of the page, so that they spread over the cache's sets. */
// @ts-ignore: decorator
@inline function spread(chunk: usize, row: usize): usize {
  return chunk * row + 64;
}

export function denseWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<Args>(args);
  const g = a.geometry;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const O = <usize>g.outChannels;
  const all = (O + 3) & ~3;
  const panels = (K + PANEL - 1) / PANEL;
  const chunk = <usize>a.chunk;
  const xPanel = spread(chunk, PANEL_ROW);
  const six = spread(chunk, 24);
  const four = spread(chunk, 16);
  const row = a.room.base + <usize>thread * a.room.size;
  const x = row + a.room.first;
  const d = x + panels * xPanel;
  for (let unit = from; unit < to; unit++) {
    const piece = unit / a.splits;
    const o = <usize>(unit % a.splits * a.columns);
    const columns = min(<usize>a.columns, O - o);
    const sixes = sixesOf(columns, a.room.tile);
    const fours = (columns - sixes * 6 + 3) / 4;
    const flat = columns <= FLAT;
    const dRow = (((columns << 2) + 63) & ~63) | 64;
    const end = <usize>min((piece + 1) * a.pieceRows, a.rows);
    const start = <usize>(piece * a.pieceRows);
    const accumulators = a.accumulators + <usize>piece * panels * all * PANEL_ROW;
    for (let r0 = start; r0 < end; r0 += chunk) {
      const rows = min(chunk, end - r0);
      if (a.splits == 1 && isPointwise(g)) {
        store<i32>(row, touch(a.view.raw + ((r0 * K) << 2), (rows * K) << 2) | touchGradient(a.gradient, r0, rows, O));
      }
      packX(g, a.view, r0, rows, K, row, x, xPanel);
      if (flat) for (let i: usize = 0; i < rows; i++) gradientRow(a.gradient, (r0 + i) * O + o, columns, o, O, d + i * dRow);
      else packD(a.gradient, r0, rows, o, O, columns, sixes, row, d, six, four);
      for (let p: usize = 0; p < panels; p++) {
        const from = x + p * xPanel;
        const c = accumulators + (p * all + o) * PANEL_ROW;
        const until = from + rows * PANEL_ROW;
        if (flat) outerProduct(d, dRow, from, until, c, sixes, fours, r0 == start);
        else tilesProduct(d, six, sixes, four, fours, from, until, c, r0 == start);
      }
    }
  }
}

/** Rows of the gradient, columns o .. -> tiles [rows][6], then [rows][4]; four rows at a time, through \`row\`. */
function packD(v: GradView, r0: usize, rows: usize, o: usize, O: usize, columns: usize, sixes: usize, row: usize, d: usize, six: usize, four: usize): void {
  const step = ((columns << 2) + 127) & ~63;
  const end = columns << 2;
  for (let i: usize = 0; i < rows; i += 4) {
    const count = min(4, rows - i);
    for (let j: usize = 0; j < count; j++) gradientRow(v, (r0 + i + j) * O + o, columns, o, O, row + j * step);
    let from = row;
    let to = d + i * 24;
    for (const last = row + sixes * 24; from < last; from += 24, to += six) {
      for (let j: usize = 0, p = from, q = to; j < count; j++, p += step, q += 24) {
        v128.store(q, v128.load(p));
        store<u64>(q, load<u64>(p, 16), 16);
      }
    }
    to = d + sixes * six + i * 16;
    for (const last = row + end; from < last; from += 16, to += four) {
      for (let j: usize = 0, p = from, q = to; j < count; j++, p += step, q += 16) v128.store(q, v128.load(p));
    }
  }
}

/** Viewed rows -> panels [rows][PANEL]. */
function packX(g: Geometry, v: View, r0: usize, rows: usize, K: usize, row: usize, x: usize, panel: usize): void {
  const pointwise = isPointwise(g);
  if (pointwise && v.affine && codeOf(v) == RELU) {
    const from = v.raw + ((r0 * K) << 2);
    const whole = rows & ~3;
    for (let i: usize = 0; i < whole; i += 4) scatterRelu(from + ((i * K) << 2), v.affine, K, x + i * PANEL_ROW, panel, 4);
    for (let i = whole; i < rows; i++) scatterRelu(from + ((i * K) << 2), v.affine, K, x + i * PANEL_ROW, panel, 1);
    return;
  }
  for (let i: usize = 0; i < rows; i++) {
    if (pointwise) viewedRow(v, (r0 + i) * K, K, 0, K, row);
    else gatherInput(g, v, <i32>(r0 + i), row);
    scatter(row, K, x + i * PANEL_ROW, panel);
  }
}

/** One row -> its place in each panel. */
function scatter(from: usize, K: usize, to: usize, panel: usize): void {
  const end = from + (K << 2);
  for (; from < end; from += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) v128.store(to + j, v128.load(from + j));
  }
}

// @ts-ignore: decorator
@inline function relu(p: usize, scale: v128, shift: v128): v128 {
  return f32x4.pmax(madd(scale, v128.load(p), shift), splat(0));
}

/** The same through the usual view, without a stop in between, of four rows or one. */
function scatterRelu(from: usize, scale: usize, K: usize, to: usize, panel: usize, rows: u32): void {
  const row = K << 2;
  const end = from + row;
  for (; from < end; from += PANEL_ROW, scale += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) {
      const s = v128.load(scale + j);
      const h = v128.load(scale + row + j);
      v128.store(to + j, relu(from + j, s, h));
      if (rows == 1) continue;
      v128.store(to + j, relu(from + row + j, s, h), PANEL_ROW);
      v128.store(to + j, relu(from + 2 * row + j, s, h), 2 * PANEL_ROW);
      v128.store(to + j, relu(from + 3 * row + j, s, h), 3 * PANEL_ROW);
    }
  }
}

@unmanaged class ReduceArgs {
  accumulators: usize;
  gradient: usize;
  outChannels: i32;
  inChannels: i32;
  taps: i32;
  pieces: i32;
}

/** Adds the pieces in order into the gradient, OIHW. Units: four output channels. */
export function reduceWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ReduceArgs>(args);
  const C = <usize>a.inChannels;
  const T = <usize>a.taps;
  const K = C * T;
  const all = (<usize>a.outChannels + 3) & ~3;
  const panels = (K + PANEL - 1) / PANEL;
  const size = panels * all * PANEL_ROW;
  const last = min(<usize>to * 4, <usize>a.outChannels);
  for (let o = <usize>from * 4; o < last; o++) {
    let at = a.accumulators + o * PANEL_ROW;
    for (let k: usize = 0; k < K; k += PANEL, at += all * PANEL_ROW) {
      for (let j: usize = 0; j < PANEL && k + j < K; j += 4) {
        let sum = v128.load(at + (j << 2));
        for (let p = 1, q = at + (j << 2) + size; p < a.pieces; p++, q += size) sum = f32x4.add(sum, v128.load(q));
        const lanes = <i32>min<usize>(4, K - k - j);
        if (T == 1) storeFirst(a.gradient + ((o * K + k + j) << 2), sum, lanes);
        else storeTaps(a.gradient + ((o * K) << 2), k + j, sum, lanes, C, T);
      }
    }
  }
}

/** Inner index k = t * C + c -> place c * T + t. */
function storeTaps(row: usize, k: usize, sum: v128, lanes: i32, C: usize, T: usize): void {
  for (let l = 0; l < lanes; l++, k++) {
    store<f32>(row + (((k % C) * T + k / C) << 2), f32x4.extract_lane(sum, 0));
    sum = v128.shuffle<i32>(sum, sum, 1, 2, 3, 0);
  }
}
