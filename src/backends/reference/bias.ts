/** A bias: z = 1 * y + bias[c]; its gradient is the column sum of dz [rows, C]. */
import type { BiasCall, BiasGradientCall, ColumnSumsCall } from '../../compile/program.js';
import { columnTotals } from './batchNorm.js';
import type { ReferenceMemory } from './memory.js';
import { forEachPiece } from './views.js';

export function bias(call: BiasCall, memory: ReferenceMemory): void {
  const affine = memory.real(call.affine);
  affine.fill(1, 0, call.channels);
  affine.set(memory.parameter(call.bias), call.channels);
}

export function biasGradient(call: BiasGradientCall, memory: ReferenceMemory): void {
  const [sums] = columnTotals(memory.real(call.sums), call.rows, call.channels);
  memory.gradient(call.bias).set(sums);
}

/** Sums per piece of 64 rows: [pieces, 2, C], the second half zero. */
export function columnSums(call: ColumnSumsCall, memory: ReferenceMemory): void {
  const { rows, channels } = call;
  const dz = memory.real(call.dz);
  const sums = memory.real(call.sums).fill(0);
  forEachPiece(rows, (piece, first, end) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let r = first; r < end; r++) sum += dz[r * channels + c];
      sums[2 * piece * channels + c] = sum;
    }
  });
}
