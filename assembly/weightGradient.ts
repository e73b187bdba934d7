/**
 * Gradient of a dense convolution's weights: dw = dY^T x, inner dimension the rows. Pieces of rows (by the shape only)
 * have accumulators of their own, added in order afterwards. Units: pieces times groups of output channels.
 */
import { PANEL } from './config';
import { gatherInput, Geometry, isPointwise } from './gather';
import { K_BLOCK, outer4, outer6, PANEL_ROW } from './product';
import { madd, RELU, splat } from './vector';
import { codeOf, gradient, gradientRow, GradView, Room, storeFirst, View, viewedRow } from './views';

/** Rows packed at a time. */
const CHUNK: usize = 128;
/** Bytes of a panel of x: not a multiple of the page, so that panels spread over the cache's sets. */
const X_PANEL: usize = CHUNK * PANEL_ROW + 64;

@unmanaged class Args {
  geometry: Geometry;
  gradient: GradView;
  view: View;
  /** [pieces][panels of K][groups of O][tile][PANEL]. */
  accumulators: usize;
  rows: i32;
  pieceRows: i32;
  /** Groups of `tile` output channels of a unit; units per piece. */
  groups: i32;
  splits: i32;
  room: Room;
}

export function denseWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<Args>(args);
  const g = a.geometry;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const O = <usize>g.outChannels;
  const tile = <usize>a.room.tile;
  const all = (O + tile - 1) / tile;
  const panels = (K + PANEL - 1) / PANEL;
  const dPanel = CHUNK * tile * 4 + 64;
  const row = a.room.base + <usize>thread * a.room.size;
  const x = row + a.room.first;
  const d = x + panels * X_PANEL;
  for (let unit = from; unit < to; unit++) {
    const piece = unit / a.splits;
    const first = <usize>(unit % a.splits * a.groups);
    const last = min(first + <usize>a.groups, all);
    const end = <usize>min((piece + 1) * a.pieceRows, a.rows);
    const start = <usize>(piece * a.pieceRows);
    const accumulators = a.accumulators + <usize>piece * panels * all * tile * PANEL_ROW;
    for (let r0 = start; r0 < end; r0 += CHUNK) {
      const rows = min(CHUNK, end - r0);
      packX(g, a.view, r0, rows, K, row, x);
      packD(a.gradient, r0, rows, first * tile, min(last * tile, O), O, tile, row, d);
      for (let p: usize = 0; p < panels; p++) {
        const from = x + p * X_PANEL;
        let c = accumulators + (p * all + first) * tile * PANEL_ROW;
        let panel = d;
        for (let group = first; group < last; group++, panel += dPanel, c += tile * PANEL_ROW) {
          if (tile == 6) outer6(panel, from, from + rows * PANEL_ROW, c, r0 == start);
          else outer4(panel, from, from + rows * PANEL_ROW, c, r0 == start);
        }
      }
    }
  }
}

/** Viewed rows -> panels [rows][PANEL]. */
function packX(g: Geometry, v: View, r0: usize, rows: usize, K: usize, row: usize, x: usize): void {
  if (!isPointwise(g)) {
    for (let i: usize = 0; i < rows; i++) {
      gatherInput(g, v, <i32>(r0 + i), row, K_BLOCK << 2);
      scatter(row, K, x + i * PANEL_ROW);
    }
    return;
  }
  const code = codeOf(v);
  let from = v.raw + ((r0 * K) << 2);
  for (let i: usize = 0; i < rows; i++, x += PANEL_ROW, from += K << 2) {
    if (code == RELU && v.affine) scatterRelu(from, v.affine, K, x);
    else {
      viewedRow(v, (r0 + i) * K, K, 0, K, row);
      scatter(row, K, x);
    }
  }
}

/** One row -> its place in each panel. */
function scatter(from: usize, K: usize, to: usize): void {
  const end = from + (K << 2);
  for (; from < end; from += PANEL_ROW, to += X_PANEL) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) v128.store(to + j, v128.load(from + j));
  }
}

/** The same through the usual view, without a stop in between. */
function scatterRelu(from: usize, scale: usize, K: usize, to: usize): void {
  const end = from + (K << 2);
  const shift = K << 2;
  const zero = splat(0);
  for (; from < end; from += PANEL_ROW, scale += PANEL_ROW, to += X_PANEL) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) {
      const z = madd(v128.load(scale + j), v128.load(from + j), v128.load(scale + shift + j));
      v128.store(to + j, f32x4.pmax(z, zero));
    }
  }
}

/** Rows of the gradient, channels first .. last - 1 -> panels [rows][tile]. */
function packD(v: GradView, r0: usize, rows: usize, first: usize, last: usize, O: usize, tile: usize, row: usize, d: usize): void {
  const panel = CHUNK * tile * 4 + 64;
  for (let i: usize = 0; i < rows; i++, d += tile << 2) {
    const at = (r0 + i) * O;
    let to = d;
    if (tile == 4) {
      for (let o = first; o < last; o += 4, to += panel) v128.store(to, gradient(v, at + o, o, O));
      continue;
    }
    gradientRow(v, at + first, last - first, first, O, row);
    let from = row;
    for (let o = first; o < last; o += 6, to += panel, from += 24) {
      v128.store(to, v128.load(from));
      v128.store64_lane(to, v128.load(from, 16), 0, 16);
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
  tile: i32;
}

/** Adds the pieces in order into the gradient, OIHW. Units: groups of `tile` output channels. */
export function reduceWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ReduceArgs>(args);
  const C = <usize>a.inChannels;
  const T = <usize>a.taps;
  const K = C * T;
  const tile = <usize>a.tile;
  const all = (<usize>a.outChannels + tile - 1) / tile;
  const panels = (K + PANEL - 1) / PANEL;
  const size = panels * all * tile * PANEL_ROW;
  const last = min(<usize>to * tile, <usize>a.outChannels);
  for (let o = <usize>from * tile; o < last; o++) {
    let at = a.accumulators + o * PANEL_ROW;
    for (let k: usize = 0; k < K; k += PANEL, at += all * tile * PANEL_ROW) {
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
