import { expect, test } from 'vitest';
import { mean, median, quantile, standardDeviation, variance } from './summary.js';

test('mean, variance, quantiles: NumPy 2 (var with ddof=1, quantile linear)', () => {
  const values = [55.46, 56.1, 54.8, 55.9, 55.2];
  expect(mean(values)).toBeCloseTo(55.492, 10);
  expect(standardDeviation(values)).toBeCloseTo(0.5247094434065397, 12);
  expect(variance(values)).toBeCloseTo(0.5247094434065397 ** 2, 12);
  expect(median(values)).toBe(55.46);
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
});

test('degenerate input gives null, never NaN', () => {
  expect(mean([])).toBeNull();
  expect(mean([1, Number.NaN])).toBeNull();
  expect(variance([1])).toBeNull();
  expect(quantile([1, Number.POSITIVE_INFINITY], 0.5)).toBeNull();
  expect(quantile([1, 2], 1.5)).toBeNull();
});
