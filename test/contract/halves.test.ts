/** Rounding to f16, as the tests of products in halves have it. */
import { expect, test } from 'vitest';
import { scaleOfBound, toHalf } from '../support/halves.js';

test.each([
  [0, 0],
  [1, 1],
  [-2.5, -2.5],
  // Ties go to the even neighbour.
  [1 + 2 ** -11, 1],
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [2049, 2048],
  [65_504, 65_504],
  [65_519, 65_504],
  [65_520, Number.POSITIVE_INFINITY],
  [-1e9, Number.NEGATIVE_INFINITY],
  // Below 2^-14 in steps of 2^-24.
  [2 ** -24, 2 ** -24],
  [2 ** -25, 0],
  [1.5 * 2 ** -24, 2 ** -23],
  [2 ** -14 - 2 ** -25, 2 ** -14],
])('%s becomes %s', (x, half) => {
  expect(toHalf(x)).toBe(half);
});

test.each([1, 0.99, 1e-7, 3e30, 2 ** -40])('a bound of %s is brought below 2^14', (bound) => {
  const scaled = bound * scaleOfBound(bound);
  expect(scaled).toBeLessThan(2 ** 14);
  expect(scaled).toBeGreaterThanOrEqual(2 ** 13);
});
