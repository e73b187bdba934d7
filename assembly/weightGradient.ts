/**
 * Gradient of a dense convolution's weights: dw = dY^T x, inner dimension the rows. Pieces of rows (by the shape only)
 * have accumulators of their own, added in order afterwards. Units: pieces times groups of output channels.
 */
import { DenseWeightGradientArgs, ReduceWeightGradientArgs } from './abi';
import { PANEL } from './config';
import { packGradView } from './gather';
import { outerProduct, PANEL_ROW } from './product';
import { A_ROW, K_BLOCK } from './tiles';
import { storeFirst } from './views';
import { fetchChunk, packX, xPanel } from './weightPacking';

export function denseWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DenseWeightGradientArgs>(args);
  for (let unit = from; unit < to; unit++) {
    const piece = unit / a.splits;
    const end = min((piece + 1) * a.pieceRows, a.rows);
    for (let r0 = piece * a.pieceRows; r0 < end; r0 += a.chunk) {
      weightChunk(a, unit, r0, min(a.chunk, end - r0), thread);
    }
  }
}

/** Where the thread packs a chunk's rows of d, after its panels of x. */
export function gradientRows(a: DenseWeightGradientArgs, thread: i32): usize {
  const g = a.geometry;
  const panels = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels + PANEL - 1) / PANEL;
  return a.room.base + <usize>thread * a.room.size + a.room.first + panels * xPanel(a.chunk);
}

/** What `rows` rows from r0 on add to the accumulators of a unit, within its piece. */
export function weightChunk(a: DenseWeightGradientArgs, unit: i32, r0: i32, rows: usize, thread: i32): void {
  const g = a.geometry;
  const K = <usize>(g.kernelHeight * g.kernelWidth * g.inChannels);
  const O = <usize>g.outChannels;
  const all = (O + 3) & ~3;
  const panels = (K + PANEL - 1) / PANEL;
  const panel = xPanel(a.chunk);
  const dBlock = <usize>a.chunk * A_ROW;
  const room = a.room.base + <usize>thread * a.room.size;
  const x = room + a.room.first;
  const d = gradientRows(a, thread);
  const piece = unit / a.splits;
  const fresh = r0 == piece * a.pieceRows;
  const o = <usize>(unit % a.splits * a.columns);
  const columns = min(<usize>a.columns, O - o);
  const accumulators = a.accumulators + (<usize>piece * panels * all + o) * PANEL_ROW;
  if (a.splits == 1) fetchChunk(a, r0, rows);
  packX(g, a.view, r0, rows, K, room, x, panel);
  packGradView(a.gradient, O, o, columns, r0, <i32>rows, d, dBlock);
  for (let p: usize = 0; p < panels; p++) {
    const from = x + p * panel;
    const c = accumulators + p * all * PANEL_ROW;
    for (let k: usize = 0, at = d; k < columns; k += K_BLOCK, at += dBlock) {
      outerProduct(at, from, from + rows * PANEL_ROW, c + k * PANEL_ROW, min(K_BLOCK, columns - k), a.room.tile, fresh);
    }
  }
}

/**
 * Adds the pieces in order into the gradient, OIHW. Units: 16 columns of the inner index, a cache line of the gradient's
 * rows; a panel is read from beginning to end.
 */
export function reduceWeightGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ReduceWeightGradientArgs>(args);
  const T = <usize>a.taps;
  const K = <usize>a.inChannels * T;
  const O = <usize>a.outChannels;
  const all = (O + 3) & ~3;
  const size = ((K + PANEL - 1) / PANEL) * all * PANEL_ROW;
  for (let unit = <usize>from; unit < <usize>to; unit++) {
    const first = unit * 16;
    const end = min(first + 16, K);
    for (let o: usize = 0; o < O; o++) {
      for (let k = first; k < end; k += 4) {
        const at = a.accumulators + ((k / PANEL) * all + o) * PANEL_ROW + ((k & (PANEL - 1)) << 2);
        let sum = v128.load(at);
        for (let p = 1, q = at + size; p < a.pieces; p++, q += size) sum = f32x4.add(sum, v128.load(q));
        const lanes = <i32>min<usize>(4, K - k);
        if (T == 1) storeFirst(a.gradient + ((o * K + k) << 2), sum, lanes);
        else storeTaps(a.gradient + ((o * K) << 2), k, sum, lanes, <usize>a.inChannels, T);
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
