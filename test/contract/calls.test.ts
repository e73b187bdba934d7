/** Single calls of the reference in float32, and that the comparison can fail. */
import { describe, expect, test } from 'vitest';
import { type ReferenceKernels, referenceKernels } from '../../src/backends/reference/kernels.js';
import type { ReferenceMemory } from '../../src/backends/reference/memory.js';
import type { KernelCall } from '../../src/compile/program.js';
import { buffersOf } from '../../src/compile/uses.js';
import { ReferenceBench } from './callBenches.js';
import { callCases } from './callCases.js';
import { callErrors } from './calls.js';

describe('the reference in float32, call by call', () => {
  test.each(callCases)('$name', async ({ testCase, bound }) => {
    const errors = await callErrors(testCase, async (program) => new ReferenceBench(program));
    expect(errors.length).toBeGreaterThan(30);
    expect(errors.filter(({ error }) => !(error < bound))).toEqual([]);
  });
});

/** The kernel with the sign of one element of what it writes turned: the one of middle size, at the buffer's end. */
function broken(kernel: KernelCall['kernel']): Partial<ReferenceKernels> {
  const run = referenceKernels[kernel] as (call: KernelCall, memory: ReferenceMemory) => void;
  const replaced = (call: KernelCall, memory: ReferenceMemory): void => {
    run(call, memory);
    const [id] = buffersOf(call).writes;
    const values = id === undefined ? memory.tensors.parameters : memory.real(id);
    const gradient = call.kernel === 'convolutionWeightGradient' ? memory.gradient(call.weight) : values;
    const target = call.kernel === 'biasGradient' ? memory.gradient(call.bias) : gradient;
    // Largest of the last ten: an edge.
    let at = target.length - 1;
    for (let i = Math.max(0, target.length - 10); i < target.length; i++) {
      if (Math.abs(target[i]) > Math.abs(target[at])) at = i;
    }
    target[at] = -target[at];
  };
  return { [kernel]: replaced };
}

describe('one wrong sign at the edge of what a kernel writes is found in that kernel', () => {
  const kernels = Object.keys(referenceKernels).filter((kernel) => kernel !== 'columnSums');
  test.each(kernels as KernelCall['kernel'][])('%s', async (kernel) => {
    const { testCase, bound } = callCases[7];
    const errors = await callErrors(testCase, async (program) => new ReferenceBench(program, broken(kernel)));
    const found = errors.filter(({ error }) => !(error < bound));
    expect(found.map((one) => one.kernels)).toContainEqual([kernel]);
    // The update works on the gradients that the backend has made, not on given ones.
    const others = found.filter(({ kernels: [one] }) => one !== kernel && one !== 'update');
    expect(others).toEqual([]);
  });
});
