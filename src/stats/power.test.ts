import { describe, expect, test } from 'vitest';
import {
  againstBaseline,
  contrastPower,
  detectableDifference,
  neededSeeds,
  twoByTwoInteraction,
  upperDeviation,
} from './power.js';

const six = { contrasts: 6 };

describe('power', () => {
  /** Expected: SciPy 1.17, numerical integration of nct over the beta distribution of the variances' share. */
  test.each([
    [3, 2, 1, 0.7617805379816504],
    [3, 2, 6, 0.258137428818768],
    [5, 2, 6, 0.8854550851409937],
    [10, 1, 6, 0.7546248029566888],
    [11, 1, 6, 0.8150570722060627],
    [8, 1, 1, 0.866896841536488],
  ])('Welch, n = %i, difference %d, family of %i', (n, difference, contrasts, want) => {
    const result = contrastPower(againstBaseline(0.6), difference, n, { contrasts });
    expect(result.status === 'ok' && Math.abs(result.power - want)).toBeLessThan(0.002);
  });

  test('Welch with deviations 0.4 and 1.6', () => {
    const result = contrastPower({ coefficients: [1, -1], deviation: [0.4, 1.6] }, 2, 6);
    expect(result.status === 'ok' && Math.abs(result.power - 0.6862492751585025)).toBeLessThan(0.002);
  });

  /** Expected: scipy.stats.nct. */
  test.each([
    [5, 1, 1, 0.7932202350526227],
    [8, 1, 1, 0.9795608694480996],
    [3, 2, 6, 0.24797718774045563],
  ])('paired, n = %i, difference %d, family of %i', (n, difference, contrasts, want) => {
    const result = contrastPower({ coefficients: [1], deviation: 0.6 }, difference, n, { contrasts });
    expect(result.status === 'ok' && Math.abs(result.power - want)).toBeLessThan(0.002);
  });

  test('without a difference the power is alpha at most, nearly', () => {
    const result = contrastPower(twoByTwoInteraction(0.6), 0, 4);
    expect(result.status === 'ok' && result.power).toBeGreaterThan(0.03);
    expect(result.status === 'ok' && result.power).toBeLessThan(0.055);
  });
});

describe('planning: deviation 0.6, 80%', () => {
  const seeds = (difference: number, contrasts: number, planned = againstBaseline(0.6)) => {
    const result = neededSeeds(planned, difference, { contrasts });
    return result.status === 'ok' ? result.seeds : result.reason;
  };
  test('six contrasts: 2 points need 5 seeds, 1 point 11', () => {
    expect([seeds(2, 6), seeds(1, 6)]).toEqual([5, 11]);
  });
  test('a single contrast: 4 at most, and 7 to 8', () => {
    expect(seeds(2, 1)).toBe(4);
    expect(seeds(1, 1)).toBe(7);
  });
  test('an interaction in 2 x 2 needs more', () => {
    expect(seeds(1, 1, twoByTwoInteraction(0.6))).toBe(12);
  });
  test('the detectable difference inverts the power', () => {
    const result = detectableDifference(againstBaseline(0.6), 5, six);
    if (result.status !== 'ok') throw new Error(result.reason);
    const power = contrastPower(againstBaseline(0.6), result.difference, 5, six);
    expect(power.status === 'ok' && power.power).toBeCloseTo(0.8, 6);
  });
  test('upper 80% limit of a deviation: scipy.stats.chi2.ppf', () => {
    const limits = [4, 2].map((df) => upperDeviation(0.6, df));
    const [four, two] = limits.map((limit) => (limit.status === 'ok' ? limit.deviation : Number.NaN));
    expect(four).toBeCloseTo(0.934545253533978, 9);
    expect(two).toBeCloseTo(1.2701618961301107, 9);
  });
});

test('impossible plans give a reason', () => {
  const planned = againstBaseline(0.6);
  expect(contrastPower(planned, 1, 1).status).toBe('undefined');
  expect(contrastPower(againstBaseline(0), 1, 3).status).toBe('undefined');
  expect(contrastPower(againstBaseline(Number.NaN), 1, 3).status).toBe('undefined');
  expect(contrastPower({ coefficients: [1, -1], deviation: [1] }, 1, 3).status).toBe('undefined');
  expect(neededSeeds(planned, 0).status).toBe('undefined');
  expect(neededSeeds(planned, 1e-6).status).toBe('undefined');
  expect(neededSeeds(planned, 1, { power: 1 }).status).toBe('undefined');
  expect(detectableDifference(planned, 3, { power: 0.01 }).status).toBe('undefined');
  expect(upperDeviation(0, 4).status).toBe('undefined');
});
