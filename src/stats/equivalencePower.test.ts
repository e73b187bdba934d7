import { expect, test } from 'vitest';
import { equivalencePower, seedsForEquivalence } from './equivalencePower.js';

const level = { coefficients: [1, -1], deviation: 0.6 };
const main = { coefficients: [0.5, 0.5, -0.5, -0.5], deviation: 0.6 };

/** Expected: 40,000 studies simulated with NumPy and SciPy (standard error 0.25 points), and docs/statistics.md's table at 1. */
test.each([
  [level, 5, 1, 52.6],
  [level, 10, 1, 92.1],
  [level, 20, 1, 95.2],
  [level, 8, 2, 73.2],
  [level, 9, 2, 82.0],
  [level, 11, 7, 74.4],
  [level, 12, 7, 81.6],
  [main, 4, 3, 55.5],
  [main, 5, 3, 79.0],
  [main, 5, 5, 67.7],
])('%o, %i seeds, %i tests: as simulated', (contrast, seeds, tests, percent) => {
  const found = 100 * equivalencePower(contrast, 1, seeds, 0.05 / tests);
  expect(Math.abs(found - percent)).toBeLessThan(0.8);
});

test('the fewest seeds that reach 80%', () => {
  expect(seedsForEquivalence(level, 1, { contrasts: 2 })).toMatchObject({ seeds: 9 });
  expect(seedsForEquivalence(level, 1, { contrasts: 7 })).toMatchObject({ seeds: 12 });
  expect(seedsForEquivalence(main, 1, { contrasts: 3 })).toMatchObject({ seeds: 6 });
  expect(seedsForEquivalence(level, 0.001)).toMatchObject({ status: 'undefined' });
});
