/** The reference kernels, one per kind of call. */
import type { KernelCall } from '../../compile/program.js';
import { averagePool, averagePoolGradient } from './averagePool.js';
import { batchNorm, batchNormEvaluate, batchNormGradient } from './batchNorm.js';
import { bias, biasGradient, columnSums } from './bias.js';
import { convolution, convolutionInputGradient, convolutionWeightGradient } from './convolution.js';
import { gather } from './gather.js';
import { maxPool, maxPoolGradient } from './maxPool.js';
import type { ReferenceMemory } from './memory.js';
import { softmaxCrossEntropy } from './softmaxCrossEntropy.js';
import { update } from './update.js';

export type ReferenceKernels = {
  readonly [K in KernelCall['kernel']]: (
    call: Extract<KernelCall, { kernel: K }>,
    memory: ReferenceMemory,
  ) => void;
};

export const referenceKernels: ReferenceKernels = {
  gather,
  convolution,
  batchNorm,
  batchNormEvaluate,
  bias,
  averagePool,
  maxPool,
  softmaxCrossEntropy,
  convolutionInputGradient,
  convolutionWeightGradient,
  averagePoolGradient,
  maxPoolGradient,
  batchNormGradient,
  biasGradient,
  columnSums,
  update,
};

export function runCalls(
  calls: readonly KernelCall[],
  kernels: ReferenceKernels,
  memory: ReferenceMemory,
): void {
  for (const call of calls) {
    const kernel = kernels[call.kernel] as (call: KernelCall, memory: ReferenceMemory) => void;
    kernel(call, memory);
  }
}
