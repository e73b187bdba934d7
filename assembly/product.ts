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

/** C[rows][PANEL] = A[rows, K] * panel; `block`: bytes from a block of A to the next. */
export function panelProduct(a: usize, block: usize, b: usize, c: usize, K: usize, rows: usize, tile: u32): void {
  const sixes = sixesOf(rows, tile);
  const fours = (rows - sixes * 6 + 3) / 4;
  for (let k: usize = 0; k < K; k += K_BLOCK, a += block) {
    const end = b + min(K_BLOCK, K - k) * PANEL_ROW;
    const from = k ? c : ZEROS;
    tiles6<Rows>(a, 4, 6 * A_ROW, b, end, c, sixes, from);
    tiles4<Rows>(a + sixes * 6 * A_ROW, 4, 4 * A_ROW, b, end, c + sixes * 6 * PANEL_ROW, fours, from);
    b = end;
  }
}

/** C[columns][PANEL] (+)= d^T x over the rows of x; d: packed rows. */
export function outerProduct(d: usize, x: usize, end: usize, c: usize, columns: usize, tile: u32, fresh: bool): void {
  const sixes = sixesOf(columns, tile);
  const fours = (columns - sixes * 6 + 3) / 4;
  const from = fresh ? ZEROS : c;
  tiles6<Columns>(d, A_ROW, 24, x, end, c, sixes, from);
  tiles4<Columns>(d + sixes * 24, A_ROW, 16, x, end, c + sixes * 6 * PANEL_ROW, fours, from);
}
