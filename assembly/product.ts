/**
 * Matrix products of packed rows with packed panels. Every output element is one chain over the inner index in order, so
 * neither the tile nor the blocking of the inner index changes a bit.
 *
 * Packed A: blocks of K_BLOCK inner elements; in a block one tile of 6 or 4 rows after another, each [inner][rows of
 * the tile]. Packed B: panels [inner][PANEL]. C: [rows][PANEL], contiguous.
 */
import { BLOCK } from './abi';
import { PANEL } from './config';
import { tiles4, tiles6 } from './tiles';
import { ZEROS } from './vector';

/** Bytes of a panel's row. */
export const PANEL_ROW: usize = <usize>PANEL * 4;
/** Inner elements of a block: a panel of them, 16 KB, stays in the first-level cache. */
export const K_BLOCK: usize = 4096 / <usize>PANEL;
export const A_BLOCK: usize = <usize>BLOCK * K_BLOCK * 4;

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

/** C[rows][PANEL] = A[rows, K] * panel; A packed in tiles. */
export function panelProduct(a: usize, b: usize, c: usize, K: usize, rows: usize, tile: u32): void {
  const sixes = sixesOf(rows, tile);
  const fours = (rows - sixes * 6 + 3) / 4;
  for (let k: usize = 0; k < K; k += K_BLOCK, a += A_BLOCK) {
    const length = min(K_BLOCK, K - k);
    tilesProduct(a, 24 * length, sixes, 16 * length, fours, b, b + length * PANEL_ROW, c, k == 0);
    b += length * PANEL_ROW;
  }
}

/** C[columns][PANEL] (+)= d^T x over the rows of x; d: rows of `columns`, `row` bytes apart. */
export function outerProduct(d: usize, row: usize, x: usize, end: usize, c: usize, sixes: usize, fours: usize, fresh: bool): void {
  const from = fresh ? ZEROS : c;
  tiles6(d, row, 24, x, end, c, sixes, from);
  tiles4(d + sixes * 24, row, 16, x, end, c + sixes * 6 * PANEL_ROW, fours, from);
}

/**
 * C[tiles' rows][PANEL] (+)= A * panel for one block: `sixes` tiles of A, `six` bytes apart, then `fours`, `four` bytes
 * apart.
 */
export function tilesProduct(a: usize, six: usize, sixes: usize, four: usize, fours: usize, b: usize, end: usize, c: usize, fresh: bool): void {
  const from = fresh ? ZEROS : c;
  tiles6(a, 24, six, b, end, c, sixes, from);
  tiles4(a + sixes * six, 16, four, b, end, c + sixes * 6 * PANEL_ROW, fours, from);
}
