/**
 * Tiles of matrix products: C (+)= A * panel over the panel's rows. Written for two vectors a row; in the wide build each
 * becomes two neighbours (scripts/widen.mjs), which V8 joins to one of 256 bits.
 *
 * `first`: the first tile's elements of A, `step` bytes from one inner element to the next, `next` bytes to the next
 * tile, A_ROW or 4 bytes from one row to the next (Rows, Columns); panel [inner][PANEL]; C: [rows][PANEL], contiguous. `from`: what C starts from, ZEROS or C itself: no branch, over
 * which V8 would not join vectors.
 *
 * A turn of the inner loop is two steps (scripts/unroll.mjs): V8 looks for an interrupt at each turn, and makes the rows' addresses anew.
 */
import { fetchSome } from './ahead';
import { PANEL } from './config';
import { madd, ZEROS } from './vector';

/** Bytes of a panel's row, and of what stands for one vector of it. */
const PANEL_ROW: usize = <usize>PANEL * 4;
const COLUMN: usize = <usize>PANEL * 2;

/** Inner elements of a block: a panel of them, 16 KB, stays in the first-level cache. */
export const K_BLOCK: usize = 4096 / <usize>PANEL;
/** Bytes from a row of packed A to the next: not a multiple of the page, so that they spread over the cache's sets. */
export const A_ROW: usize = K_BLOCK * 4 + 64;

/** How A lies: its rows A_ROW bytes apart, or side by side. Types, since a load's offset must be known to the compiler. */
export class Rows {}
export type Columns = f32;

// @ts-ignore: decorator
@inline function apart<T>(): usize {
  return isReference<T>() ? A_ROW : 4;
}

/** `count` tiles of 4 rows. */
export function tiles4<T>(first: usize, step: usize, next: usize, panel: usize, end: usize, c: usize, count: usize, from: usize): void {
  for (; count > 0; count--, first += next, c += 4 * PANEL_ROW) {
    fetchSome();
    const z = from == ZEROS ? from : c;
    let a = first, b = panel;
    let c00 = v128.load(z), c01 = v128.load(z, COLUMN);
    let c10 = v128.load(z, PANEL_ROW), c11 = v128.load(z, PANEL_ROW + COLUMN);
    let c20 = v128.load(z, 2 * PANEL_ROW), c21 = v128.load(z, 2 * PANEL_ROW + COLUMN);
    let c30 = v128.load(z, 3 * PANEL_ROW), c31 = v128.load(z, 3 * PANEL_ROW + COLUMN);
    do {
      const b0 = v128.load(b);
      const b1 = v128.load(b, COLUMN);
      let s = v128.load_splat<f32>(a);
      c00 = madd(s, b0, c00);
      c01 = madd(s, b1, c01);
      s = v128.load_splat<f32>(a, apart<T>());
      c10 = madd(s, b0, c10);
      c11 = madd(s, b1, c11);
      s = v128.load_splat<f32>(a, 2 * apart<T>());
      c20 = madd(s, b0, c20);
      c21 = madd(s, b1, c21);
      s = v128.load_splat<f32>(a, 3 * apart<T>());
      c30 = madd(s, b0, c30);
      c31 = madd(s, b1, c31);
      a += step;
      b += PANEL_ROW;
    } while (b < end); // 2 steps a turn
    v128.store(c, c00);
    v128.store(c, c01, COLUMN);
    v128.store(c, c10, PANEL_ROW);
    v128.store(c, c11, PANEL_ROW + COLUMN);
    v128.store(c, c20, 2 * PANEL_ROW);
    v128.store(c, c21, 2 * PANEL_ROW + COLUMN);
    v128.store(c, c30, 3 * PANEL_ROW);
    v128.store(c, c31, 3 * PANEL_ROW + COLUMN);
  }
}

/** `count` tiles of 6 rows. */
export function tiles6<T>(first: usize, step: usize, next: usize, panel: usize, end: usize, c: usize, count: usize, from: usize): void {
  for (; count > 0; count--, first += next, c += 6 * PANEL_ROW) {
    fetchSome();
    const z = from == ZEROS ? from : c;
    let a = first, b = panel;
    let c00 = v128.load(z), c01 = v128.load(z, COLUMN);
    let c10 = v128.load(z, PANEL_ROW), c11 = v128.load(z, PANEL_ROW + COLUMN);
    let c20 = v128.load(z, 2 * PANEL_ROW), c21 = v128.load(z, 2 * PANEL_ROW + COLUMN);
    let c30 = v128.load(z, 3 * PANEL_ROW), c31 = v128.load(z, 3 * PANEL_ROW + COLUMN);
    let c40 = v128.load(z, 4 * PANEL_ROW), c41 = v128.load(z, 4 * PANEL_ROW + COLUMN);
    let c50 = v128.load(z, 5 * PANEL_ROW), c51 = v128.load(z, 5 * PANEL_ROW + COLUMN);
    do {
      const b0 = v128.load(b);
      const b1 = v128.load(b, COLUMN);
      let s = v128.load_splat<f32>(a);
      c00 = madd(s, b0, c00);
      c01 = madd(s, b1, c01);
      s = v128.load_splat<f32>(a, apart<T>());
      c10 = madd(s, b0, c10);
      c11 = madd(s, b1, c11);
      s = v128.load_splat<f32>(a, 2 * apart<T>());
      c20 = madd(s, b0, c20);
      c21 = madd(s, b1, c21);
      s = v128.load_splat<f32>(a, 3 * apart<T>());
      c30 = madd(s, b0, c30);
      c31 = madd(s, b1, c31);
      s = v128.load_splat<f32>(a, 4 * apart<T>());
      c40 = madd(s, b0, c40);
      c41 = madd(s, b1, c41);
      s = v128.load_splat<f32>(a, 5 * apart<T>());
      c50 = madd(s, b0, c50);
      c51 = madd(s, b1, c51);
      a += step;
      b += PANEL_ROW;
    } while (b < end); // 2 steps a turn
    v128.store(c, c00);
    v128.store(c, c01, COLUMN);
    v128.store(c, c10, PANEL_ROW);
    v128.store(c, c11, PANEL_ROW + COLUMN);
    v128.store(c, c20, 2 * PANEL_ROW);
    v128.store(c, c21, 2 * PANEL_ROW + COLUMN);
    v128.store(c, c30, 3 * PANEL_ROW);
    v128.store(c, c31, 3 * PANEL_ROW + COLUMN);
    v128.store(c, c40, 4 * PANEL_ROW);
    v128.store(c, c41, 4 * PANEL_ROW + COLUMN);
    v128.store(c, c50, 5 * PANEL_ROW);
    v128.store(c, c51, 5 * PANEL_ROW + COLUMN);
  }
}
