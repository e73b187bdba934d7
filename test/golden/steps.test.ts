/**
 * (c) Steps 2 to 20 as single steps, each started from weights and velocities of the formula: free-running fp32 curves
 * part from the second step on, single steps do not.
 */
import { describe, expect, it } from 'vitest';
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { fp32Backends } from './backends.js';
import { restartedErrors } from './compare.js';
import { Fixture, programOf, type RestartedCase } from './fixtures.js';
import { formulaSource } from './formula.js';
import { describeNarrowSteps } from './suites.js';

const fixture = new Fixture<RestartedCase>('steps');
const cases = fixture.cases.map((entry) => [entry.case.name, entry] as const);

describe('float64 against PyTorch float64, steps 2 to 20', () => {
  it.each(cases)('%s', async (_, { case: golden, steps }) => {
    const step = createReferenceStep(programOf(golden), { precision: 'float64' });
    step.load(formulaSource(golden.images, golden.classes));
    for (const entry of steps) {
      const errors = await restartedErrors(step, golden, fixture, entry);
      const where = `step ${entry.step}`;
      expect(errors.loss, where).toBeLessThan(1e-11);
      expect(errors.gradients, where).toBeLessThan(1e-9);
      expect(errors.updated ?? 0, where).toBeLessThan(1e-11);
      expect(errors.statistics ?? 0, where).toBeLessThan(1e-11);
    }
  });
});

for (const backend of fp32Backends) describeNarrowSteps(backend);
