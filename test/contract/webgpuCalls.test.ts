/** Single calls on the WebGPU adapter at hand. */
import { describe, expect, test } from 'vitest';
import { testAdapter } from '../support/adapter.js';
import { openTestStep } from '../support/webgpuStep.js';
import { WebgpuBench } from './callBenches.js';
import { callCases } from './callCases.js';
import { callErrors } from './calls.js';

/** On a slow adapter: one replica and three of odd sizes, and three of sizes in quads. */
const quick = [
  'odd sizes, silu',
  'odd sizes, three replicas, a partial batch',
  'odd sizes, three replicas of other optimizers',
  'channels in quads, three replicas',
];
const cases = testAdapter?.isSlow ? callCases.filter(({ name }) => quick.includes(name)) : callCases;

describe.skipIf(testAdapter === null)(`webgpu, ${testAdapter?.description.name}, call by call`, () => {
  test.each(cases)('$name', async ({ testCase, bound }) => {
    const errors = await callErrors(
      testCase,
      async (program) => new WebgpuBench(await openTestStep(program)),
    );
    expect(errors.length).toBeGreaterThan(30);
    expect(errors.filter(({ error }) => !(error < bound))).toEqual([]);
    if (process.env.CALL_ERRORS !== undefined) {
      const worst = [...errors].sort((a, b) => b.error - a.error).slice(0, 3);
      process.stderr.write(
        `${worst.map(({ where, error }) => `${error.toExponential(1)} ${where}`).join('\n')}\n`,
      );
    }
  });
});
