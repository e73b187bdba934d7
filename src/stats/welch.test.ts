import { describe, expect, test } from 'vitest';
import { contrast } from './contrast.js';
import { pairedT } from './pairedT.js';
import { tInterval } from './tInterval.js';
import { tost } from './tost.js';
import { welch } from './welch.js';

const a = [55.46, 56.1, 54.8, 55.9, 55.2];
const b = [57.97, 57.1, 58.6];
const c = [56.7, 57.5, 55.9, 57.4, 56.2];

const tostOf = (test: ReturnType<typeof welch>, margin: number) =>
  test.status === 'ok' ? tost(test, margin) : test;

/** Every number of a result, to seven digits. */
function expectNumbers(result: object, want: Readonly<Record<string, number>>): void {
  expect(result).toMatchObject({ status: 'ok' });
  const got = result as Readonly<Record<string, unknown>>;
  for (const [key, value] of Object.entries(want)) {
    expect(Math.abs(Number(got[key]) / value - 1), key).toBeLessThan(2e-7);
  }
}

describe('t-tests against SciPy 1.17', () => {
  test('welch: ttest_ind(equal_var=False) and its confidence_interval', () => {
    expectNumbers(welch(a, b), {
      estimate: -2.398,
      t: -4.8529784543896115,
      p: 0.014375066451159593,
      df: 3.1987298464138245,
      low: -3.9166898067926197,
      high: -0.8793101932073584,
    });
  });

  test('paired: ttest_rel', () => {
    expectNumbers(pairedT(c, a), {
      t: 13.533276642033279,
      p: 0.00017254173070600152,
      df: 4,
      low: 0.9919641867273431,
      high: 1.5040358132726577,
    });
  });

  test('interval of a mean: ttest_1samp', () => {
    expectNumbers(tInterval(a), {
      mean: 55.492,
      sd: 0.5247094434065397,
      low: 54.84048717460457,
      high: 56.14351282539544,
    });
  });

  test('TOST: two one-sided ttest_ind and ttest_1samp', () => {
    const wide = tostOf(welch(a, b), 3);
    expectNumbers(wide, { p: 0.15263870516065273 });
    expect(wide).toMatchObject({ equivalent: false });
    expectNumbers(tostOf(pairedT(c, a), 1.5), { p: 0.026149129370697046 });
  });

  test('TOST decides exactly as its interval of level 1 - 2 alpha lies within the margin', () => {
    for (const margin of [1.2, 1.4, 1.44, 1.45, 1.46, 1.5]) {
      const result = tostOf(pairedT(c, a), margin);
      if (result.status !== 'ok') throw new Error(result.reason);
      expect(result.equivalent).toBe(result.high <= margin && result.low >= -margin);
    }
  });
});

describe('degenerate samples give a reason', () => {
  const still = 'the values do not vary between seeds, so there is no error to judge by';
  test.each([
    [[1], [1, 2], 'the first sample has 1 of at least 2 values'],
    [[], [], 'the first sample has 0 of at least 2 values'],
    [[1, Number.NaN], [1, 2], 'value 2 of the first sample is not finite'],
    [[0.1 + 0.2, 0.3], [0.3, 0.3], still, 'no variation'],
    [[0, 0], [0, 0], still, 'no variation'],
    [[1e300, -1e300], [1, 2], 'the values are too large or too small to compute with'],
  ])('%j against %j', (x, y, reason, code?: string) => {
    expect(welch(x, y)).toEqual({ status: 'undefined', reason, ...(code === undefined ? {} : { code }) });
  });

  test('one side constant: the other side carries the error', () => {
    expect(welch([5, 5, 5], [1, 2, 3])).toMatchObject({ status: 'ok', df: 2 });
  });

  test('pairs, levels, margins', () => {
    expect(pairedT([1, 2], [1]).status).toBe('undefined');
    expect(pairedT([1, 2, 3], [0, 1, 2]).status).toBe('undefined');
    expect(welch(a, b, 1).status).toBe('undefined');
    expect(contrast([]).status).toBe('undefined');
    expect(tostOf(welch(a, b), 0).status).toBe('undefined');
    expect(tost({ estimate: 0, standardError: 1, df: 3 }, 1, 0.5).status).toBe('undefined');
    expect(tInterval([3, 3]).status).toBe('undefined');
  });
});
