/**
 * Both gradients of a pointwise convolution, one chunk of rows after another: the second finds in the caches what the first has
 * brought there. Units: pieces of the weights' gradient.
 */
import { BLOCK, DenseBackwardArgs, DenseWeightGradientArgs } from './abi';
import { denseInputGradient } from './dense';
import { weightChunk } from './weightGradient';

export function denseBackward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DenseBackwardArgs>(args);
  const w = changetype<DenseWeightGradientArgs>(a.weight);
  for (let piece = from; piece < to; piece++) {
    const end = min((piece + 1) * w.pieceRows, w.rows);
    for (let r0 = piece * w.pieceRows; r0 < end; r0 += w.chunk) {
      const rows = min(w.chunk, end - r0);
      weightChunk(w, piece, r0, rows, thread);
      denseInputGradient(a.input, r0 / BLOCK, (r0 + rows + BLOCK - 1) / BLOCK, thread);
    }
  }
}
