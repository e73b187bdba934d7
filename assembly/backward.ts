/**
 * Both gradients of a pointwise convolution, one chunk of rows after another: the second finds in the caches what the first has
 * brought there, and takes the gradient's rows as that has packed them. Units: pieces of the weights' gradient.
 */
import { BLOCK, DenseBackwardArgs, DenseInputGradientArgs, DenseWeightGradientArgs } from './abi';
import { fetchRest } from './ahead';
import { blockGradient, expectBlock } from './dense';
import { A_ROW } from './tiles';
import { gradientRows, weightChunk } from './weightGradient';

export function denseBackward(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<DenseBackwardArgs>(args);
  const w = changetype<DenseWeightGradientArgs>(a.weight);
  const d = gradientRows(w, thread);
  // A line's product lies where rows of x were gathered.
  const tile = w.room.base + <usize>thread * w.room.size;
  for (let piece = from; piece < to; piece++) {
    const end = min((piece + 1) * w.pieceRows, w.rows);
    for (let r0 = piece * w.pieceRows; r0 < end; r0 += w.chunk) {
      const rows = min(w.chunk, end - r0);
      weightChunk(w, piece, r0, rows, thread);
      chunkGradient(changetype<DenseInputGradientArgs>(a.input), r0, rows, d, <usize>w.chunk * A_ROW, tile);
    }
  }
}

/** dz of a chunk whose gradient lies in packed rows at `d`; `next`: bytes from a block of them to the next. */
function chunkGradient(a: DenseInputGradientArgs, r0: i32, rows: i32, d: usize, next: usize, tile: usize): void {
  expectBlock(a, r0 / BLOCK, min(BLOCK, rows));
  for (let i = 0; i < rows; i += BLOCK, d += BLOCK * A_ROW) {
    fetchRest();
    if (i + BLOCK < rows) expectBlock(a, (r0 + i) / BLOCK + 1, min(BLOCK, rows - i - BLOCK));
    blockGradient(a, (r0 + i) / BLOCK, min(BLOCK, rows - i), d, next, tile, 0, a.geometry.inChannels);
  }
}
