/**
 * Gradient of a dense convolution's weights: dw = dY^T x, inner dimension the rows. Pieces of rows (by the shape only)
 * have accumulators of their own, added in order afterwards. Units: pieces times groups of output channels.
 */
import { PANEL } from './config';
import { gatherInput, Geometry, isPointwise } from './gather';
import { outerProduct, PANEL_ROW } from './product';
import { madd, RELU, splat } from './vector';
import { codeOf, gradientRow, GradView, Room, storeFirst, View, viewedRow } from './views';

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

/** Bytes of a panel of x: not a multiple of the page, so that panels spread over the cache's sets. */
// @ts-ignore: decorator
@inline function panelBytes(chunk: usize): usize {
  return chunk * PANEL_ROW + 64;
}

export function denseWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<Args>(args);
  const g = a.geometry;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const O = <usize>g.outChannels;
  const all = (O + 3) & ~3;
  const panels = (K + PANEL - 1) / PANEL;
  const chunk = <usize>a.chunk;
  const xPanel = panelBytes(chunk);
  const dRow = ((<usize>a.columns * 4 + 63) & ~63) | 64;
  const row = a.room.base + <usize>thread * a.room.size;
  const x = row + a.room.first;
  const d = x + panels * xPanel;
  for (let unit = from; unit < to; unit++) {
    const piece = unit / a.splits;
    const o = <usize>(unit % a.splits * a.columns);
    const columns = min(<usize>a.columns, O - o);
    const end = <usize>min((piece + 1) * a.pieceRows, a.rows);
    const start = <usize>(piece * a.pieceRows);
    const accumulators = a.accumulators + <usize>piece * panels * all * PANEL_ROW;
    for (let r0 = start; r0 < end; r0 += chunk) {
      const rows = min(chunk, end - r0);
      packX(g, a.view, r0, rows, K, row, x, xPanel);
      for (let i: usize = 0; i < rows; i++) gradientRow(a.gradient, (r0 + i) * O + o, columns, o, O, d + i * dRow);
      for (let p: usize = 0; p < panels; p++) {
        const from = x + p * xPanel;
        const c = accumulators + (p * all + o) * PANEL_ROW;
        outerProduct(d, dRow, from, from + rows * PANEL_ROW, c, columns, a.room.tile, r0 == start);
      }
    }
  }
}

/** Viewed rows -> panels [rows][PANEL]. */
function packX(g: Geometry, v: View, r0: usize, rows: usize, K: usize, row: usize, x: usize, panel: usize): void {
  if (!isPointwise(g)) {
    for (let i: usize = 0; i < rows; i++) {
      gatherInput(g, v, <i32>(r0 + i), row);
      scatter(row, K, x + i * PANEL_ROW, panel);
    }
    return;
  }
  const code = codeOf(v);
  let from = v.raw + ((r0 * K) << 2);
  for (let i: usize = 0; i < rows; i++, x += PANEL_ROW, from += K << 2) {
    if (code == RELU && v.affine) scatterRelu(from, v.affine, K, x, panel);
    else {
      viewedRow(v, (r0 + i) * K, K, 0, K, row);
      scatter(row, K, x, panel);
    }
  }
}

/** One row -> its place in each panel. */
function scatter(from: usize, K: usize, to: usize, panel: usize): void {
  const end = from + (K << 2);
  for (; from < end; from += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) v128.store(to + j, v128.load(from + j));
  }
}

/** The same through the usual view, without a stop in between. */
function scatterRelu(from: usize, scale: usize, K: usize, to: usize, panel: usize): void {
  const end = from + (K << 2);
  const shift = K << 2;
  const zero = splat(0);
  for (; from < end; from += PANEL_ROW, scale += PANEL_ROW, to += panel) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) {
      const z = madd(v128.load(scale + j), v128.load(from + j), v128.load(scale + shift + j));
      v128.store(to + j, f32x4.pmax(z, zero));
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
