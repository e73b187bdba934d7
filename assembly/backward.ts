/**
 * Both gradients of a pointwise convolution, one chunk of rows after another: the second finds in the caches what the first has
 * brought there, and where the gradient's rows were packed as rows it takes them as they are. Units: pieces of the weights'
 * gradient.
 */
import { BLOCK, DenseBackwardArgs, DenseInputGradientArgs, DenseWeightGradientArgs } from './abi';
import { fetchRest } from './ahead';
import { blockGradient, denseInputGradient, expectBlock } from './dense';
import { A_ROW } from './tiles';
import { areRows, rowsOf, weightChunk } from './weightGradient';

export function denseBackward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DenseBackwardArgs>(args);
  const w = changetype<DenseWeightGradientArgs>(a.weight);
  for (let piece = from; piece < to; piece++) {
    const end = min((piece + 1) * w.pieceRows, w.rows);
    for (let r0 = piece * w.pieceRows; r0 < end; r0 += w.chunk) {
      const rows = min(w.chunk, end - r0);
      weightChunk(w, piece, r0, rows, thread);
      if (areRows(w)) chunkGradient(changetype<DenseInputGradientArgs>(a.input), r0, rows, rowsOf(w, thread), w.room.base + <usize>thread * w.room.size);
      else denseInputGradient(a.input, r0 / BLOCK, (r0 + rows + BLOCK - 1) / BLOCK, thread);
    }
  }
}

/** dz of a chunk whose gradient lies in packed rows at `d`. `tile`: room for a line's product. */
function chunkGradient(a: DenseInputGradientArgs, r0: i32, rows: i32, d: usize, tile: usize): void {
  const K = <usize>a.geometry.outChannels;
  const C = a.geometry.inChannels;
  expectBlock(a, r0 / BLOCK, min(BLOCK, rows), K);
  for (let i = 0; i < rows; i += BLOCK, d += BLOCK * A_ROW) {
    fetchRest();
    if (i + BLOCK < rows) expectBlock(a, (r0 + i) / BLOCK + 1, min(BLOCK, rows - i - BLOCK), K);
    blockGradient(a, (r0 + i) / BLOCK, min(BLOCK, rows - i), d, tile, K, 0, C);
  }
}
