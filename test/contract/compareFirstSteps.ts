/** First steps of a backend beside those of the reference in float64. */

import { expect } from 'vitest';
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { maxOf } from '../../src/base/extremes.js';
import { compile } from '../../src/compile/compile.js';
import { type FirstSteps, firstSteps, smokeBatch } from './firstSteps.js';

/** Both software adapters differ by 2e-7 in losses and 3e-8 in weights. */
export async function compareFirstSteps(actual: FirstSteps): Promise<void> {
  const program = compile(smokeBatch.network, { batch: smokeBatch.size, replicas: 1 });
  const reference = await firstSteps(createReferenceStep(program, { precision: 'float64' }));
  expect(reference.losses.every(Number.isFinite)).toBe(true);
  expect(reference.losses[2]).not.toBeCloseTo(reference.losses[0], 2);
  expect(largestDifference(actual.losses, reference.losses)).toBeLessThan(1e-5);
  expect(largestDifference(actual.evaluated, reference.evaluated)).toBeLessThan(1e-5);
  expect(actual.predicted).toEqual(reference.predicted);
  expect(largestDifference(actual.weights, reference.weights)).toBeLessThan(1e-6);
}

function largestDifference(actual: readonly number[], wanted: readonly number[]): number {
  expect(actual.length).toBe(wanted.length);
  return maxOf(wanted.map((value, i) => Math.abs(value - actual[i])));
}
