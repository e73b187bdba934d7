import { describe, expect, test } from 'vitest';
import * as d from './distributions.js';

/** Expected values: SciPy 1.17 (scipy.stats t, norm, beta, chi2, binom). */
describe('distributions against SciPy', () => {
  const cases: readonly (readonly [string, number, number])[] = [
    ['t cdf in the far tail', d.studentCdf(-20, 50), 8.274260973719827e-26],
    ['t quantile', d.studentQuantile(0.9, 4), 1.533206274058944],
    ['t quantile, fractional df', d.studentQuantile(0.3, 1.37), -0.6653913669256439],
    ['t quantile, many df', d.studentQuantile(0.99, 500), 2.333828955352305],
    ['normal cdf', d.normalCdf(-6), 9.865876450376946e-10],
    ['normal quantile', d.normalQuantile(0.025), -1.9599639845400545],
    ['beta quantile', d.betaQuantile(0.5, 200, 301), 0.3990673628744026],
    ['chi-square quantile', d.chiSquareQuantile(0.5, 1), 0.454936423119572],
    ['binomial cdf', d.binomialCdf(480, 1000, 0.5), 0.10872414660207075],
    ['binomial cdf in the far tail', d.binomialCdf(4600, 10000, 0.5), 6.521226063700419e-16],
  ];
  test.each(cases)('%s', (_, got, want) => {
    expect(Math.abs(got / want - 1)).toBeLessThan(2e-7);
  });

  test('edges', () => {
    expect(d.studentQuantile(0.5, 3)).toBe(0);
    expect(d.studentTwoSided(0, 3)).toBeCloseTo(1, 6);
    expect(d.binomialCdf(-1, 5, 0.5)).toBe(0);
    expect(d.binomialCdf(5, 5, 0.5)).toBe(1);
    expect(d.binomialProbability(0, 0, 0.5)).toBeCloseTo(1, 12);
    expect(d.binomialProbability(2, 4, 0.5)).toBeCloseTo(0.375, 12);
    expect(d.binomialProbability(3, 3, 1)).toBe(1);
  });
});
