/**
 * Batch normalization (Ioffe and Szegedy 2015): z = gamma * (y - mean) / sqrt(var + eps) + beta = scale * y + shift.
 * Forward makes scale and shift, backward the coefficients of dY = a * dz + b * y + c; neither touches y [rows, C].
 */
import {
  type BatchNormCall,
  type BatchNormEvaluateCall,
  type BatchNormGradientCall,
  rowsPerPiece,
} from '../../compile/program.js';
import type { Real, ReferenceMemory } from './memory.js';
import { forEachPiece } from './views.js';

/** Mean and sum of squared deviations of each piece of 64 rows: [pieces, 2, C]. */
export function pieceStatistics(y: Real, statistics: Real, channels: number): void {
  forEachPiece(y.length / channels, (piece, first, end) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let r = first; r < end; r++) sum += y[r * channels + c];
      const mean = sum / (end - first);
      let squares = 0;
      for (let r = first; r < end; r++) squares += (y[r * channels + c] - mean) ** 2;
      statistics[2 * piece * channels + c] = mean;
      statistics[(2 * piece + 1) * channels + c] = squares;
    }
  });
}

/** Pieces joined as Chan, Golub and LeVeque (1979) do; running variance unbiased, the batch's own biased. */
export function batchNorm(call: BatchNormCall, memory: ReferenceMemory): void {
  const { rows, channels, momentum } = call;
  const statistics = memory.real(call.statistics);
  const affine = memory.real(call.affine);
  const saved = memory.real(call.saved);
  const gamma = memory.parameter(call.gamma);
  const beta = memory.parameter(call.beta);
  const runningMean = memory.statistic(call.runningMean);
  const runningVariance = memory.statistic(call.runningVariance);
  for (let c = 0; c < channels; c++) {
    let mean = 0;
    let squares = 0;
    for (let first = 0; first < rows; first += rowsPerPiece) {
      const piece = first / rowsPerPiece;
      const size = Math.min(rowsPerPiece, rows - first);
      const difference = statistics[2 * piece * channels + c] - mean;
      mean += (difference * size) / (first + size);
      squares +=
        statistics[(2 * piece + 1) * channels + c] + (difference ** 2 * first * size) / (first + size);
    }
    const variance = squares / rows;
    const inverse = 1 / Math.sqrt(variance + call.epsilon);
    saved[c] = mean;
    saved[channels + c] = inverse;
    affine[c] = gamma[c] * inverse;
    affine[channels + c] = beta[c] - mean * gamma[c] * inverse;
    runningMean[c] += momentum * (mean - runningMean[c]);
    runningVariance[c] += momentum * (squares / Math.max(1, rows - 1) - runningVariance[c]);
  }
}

export function batchNormEvaluate(call: BatchNormEvaluateCall, memory: ReferenceMemory): void {
  const { channels } = call;
  const affine = memory.real(call.affine);
  const gamma = memory.parameter(call.gamma);
  const beta = memory.parameter(call.beta);
  const mean = memory.statistic(call.runningMean);
  const variance = memory.statistic(call.runningVariance);
  for (let c = 0; c < channels; c++) {
    const scale = gamma[c] / Math.sqrt(variance[c] + call.epsilon);
    affine[c] = scale;
    affine[channels + c] = beta[c] - mean[c] * scale;
  }
}

/**
 * With S1 = sum dz and S2 = sum dz * (y - mean): dbeta = S1, dgamma = S2 * inverse, and
 * dY = gamma * inverse * (dz - S1/rows - (y - mean) * inverse^2 * S2/rows).
 */
export function batchNormGradient(call: BatchNormGradientCall, memory: ReferenceMemory): void {
  const { rows, channels } = call;
  const [sums, products] = columnTotals(memory.real(call.sums), rows, channels);
  const saved = memory.real(call.saved);
  const gamma = memory.parameter(call.gamma);
  const dGamma = memory.gradient(call.gamma);
  const dBeta = memory.gradient(call.beta);
  const coefficients = memory.real(call.coefficients);
  for (let c = 0; c < channels; c++) {
    const mean = saved[c];
    const inverse = saved[channels + c];
    const a = gamma[c] * inverse;
    const b = (-a * inverse ** 2 * products[c]) / rows;
    dGamma[c] = products[c] * inverse;
    dBeta[c] = sums[c];
    coefficients[c] = a;
    coefficients[channels + c] = b;
    coefficients[2 * channels + c] = (-a * sums[c]) / rows - b * mean;
  }
}

/** Adds up partial sums [pieces, 2, C] in float64, piece by piece: two totals [C]. */
export function columnTotals(partial: Real, rows: number, channels: number): [Float64Array, Float64Array] {
  const totals: [Float64Array, Float64Array] = [new Float64Array(channels), new Float64Array(channels)];
  forEachPiece(rows, (piece) => {
    for (let c = 0; c < channels; c++) {
      totals[0][c] += partial[2 * piece * channels + c];
      totals[1][c] += partial[(2 * piece + 1) * channels + c];
    }
  });
  return totals;
}
