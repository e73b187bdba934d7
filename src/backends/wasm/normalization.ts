/** Normalization and bias -> kernel calls. */
import {
  type BatchNormCall,
  type BatchNormEvaluateCall,
  type BatchNormGradientCall,
  type BiasCall,
  type BiasGradientCall,
  type ColumnSumsCall,
  rowsPerPiece,
} from '../../compile/program.js';
import { constants } from './abi.js';
import type { Emitter } from './emitter.js';

const groups = (channels: number) => Math.ceil(channels / constants.NORM_GROUP);

/** Groups of channels that a thread takes at once: enough for some microseconds of work. */
function normGrain(rows: number): number {
  return Math.max(1, Math.ceil(1024 / Math.ceil(rows / rowsPerPiece)));
}

function parametersOf(emit: Emitter, call: BatchNormCall | BatchNormEvaluateCall) {
  return {
    channels: call.channels,
    gamma: emit.parameter(call.gamma),
    beta: emit.parameter(call.beta),
    runningMean: emit.statistic(call.runningMean),
    runningVariance: emit.statistic(call.runningVariance),
    affine: emit.buffer(call.affine),
    epsilon: call.epsilon,
  };
}

export function emitBatchNorm(emit: Emitter, call: BatchNormCall): void {
  const { rows, channels, momentum } = call;
  const args = {
    ...parametersOf(emit, call),
    rows,
    statistics: emit.buffer(call.statistics),
    saved: emit.buffer(call.saved),
    momentum,
  };
  emit.push('batchNorm', args, groups(channels), normGrain(rows));
}

export function emitBatchNormEvaluate(emit: Emitter, call: BatchNormEvaluateCall): void {
  emit.push('batchNormEvaluate', parametersOf(emit, call), groups(call.channels), 256);
}

export function emitBatchNormGradient(emit: Emitter, call: BatchNormGradientCall): void {
  const { rows, channels } = call;
  const args = {
    rows,
    channels,
    sums: emit.buffer(call.sums),
    saved: emit.buffer(call.saved),
    gamma: emit.parameter(call.gamma),
    gammaGradient: emit.gradient(call.gamma),
    betaGradient: emit.gradient(call.beta),
    coefficients: emit.buffer(call.coefficients),
  };
  emit.push('batchNormGradient', args, groups(channels), normGrain(rows));
}

export function emitBias(emit: Emitter, { channels, bias, affine }: BiasCall): void {
  const args = { channels, bias: emit.parameter(bias), affine: emit.buffer(affine) };
  emit.push('bias', args, groups(channels), 64);
}

export function emitBiasGradient(emit: Emitter, { rows, channels, sums, bias }: BiasGradientCall): void {
  const args = { rows, channels, sums: emit.buffer(sums), gradient: emit.gradient(bias) };
  emit.push('biasGradient', args, groups(channels), normGrain(rows));
}

export function emitColumnSums(emit: Emitter, { rows, channels, dz, sums }: ColumnSumsCall): void {
  const args = { rows, channels, dz: emit.buffer(dz), sums: emit.buffer(sums) };
  emit.push('columnSums', args, Math.ceil(rows / rowsPerPiece));
}
