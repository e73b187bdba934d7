/** Single calls of the reference in float32, and that the comparison can fail. */
import { describe, expect, test } from 'vitest';
import { type ReferenceKernels, referenceKernels } from '../../src/backends/reference/kernels.js';
import type { ReferenceMemory } from '../../src/backends/reference/memory.js';
import { compile } from '../../src/compile/compile.js';
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
    // Largest of the last ten: an edge. A max pool gives most elements nothing, so that the last ten may be zeros.
    let last = target.length - 1;
    while (last > 0 && target[last] === 0) last--;
    let at = last;
    for (let i = Math.max(0, last - 9); i <= last; i++) {
      if (Math.abs(target[i]) > Math.abs(target[at])) at = i;
    }
    target[at] = -target[at];
  };
  return { [kernel]: replaced };
}

/** The odd sizes, or the first case after them whose network has the kernel. */
function caseWith(kernel: KernelCall['kernel']) {
  const found = callCases.slice(7).find(({ testCase: { network, batch } }) => {
    const { train, evaluate } = compile(network, { batch, replicas: 1 });
    return [...train, ...evaluate].some((call) => call.kernel === kernel);
  });
  if (found === undefined) throw new Error(`no case has the kernel ${kernel}`);
  return found;
}

describe('one wrong sign at the edge of what a kernel writes is found in that kernel', () => {
  const kernels = Object.keys(referenceKernels).filter((kernel) => kernel !== 'columnSums');
  test.each(kernels as KernelCall['kernel'][])('%s', async (kernel) => {
    const { testCase, bound } = caseWith(kernel);
    const errors = await callErrors(testCase, async (program) => new ReferenceBench(program, broken(kernel)));
    const found = errors.filter(({ error }) => !(error < bound));
    expect(found.map((one) => one.kernels)).toContainEqual([kernel]);
    // The update works on the gradients that the backend has made, not on given ones.
    const others = found.filter(({ kernels: [one] }) => one !== kernel && one !== 'update');
    expect(others).toEqual([]);
  });
});
