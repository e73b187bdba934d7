/**
 * (b) One step at full width and batch 128: the loss of fp32 backends within 1e-5 of PyTorch's float64, each tensor's
 * gradient error against float64 in units of the typical error of PyTorch's own contiguous fp32 (see make_fixtures.py).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Step } from '../../src/compile/step.js';
import { fullWidthBackends } from './backends.js';
import { median, restartedErrors } from './compare.js';
import { Fixture, programOf, type RestartedCase } from './fixtures.js';
import { formulaSource } from './formula.js';

const fixture = new Fixture<RestartedCase>('full');
const steps = fixture.cases.flatMap(({ case: golden, steps }) =>
  steps.map((entry) => [`${golden.name}, step ${entry.step}`, golden, entry] as const),
);

it('the fixture holds steps that a backend can be held against', () => {
  expect(steps.length).toBeGreaterThanOrEqual(5);
  for (const [name, , entry] of steps) {
    const [exact, rounded] = fixture.numbers(entry.loss);
    expect(Math.abs(exact - rounded), name).toBeLessThan(1e-5);
    expect(Math.min(...fixture.numbers(entry.fp32Errors)), name).toBeGreaterThan(0);
  }
});

/** `GOLDEN_ERRORS=1`: how far each case is from the bounds. */
function tell(what: string, ratios: readonly number[]): void {
  if (process.env.GOLDEN_ERRORS === undefined) return;
  const text = `median ${median(ratios).toFixed(2)}, largest ${Math.max(...ratios).toFixed(2)}`;
  process.stderr.write(`${what}: gradient errors in units of PyTorch's own: ${text}\n`);
}

for (const { name, create } of fullWidthBackends) {
  describe(`${name} against PyTorch float64, width 1, batch 128`, () => {
    let step: Step;

    beforeAll(async () => {
      const [, golden] = steps[0];
      step = await create(programOf(golden));
      step.load(formulaSource(golden.images, golden.classes));
    });

    afterAll(async () => {
      await step.dispose();
    });

    it.each(steps)(
      '%s',
      async (_, golden, entry) => {
        const errors = await restartedErrors(step, golden, fixture, entry);
        tell(`${name}, ${golden.name}, step ${entry.step}`, errors.ratios);
        expect(errors.loss).toBeLessThan(1e-5);
        expect(median(errors.ratios)).toBeLessThan(3);
        // An error of zero would mean that nothing was compared.
        expect(errors.gradients).toBeGreaterThan(1e-9);
        expect(Math.max(...errors.ratios)).toBeLessThan(10);
        expect(errors.statistics ?? 0).toBeLessThan(1e-5);
      },
      600_000,
    );
  });
}
