/** Weights as the right operands of matrix products: panels [inner][PANEL], or right sets of strassen.ts. */
import { PANEL } from './config';
import { PANEL_ROW } from './product';
import { B11, B12, B21, B22, SEVEN, sumRight } from './strassen';

@unmanaged class PackArgs {
  weight: usize;
  panels: usize;
  outChannels: i32;
  inChannels: i32;
  taps: i32;
  /** 0: columns o, inner (t, c): forward. 1: columns c, inner (t, o): input gradient. */
  transposed: i32;
  /** 1: right sets of strassen.ts. */
  halves: i32;
}

/** Weights OIHW -> panels [inner][PANEL], zero beyond the last column. Units: panels; of a right set's, those of a half. */
export function packWeights(args: usize, from: i32, to: i32, thread: i32): void {
  const g = changetype<PackArgs>(args);
  const I = <usize>(g.transposed ? g.outChannels : g.inChannels);
  const columns = <usize>(g.transposed ? g.inChannels : g.outChannels);
  for (let p = <usize>from; p < <usize>to; p++) {
    const n = p * PANEL;
    if (g.halves) {
      packRight(g, n, columns, I, g.panels + p * SEVEN * (I / 2) * PANEL_ROW);
      continue;
    }
    const at = g.panels + p * I * <usize>g.taps * PANEL_ROW;
    if (g.taps == 1 && n + PANEL <= columns && (g.transposed || I % 4 == 0)) packPart(g, n, columns, 0, I, I, at);
    else packSlowly(g, n, columns, I, at);
  }
}

/** The right set of one panel of each half. */
function packRight(g: PackArgs, n: usize, columns: usize, I: usize, set: usize): void {
  const K = I / 2;
  const N = columns / 2;
  const factor = K * PANEL_ROW;
  packPart(g, n, columns, 0, K, I, set + B11 * factor);
  packPart(g, N + n, columns, 0, K, I, set + B12 * factor);
  packPart(g, n, columns, K, K, I, set + B21 * factor);
  packPart(g, N + n, columns, K, K, I, set + B22 * factor);
  sumRight(set, factor, factor);
}

/** Inner elements k .. k + K - 1 (of I) of a whole panel's columns, 1 x 1. */
function packPart(g: PackArgs, n: usize, columns: usize, k: usize, K: usize, I: usize, at: usize): void {
  if (g.transposed) copyPanel(g.weight + ((k * columns + n) << 2), columns << 2, K, at);
  else for (let j: usize = 0; j < PANEL; j += 4) turnPanel(g.weight + (((n + j) * I + k) << 2), I << 2, K, at + (j << 2));
}

/** PANEL columns of consecutive rows. */
function copyPanel(from: usize, row: usize, rows: usize, at: usize): void {
  const end = at + rows * PANEL_ROW;
  for (; at < end; at += PANEL_ROW, from += row) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) v128.store(at + j, v128.load(from + j));
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
