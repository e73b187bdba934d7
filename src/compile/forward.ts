/** The forward pass: a stage's buffers, and its calls in training and in evaluation. */
import type { BufferTable } from './buffers.js';
import { forwardCall } from './operations.js';
import { type BufferId, type InputView, type KernelCall, rowsPerPiece } from './program.js';
import type { Stage } from './stages.js';

/** Indices of parameters and statistics by name. */
export interface NameIndex {
  parameter(name: string): number;
  statistic(name: string): number;
}

/** A stage with the buffers of its forward pass. */
export interface StageForward {
  readonly stage: Stage;
  /** What the stage reads. */
  readonly input: InputView;
  /** What the next stage reads. */
  readonly output: InputView;
  /** [pieces, 2, C], batch-norm only. */
  readonly statistics: BufferId | null;
  /** [2, C]: batch mean, inverse deviation; batch-norm only. */
  readonly saved: BufferId | null;
}

/** Pieces of 64 rows that `rows` rows make. */
export function pieces(rows: number): number {
  return Math.ceil(rows / rowsPerPiece);
}

/** Names the buffers of a stage that reads `input`. */
export function stageForward(stage: Stage, input: InputView, buffers: BufferTable): StageForward {
  const { name, rows, channels, normalization, slot } = stage;
  const raw = buffers.step(`${name}.raw`, rows * channels);
  const affine = normalization.type === 'none' ? null : buffers.step(`${name}.affine`, 2 * channels);
  const isBatchNorm = normalization.type === 'batchNorm';
  return {
    stage,
    input,
    output: { raw, affine, slot },
    statistics: isBatchNorm ? buffers.step(`${name}.statistics`, pieces(rows) * 2 * channels) : null,
    saved: isBatchNorm ? buffers.step(`${name}.saved`, 2 * channels) : null,
  };
}

/** The stage's calls in training mode (statistics of the batch) or evaluation mode (running statistics). */
export function forwardCalls(
  forward: StageForward,
  index: NameIndex,
  mode: 'train' | 'evaluate',
): KernelCall[] {
  const { stage, input, output } = forward;
  const statistics = mode === 'train' ? forward.statistics : null;
  const context = { input, output: output.raw, statistics, parameter: index.parameter };
  return [forwardCall(stage.operation, context), ...normalizationCalls(forward, index, mode)];
}

function normalizationCalls(
  forward: StageForward,
  index: NameIndex,
  mode: 'train' | 'evaluate',
): KernelCall[] {
  const { stage, output, statistics, saved } = forward;
  const { normalization, rows, channels } = stage;
  const { affine } = output;
  if (normalization.type === 'none' || affine === null) return [];
  if (normalization.type === 'bias') {
    return [{ kernel: 'bias', channels, bias: index.parameter(normalization.bias), affine }];
  }
  const { name, epsilon, momentum } = normalization;
  const shared = {
    channels,
    gamma: index.parameter(`${name}.weight`),
    beta: index.parameter(`${name}.bias`),
    runningMean: index.statistic(`${name}.running_mean`),
    runningVariance: index.statistic(`${name}.running_var`),
    affine,
    epsilon,
  };
  if (mode === 'evaluate') return [{ kernel: 'batchNormEvaluate', ...shared }];
  if (statistics === null || saved === null) throw new Error(`${name} has no statistics`);
  return [{ kernel: 'batchNorm', rows, statistics, saved, momentum, ...shared }];
}
