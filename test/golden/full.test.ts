/**
 * (b) One step at full width and batch 128: the loss of fp32 backends within 1e-5 of PyTorch's float64, each tensor's
 * gradient error against float64 in units of the typical error of PyTorch's own contiguous fp32 (see make_fixtures.py).
 */

import { expect, it } from 'vitest';
import { minOf } from '../../src/base/extremes.js';
import { fullWidthBackends } from './backends.js';
import { Fixture, type RestartedCase } from './fixtures.js';
import { describeFullWidth } from './suites.js';

const fixture = new Fixture<RestartedCase>('full');
const steps = fixture.cases.flatMap(({ case: golden, steps }) =>
  steps.map((entry) => [`${golden.name}, step ${entry.step}`, golden, entry] as const),
);

it('the fixture holds steps that a backend can be held against', () => {
  expect(steps.length).toBeGreaterThanOrEqual(5);
  for (const [name, , entry] of steps) {
    const [exact, rounded] = fixture.numbers(entry.loss);
    expect(Math.abs(exact - rounded), name).toBeLessThan(1e-5);
    expect(minOf(fixture.numbers(entry.fp32Errors)), name).toBeGreaterThan(0);
  }
});

for (const backend of fullWidthBackends) describeFullWidth(backend);
