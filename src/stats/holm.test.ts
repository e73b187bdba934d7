import { expect, test } from 'vitest';
import { alphaAtLook } from './alphaSpending.js';
import { holm } from './holm.js';

test('adjusted p-values: R, p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  for (const [i, want] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(want, 12);
});

test('a test that could not be made stays null and counts', () => {
  expect(holm([0.02, null, Number.NaN])).toEqual([0.06, null, null]);
  expect(holm([])).toEqual([]);
  expect(holm([0.7, 0.6])).toEqual([1, 1]);
});

test('the levels of the looks', () => {
  const levels = [1, 2, 3].map((look) => alphaAtLook(look));
  expect(levels.map((l) => (l.status === 'ok' ? Number(l.alpha.toFixed(10)) : l.reason))).toEqual([
    0.04, 0.008, 0.0016,
  ]);
  expect(alphaAtLook(0).status).toBe('undefined');
  expect(alphaAtLook(1.5).status).toBe('undefined');
});
