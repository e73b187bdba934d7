/** The golden suites of an fp32 backend: bounds (b) of one step, narrow and at full width. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxOf } from '../../src/base/extremes.js';
import type { Step } from '../../src/compile/step.js';
import type { GoldenBackend } from './backends.js';
import { median, restartedErrors } from './compare.js';
import { Fixture, halvesErrors, programOf, type RestartedCase } from './fixtures.js';
import { formulaSource } from './formula.js';

/** Steps 2 to 20 of a narrow network, each started from the formula's weights; `most`: so many of each case. */
export function describeNarrowSteps({ name, create }: GoldenBackend, most = Number.POSITIVE_INFINITY): void {
  const fixture = new Fixture<RestartedCase>('steps');
  const cases = fixture.cases.map((entry) => [entry.case.name, entry] as const);
  describe(`${name} against PyTorch float64, steps 2 to 20`, () => {
    it.each(cases)('%s', async (_, { case: golden, steps }) => {
      const step = await create(programOf(golden));
      step.load(formulaSource(golden.images, golden.classes));
      for (const entry of steps.slice(0, most)) {
        const errors = await restartedErrors(step, golden, fixture, entry);
        const where = `step ${entry.step}`;
        expect(errors.loss, where).toBeLessThan(1e-5);
        expect(errors.updated ?? 0, where).toBeLessThan(1e-4);
        expect(errors.statistics ?? 0, where).toBeLessThan(1e-5);
        // In so narrow a network one sign of relu that flips is an error of a percent: compared with silu only.
        if (golden.activation === 'relu') continue;
        tell(`${name}, ${golden.name}, ${where}`, errors.ratios);
        expect(median(errors.ratios), where).toBeLessThan(3);
        expect(maxOf(errors.ratios), where).toBeLessThan(10);
        // An error of zero would mean that nothing was compared.
        expect(errors.gradients, where).toBeGreaterThan(1e-9);
      }
      await step.dispose();
    });
  });
}

/**
 * Steps with the products of pointwise convolutions in halves. Their bounds are this precision's own: f16 has 11 bits, so the
 * loss is right to 1e-3, and a gradient errs as PyTorch's float64 does when it rounds the same factors (halves.json).
 * @param file the fixture: narrow steps, or those at full width
 */
export function describeHalves(
  { name, create }: GoldenBackend,
  { file, most }: { readonly file: 'steps' | 'full'; readonly most: number },
): void {
  const fixture = new Fixture<RestartedCase>(file);
  const steps = fixture.cases.flatMap(({ case: golden, steps: entries }) =>
    entries.flatMap((entry) => {
      const peer = halvesErrors(golden.name, entry.step);
      return peer === null ? [] : [[`${golden.name}, step ${entry.step}`, golden, entry, peer] as const];
    }),
  );
  const size = file === 'full' ? 'width 1, batch 128' : 'width 0.125, batch 8';
  describe(`${name} against PyTorch float64, ${size}`, () => {
    let step: Step;

    beforeAll(async () => {
      const [, golden] = steps[0];
      step = await create(programOf(golden));
      step.load(formulaSource(golden.images, golden.classes));
    }, 120_000);

    afterAll(async () => {
      await step.dispose();
    });

    it.each(steps.slice(0, most))(
      '%s',
      async (where, golden, entry, peer) => {
        const errors = await restartedErrors(step, golden, fixture, entry, peer);
        tell(`${name}, ${where}`, errors.ratios);
        expect(errors.loss).toBeLessThan(1e-3);
        expect(median(errors.ratios)).toBeLessThan(1.5);
        expect(maxOf(errors.ratios)).toBeLessThan(4);
        // Float32 would err by a thousandth of it.
        expect(median(errors.ratios)).toBeGreaterThan(0.5);
      },
      600_000,
    );
  });
}

/** `GOLDEN_ERRORS=1`: how far each case is from the bounds. */
function tell(what: string, ratios: readonly number[]): void {
  if (process.env.GOLDEN_ERRORS === undefined) return;
  const text = `median ${median(ratios).toFixed(2)}, largest ${maxOf(ratios).toFixed(2)}`;
  process.stderr.write(`${what}: gradient errors in units of PyTorch's own: ${text}\n`);
}

/** Single steps at width 1 and batch 128. */
export function describeFullWidth({ name, create }: GoldenBackend): void {
  const fixture = new Fixture<RestartedCase>('full');
  const steps = fixture.cases.flatMap(({ case: golden, steps: entries }) =>
    entries.map((entry) => [`${golden.name}, step ${entry.step}`, golden, entry] as const),
  );
  describe(`${name} against PyTorch float64, width 1, batch 128`, () => {
    let step: Step;

    beforeAll(async () => {
      const [, golden] = steps[0];
      step = await create(programOf(golden));
      step.load(formulaSource(golden.images, golden.classes));
    }, 120_000);

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
        expect(maxOf(errors.ratios)).toBeLessThan(10);
        expect(errors.statistics ?? 0).toBeLessThan(1e-5);
      },
      600_000,
    );
  });
}
