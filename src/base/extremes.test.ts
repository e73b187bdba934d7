import { expect, it } from 'vitest';
import { maxOf, minOf } from './extremes.js';

it.each([
  [[], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  [[3], 3, 3],
  [[2, -1, 7.5, 7.5], 7.5, -1],
  [[1, Number.NaN, 2], Number.NaN, Number.NaN],
  [[Number.POSITIVE_INFINITY, 0], Number.POSITIVE_INFINITY, 0],
])('of %j', (values, most, least) => {
  expect(maxOf(values)).toBe(most);
  expect(minOf(values)).toBe(least);
});

it('of more values than a call takes arguments', () => {
  const many = Float64Array.from({ length: 200_000 }, (_, i) => Math.sin(i));
  expect(maxOf(many)).toBeCloseTo(1, 6);
  expect(minOf(new Set(many))).toBeCloseTo(-1, 6);
});
