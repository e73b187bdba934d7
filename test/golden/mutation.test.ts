/** The golden comparisons can fail: one wrong sign in one gradient kernel's result, and they do. */

import { describe, expect, it } from 'vitest';
import { type ReferenceKernels, referenceKernels } from '../../src/backends/reference/kernels.js';
import type { Precision, Real, ReferenceMemory } from '../../src/backends/reference/memory.js';
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { maxOf } from '../../src/base/extremes.js';
import type { KernelCall } from '../../src/compile/program.js';
import { type RestartedErrors, restartedErrors } from './compare.js';
import { Fixture, programOf, type RestartedCase } from './fixtures.js';
import { formulaSource } from './formula.js';

const fixture = new Fixture<RestartedCase>('steps');
const [, silu] = fixture.cases;

type GradientKernel =
  | 'softmaxCrossEntropy'
  | 'convolutionInputGradient'
  | 'convolutionWeightGradient'
  | 'averagePoolGradient'
  | 'batchNormGradient'
  | 'biasGradient';

type Call<K extends GradientKernel> = Extract<KernelCall, { kernel: K }>;

/** The values that each gradient kernel makes. */
const results: { readonly [K in GradientKernel]: (call: Call<K>, memory: ReferenceMemory) => Real } = {
  softmaxCrossEntropy: (call, memory) => memory.real(call.gradient ?? call.losses),
  convolutionInputGradient: (call, memory) => memory.real(call.target.dz),
  convolutionWeightGradient: (call, memory) => memory.gradient(call.weight),
  averagePoolGradient: (call, memory) => memory.real(call.target.dz),
  batchNormGradient: (call, memory) => memory.gradient(call.gamma),
  biasGradient: (call, memory) => memory.gradient(call.bias),
};

/** The kernel with the sign of its largest result turned, in its second call of the step (or its only one). */
function broken<K extends GradientKernel>(kernel: K, calls: number): Partial<ReferenceKernels> {
  let seen = 0;
  const run = referenceKernels[kernel] as (call: Call<K>, memory: ReferenceMemory) => void;
  const replaced = (call: Call<K>, memory: ReferenceMemory): void => {
    run(call, memory);
    seen++;
    if (seen !== Math.min(2, calls)) return;
    const values = results[kernel](call, memory);
    let largest = 0;
    for (let i = 1; i < values.length; i++) {
      if (Math.abs(values[i]) > Math.abs(values[largest])) largest = i;
    }
    values[largest] = -values[largest];
  };
  return { [kernel]: replaced };
}

async function errorsWith(
  kernels: Partial<ReferenceKernels>,
  precision: Precision,
): Promise<RestartedErrors> {
  const { case: golden, steps } = silu;
  const step = createReferenceStep(programOf(golden), { precision, kernels });
  step.load(formulaSource(golden.images, golden.classes));
  return restartedErrors(step, golden, fixture, steps[0]);
}

describe.each(Object.keys(results) as GradientKernel[])('one wrong sign in %s', (kernel) => {
  const calls = programOf(silu.case).train.filter((call) => call.kernel === kernel).length;

  it('fails the comparison in float64', async () => {
    expect((await errorsWith({}, 'float64')).gradients).toBeLessThan(1e-9);
    expect((await errorsWith(broken(kernel, calls), 'float64')).gradients).toBeGreaterThan(1e-4);
  });

  it('fails the comparison in units of the fp32 error', async () => {
    const { ratios } = await errorsWith(broken(kernel, calls), 'float32');
    expect(maxOf(ratios)).toBeGreaterThan(10);
  });
});
