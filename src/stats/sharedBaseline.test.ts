import { expect, test } from 'vitest';
import { decideFamily } from './decision.js';
import { sharedBaselineP } from './sharedBaseline.js';
import { welch } from './welch.js';

const okWelch = (a: readonly number[], b: readonly number[]) => {
  const result = welch(a, b);
  if (result.status !== 'ok') throw new Error(result.reason);
  return result;
};

/*
 * By SciPy 1.17: a = [4, 9, 14], b = [1, 1.5, 0.5]; s_a^2 = 25, s_b^2 = 0.25, t = 8 / sqrt(25.25 / 3) = 2.757528,
 * df = 2.039996; p(df) = 2 t.sf(t, df), p(2) = 2 t.sf(t, 2); r = 25 / 25.25.
 */
test('a level that has nearly all the variance is tested at its own degrees of freedom', () => {
  const [a, b] = [
    [4, 9, 14],
    [1, 1.5, 0.5],
  ];
  const t = okWelch(a, b);
  expect(t.df).toBeCloseTo(2.039996, 5);
  expect(sharedBaselineP(t, a)).toBeCloseTo(0.11010315, 6);
  expect(sharedBaselineP(t, a)).toBeGreaterThan(t.p);
});

test('equal variances and a noisier baseline change nothing', () => {
  const steady = [1, 2, 3];
  expect(sharedBaselineP(okWelch([11, 12, 13], steady), [11, 12, 13])).toBe(okWelch([11, 12, 13], steady).p);
  const noisy = [0, 10, 20];
  expect(sharedBaselineP(okWelch(steady, noisy), steady)).toBe(okWelch(steady, noisy).p);
});

test('one contrast alone keeps Welch’s p; of two that share their baseline the noisier one is judged with more care', () => {
  const [a, b] = [
    [4, 9, 14],
    [1, 1.5, 0.5],
  ];
  const options = { smallestEffect: 1, plan: false };
  const [alone] = decideFamily([{ id: 'a', treated: a, baseline: b }], options);
  const [first] = decideFamily(
    [
      { id: 'a', treated: a, baseline: b },
      { id: 'b', treated: [1, 2, 0], baseline: b },
    ],
    options,
  );
  if (alone.status !== 'ok' || first.status !== 'ok') throw new Error('undefined');
  expect(alone.holmP).toBe(alone.p);
  expect(first.p).toBe(alone.p);
  expect(first.holmP).toBeCloseTo(2 * sharedBaselineP(okWelch(a, b), a), 12);
});
