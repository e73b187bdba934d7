/** Single calls of every variant of the kernels on the CPU. Replicas run one after another there, so each is a case of its own. */
import { describe, expect, test } from 'vitest';
import { WasmBench } from './callBenches.js';
import { callCases } from './callCases.js';
import { callErrors } from './calls.js';
import { testedVariants } from './variants.js';

const cases = callCases.flatMap(({ name, testCase, bound }) =>
  testCase.hyper.map((hyper, r) => ({
    name: testCase.hyper.length === 1 ? name : `${name}: the ${r + 1}.`,
    bound,
    testCase: {
      ...testCase,
      hyper: [hyper],
      plan: { ...testCase.plan, replicas: [testCase.plan.replicas[r]] },
    },
  })),
);

describe.each(testedVariants)('wasm %s, call by call', (variant) => {
  test.each(cases)('$name', async ({ testCase, bound }) => {
    const errors = await callErrors(testCase, (program) => WasmBench.open(program, variant));
    expect(errors.length).toBeGreaterThan(30);
    expect(errors.filter(({ error }) => !(error < bound))).toEqual([]);
  });
});
