/**
 * (c) Steps 2 to 20 as single steps, each started from weights and velocities of the formula: free-running fp32 curves
 * part from the second step on, single steps do not.
 */
import { describe, expect, it } from 'vitest';
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { fp32Backends } from './backends.js';
import { median, restartedErrors } from './compare.js';
import { Fixture, programOf, type RestartedCase } from './fixtures.js';
import { formulaSource } from './formula.js';

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

describe.each(fp32Backends)('$name against PyTorch float64, steps 2 to 20', ({ create }) => {
  it.each(cases)('%s', async (_, { case: golden, steps }) => {
    const step = await create(programOf(golden));
    step.load(formulaSource(golden.images, golden.classes));
    for (const entry of steps) {
      const errors = await restartedErrors(step, golden, fixture, entry);
      const where = `step ${entry.step}`;
      expect(errors.loss, where).toBeLessThan(1e-5);
      expect(errors.updated ?? 0, where).toBeLessThan(1e-4);
      expect(errors.statistics ?? 0, where).toBeLessThan(1e-5);
      // In so narrow a network one sign of relu that flips is an error of a percent: compared with silu only.
      if (golden.activation === 'relu') continue;
      expect(median(errors.ratios), where).toBeLessThan(3);
      expect(Math.max(...errors.ratios), where).toBeLessThan(10);
      // An error of zero would mean that nothing was compared.
      expect(errors.gradients, where).toBeGreaterThan(1e-9);
    }
    await step.dispose();
  });
});
