/**
 * Matrix products of packed rows with packed panels. Every output element is one chain over the inner index in order, so
 * neither the tile nor the blocking of the inner index changes a bit.
 *
 * Packed A: blocks of K_BLOCK inner elements; in a block one row after another, A_ROW bytes apart. Packed B: panels
 * [inner][PANEL]. C: [rows][PANEL], contiguous.
 */
import { BLOCK } from './abi';
import { PANEL } from './config';
import { A_ROW, Columns, K_BLOCK, Rows, tiles4, tiles6 } from './tiles';
import { ZEROS } from './vector';

/** Bytes of a panel's row. */
export const PANEL_ROW: usize = <usize>PANEL * 4;
export const A_BLOCK: usize = <usize>BLOCK * A_ROW;

/** How `rows`, rounded up to fours, are cut: so many tiles of 6, then tiles of 4. `tile`: rows of the largest tile. */
// @ts-ignore: decorator
@inline export function sixesOf(rows: usize, tile: u32): usize {
  const whole = (rows + 3) & ~3;
  if (tile != 6) return 0;
  return whole % 6 == 2 ? whole / 6 - 1 : whole / 6;
}

/** Tiles of `rows` rows. */
// @ts-ignore: decorator
@inline export function tilesOf(rows: usize, tile: u32): usize {
  const sixes = sixesOf(rows, tile);
  return sixes + (rows - 6 * sixes + 3) / 4;
}

/** C[rows][PANEL] = A[rows, K] * panel. */
export function panelProduct(a: usize, b: usize, c: usize, K: usize, rows: usize, tile: u32): void {
  const sixes = sixesOf(rows, tile);
  const fours = (rows - sixes * 6 + 3) / 4;
  for (let k: usize = 0; k < K; k += K_BLOCK, a += A_BLOCK) {
    const end = b + min(K_BLOCK, K - k) * PANEL_ROW;
    const from = k ? c : ZEROS;
    tiles6<Rows>(a, 4, 6 * A_ROW, b, end, c, sixes, from);
    tiles4<Rows>(a + sixes * 6 * A_ROW, 4, 4 * A_ROW, b, end, c + sixes * 6 * PANEL_ROW, fours, from);
    b = end;
  }
}

/** C[columns][PANEL] (+)= d^T x over the rows of x; d: rows of `columns`, `row` bytes apart. */
export function outerProduct(d: usize, row: usize, x: usize, end: usize, c: usize, sixes: usize, fours: usize, fresh: bool): void {
  const from = fresh ? ZEROS : c;
  tiles6<Columns>(d, row, 24, x, end, c, sixes, from);
  tiles4<Columns>(d + sixes * 24, row, 16, x, end, c + sixes * 6 * PANEL_ROW, fours, from);
}

/**
 * The same of d packed in tiles: `sixes` of [rows of x][6], `six` bytes apart, then `fours` of [rows of x][4], `four` bytes
 * apart.
 */
export function tilesProduct(d: usize, six: usize, sixes: usize, four: usize, fours: usize, x: usize, end: usize, c: usize, fresh: bool): void {
  const from = fresh ? ZEROS : c;
  tiles6<Columns>(d, 24, six, x, end, c, sixes, from);
  tiles4<Columns>(d + sixes * six, 16, four, x, end, c + sixes * 6 * PANEL_ROW, fours, from);
}
