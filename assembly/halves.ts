/** Rows as left sets of strassen.ts: two halves of 64 rows, each in two halves of the inner dimension. */
import { packGradView, packView } from './gather';
import { K_BLOCK } from './product';
import { A11, A12, A21, A22, HALF_BLOCK, sumLeft } from './strassen';
import { GradView, View } from './views';

/** From one left factor to the next: not a multiple of the page. */
// @ts-ignore: decorator
@inline export function factorBytes(K: usize): usize {
  return <usize>HALF_BLOCK * (K << 2) + 64;
}

/** The left set of rows r0 .. r0 + rows - 1 (at most 128; a shorter block is filled up with its last row). */
export function packLeft(v: View, C: usize, r0: i32, rows: i32, set: usize, room: usize, tile: u32): void {
  const K = C / 2;
  const factor = factorBytes(K);
  const block = <usize>HALF_BLOCK * K_BLOCK * 4;
  const last = r0 + rows - 1;
  const low = r0 + HALF_BLOCK;
  packView(v, C, r0, HALF_BLOCK, last, 0, K, set + A11 * factor, block, room, tile);
  packView(v, C, r0, HALF_BLOCK, last, K, K, set + A12 * factor, block, room, tile);
  packView(v, C, low, HALF_BLOCK, last, 0, K, set + A21 * factor, block, room, tile);
  packView(v, C, low, HALF_BLOCK, last, K, K, set + A22 * factor, block, room, tile);
  sumLeft(set, factor, <usize>HALF_BLOCK * (K << 2));
}

/** The same of a gradient. */
export function packLeftGradient(v: GradView, O: usize, r0: i32, rows: i32, set: usize, room: usize, tile: u32): void {
  const K = O / 2;
  const factor = factorBytes(K);
  const block = <usize>HALF_BLOCK * K_BLOCK * 4;
  const last = r0 + rows - 1;
  const low = r0 + HALF_BLOCK;
  packGradView(v, O, r0, HALF_BLOCK, last, 0, K, set + A11 * factor, block, room, tile);
  packGradView(v, O, r0, HALF_BLOCK, last, K, K, set + A12 * factor, block, room, tile);
  packGradView(v, O, low, HALF_BLOCK, last, 0, K, set + A21 * factor, block, room, tile);
  packGradView(v, O, low, HALF_BLOCK, last, K, K, set + A22 * factor, block, room, tile);
  sumLeft(set, factor, <usize>HALF_BLOCK * (K << 2));
}
