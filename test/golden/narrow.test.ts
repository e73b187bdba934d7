/**
 * (a) The reference backend in float64 against PyTorch in float64, narrow network: six free-running steps, gradients
 * of the first, running statistics and evaluation mode after the last.
 */
import { describe, expect, it } from 'vitest';
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { freeRunErrors } from './compare.js';
import { Fixture, type FreeRun, programOf } from './fixtures.js';

const fixture = new Fixture<FreeRun>('narrow');

describe('float64 against PyTorch float64, width 0.125, batch 8', () => {
  it.each(fixture.cases.map((entry) => [entry.case.name, entry] as const))('%s', async (_, entry) => {
    const step = createReferenceStep(programOf(entry.case), { precision: 'float64' });
    const errors = await freeRunErrors(step, fixture, entry);
    expect(errors.gradients).toBeLessThan(1e-9);
    expect(errors.losses).toBeLessThan(1e-8);
    expect(errors.statistics).toBeLessThan(1e-8);
    expect(errors.evaluationLosses).toBeLessThan(1e-8);
    expect(errors.evaluationLogits).toBeLessThan(1e-8);
  });
});
