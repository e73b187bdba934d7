/** Weights as the right operands of matrix products: panels [inner][PANEL]. */
import { PackWeightsArgs } from './abi';
import { PANEL } from './config';
import { PANEL_ROW } from './product';

/** Weights OIHW -> panels [inner][PANEL], zero beyond the last column. Units: panels. */
export function packWeights(args: usize, from: i32, to: i32, thread: i32): void {
  const g = changetype<PackWeightsArgs>(args);
  const I = <usize>(g.transposed ? g.outChannels : g.inChannels);
  const columns = <usize>(g.transposed ? g.inChannels : g.outChannels);
  for (let p = <usize>from; p < <usize>to; p++) {
    const n = p * PANEL;
    const at = g.panels + p * I * <usize>g.taps * PANEL_ROW;
    if (g.taps == 1 && n + PANEL <= columns && (g.transposed || I % 4 == 0)) packWhole(g, n, columns, I, at);
    else packSlowly(g, n, columns, I, at);
  }
}

/** The columns of a whole panel, 1 x 1. */
function packWhole(g: PackWeightsArgs, n: usize, columns: usize, I: usize, at: usize): void {
  if (g.transposed) copyPanel(g.weight + (n << 2), columns << 2, I, at);
  else for (let j: usize = 0; j < PANEL; j += 4) turnPanel(g.weight + (((n + j) * I) << 2), I << 2, I, at + (j << 2));
}

/** PANEL columns of consecutive rows. */
function copyPanel(from: usize, row: usize, rows: usize, at: usize): void {
  const end = at + rows * PANEL_ROW;
  for (; at < end; at += PANEL_ROW, from += row) {
    for (let j: usize = 0; j < PANEL_ROW; j += 32) {
      v128.store(at + j, v128.load(from + j, 16), 16);
      v128.store(at + j, v128.load(from + j));
    }
  }
}

/** Four rows of `length` elements, `row` bytes apart -> four columns of a panel, by 4 x 4 transposes. */
function turnPanel(from: usize, row: usize, length: usize, at: usize): void {
  const end = from + (length << 2);
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

function packSlowly(g: PackWeightsArgs, first: usize, columns: usize, I: usize, at: usize): void {
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
