/**
 * Matrix products by seven products of halves in place of eight (V. Strassen, Gaussian elimination is not optimal,
 * Numerische Mathematik 13, 1969, p. 354-356), one level deep. With A and B cut in halves both ways:
 *
 *   M1 = (A11 + A22)(B11 + B22)   M2 = (A21 + A22) B11   M3 = A11 (B12 - B22)   M4 = A22 (B21 - B11)
 *   M5 = (A11 + A12) B22          M6 = (A21 - A11)(B11 + B12)                   M7 = (A12 - A22)(B21 + B22)
 *   C11 = M1 + M4 - M5 + M7       C12 = M3 + M5          C21 = M2 + M4          C22 = M1 - M2 + M3 + M6
 *
 * An operand is a set of seven factors, one after another: the left or right factors of M1 to M7.
 */
import { PANEL_ROW, panelProduct } from './product';

/** Factors of a set. */
export const SEVEN: usize = 7;
/** Rows of half a block of packed A. */
export const HALF_BLOCK: i32 = 64;
/** Which factor's place the quarters of A and B are packed into, before the sums are made. */
export const A11: usize = 2, A12: usize = 6, A21: usize = 5, A22: usize = 3;
export const B11: usize = 1, B12: usize = 2, B21: usize = 3, B22: usize = 4;

/** The sums of a left set whose quarters are in place; `factor`: bytes from one factor to the next, `bytes`: of each. */
export function sumLeft(set: usize, factor: usize, bytes: usize): void {
  for (const end = set + bytes; set < end; set += 16) {
    const a11 = v128.load(set + A11 * factor);
    const a12 = v128.load(set + A12 * factor);
    const a21 = v128.load(set + A21 * factor);
    const a22 = v128.load(set + A22 * factor);
    v128.store(set, f32x4.add(a11, a22));
    v128.store(set + factor, f32x4.add(a21, a22));
    v128.store(set + 4 * factor, f32x4.add(a11, a12));
    v128.store(set + 5 * factor, f32x4.sub(a21, a11));
    v128.store(set + 6 * factor, f32x4.sub(a12, a22));
  }
}

/** The sums of a right set. */
export function sumRight(set: usize, factor: usize, bytes: usize): void {
  for (const end = set + bytes; set < end; set += 16) {
    const b11 = v128.load(set + B11 * factor);
    const b12 = v128.load(set + B12 * factor);
    const b21 = v128.load(set + B21 * factor);
    const b22 = v128.load(set + B22 * factor);
    v128.store(set, f32x4.add(b11, b22));
    v128.store(set + 2 * factor, f32x4.sub(b12, b22));
    v128.store(set + 3 * factor, f32x4.sub(b21, b11));
    v128.store(set + 5 * factor, f32x4.add(b11, b12));
    v128.store(set + 6 * factor, f32x4.add(b21, b22));
  }
}

/**
 * C11, C12, C21, C22 (each at `c11` and so on, `size` bytes) from M1 .. M5, `bytes` apart at `m`, added to what is there
 * unless it is `fresh`; M6 and M7 are still to be added to C22 and C11.
 */
export function combine(m: usize, bytes: usize, c11: usize, c12: usize, c21: usize, c22: usize, size: usize, fresh: bool): void {
  for (let i: usize = 0; i < size; i += 16) {
    const p = m + i;
    const m1 = v128.load(p);
    const m2 = v128.load(p + bytes);
    const m3 = v128.load(p + 2 * bytes);
    const m4 = v128.load(p + 3 * bytes);
    const m5 = v128.load(p + 4 * bytes);
    addTo(c11 + i, f32x4.add(m1, f32x4.sub(m4, m5)), fresh);
    addTo(c12 + i, f32x4.add(m3, m5), fresh);
    addTo(c21 + i, f32x4.add(m2, m4), fresh);
    addTo(c22 + i, f32x4.add(m1, f32x4.sub(m3, m2)), fresh);
  }
}

// @ts-ignore: decorator
@inline function addTo(c: usize, x: v128, fresh: bool): void {
  v128.store(c, fresh ? x : f32x4.add(v128.load(c), x));
}

/**
 * The product of a block of packed rows with one panel of each half of the columns. C11, C21, C12 and C22 lie at `c`,
 * `next` bytes apart; `m`: room for five products of halves.
 */
export function halvesProduct(a: usize, aFactor: usize, b: usize, K: usize, c: usize, next: usize, m: usize, tile: u32): void {
  const bytes = <usize>HALF_BLOCK * PANEL_ROW;
  const bFactor = K * PANEL_ROW;
  for (let i: usize = 0; i < 5; i++) {
    panelProduct(a + i * aFactor, b + i * bFactor, m + i * bytes, K, HALF_BLOCK, tile, HALF_BLOCK, true);
  }
  combine(m, bytes, c, c + 2 * next, c + next, c + 3 * next, bytes, true);
  panelProduct(a + 5 * aFactor, b + 5 * bFactor, c + 3 * next, K, HALF_BLOCK, tile, HALF_BLOCK, false);
  panelProduct(a + 6 * aFactor, b + 6 * bFactor, c, K, HALF_BLOCK, tile, HALF_BLOCK, false);
}
