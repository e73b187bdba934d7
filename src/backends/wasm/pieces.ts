/**
 * Where sums are cut: what one piece sums is rounded together, and the pieces are added in order. So these numbers are part
 * of every result. They depend on the shape only, never on threads, tiles, variant or memory; to change one changes bits
 * (`npm run fingerprint` shows it). What memory.ts chooses changes none.
 */
import { type ConvolutionGeometry, rowsPerPiece } from '../../compile/program.js';

/** Rows of a weight gradient's piece, which has accumulators of its own. */
export function pieceRows(rows: number): number {
  return Math.min(2048, Math.max(512, rowsPerPiece * Math.ceil(rows / 8 / rowsPerPiece)));
}

/** Images per unit of work so that a unit's rows are whole pieces of 64, whose sums no border of work cuts. */
export function imagesPerUnit(pixels: number, batch: number): number {
  let images = 1;
  while (images < batch && (images * pixels) % rowsPerPiece !== 0) images++;
  return Math.min(images, batch);
}

/** Images per unit of a depthwise convolution, forward and backward. */
export function depthwiseGroups(g: ConvolutionGeometry): readonly [number, number] {
  return [imagesPerUnit(g.outHeight * g.outWidth, g.batch), imagesPerUnit(g.inHeight * g.inWidth, g.batch)];
}
