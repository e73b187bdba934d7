import { contrast, type TTest } from './contrast.js';
import { type Result, undefinedBecause } from './result.js';

/**
 * Paired t-test of mean(a - b), two-sided, and its interval; a[i] and b[i] are runs of one seed. The test is the
 * one-sample test of the differences, n - 1 degrees of freedom.
 * Source: "Student", "The probable error of a mean", Biometrika 6 (1908), 1-25, section IX.
 * Undefined where the lengths differ, below two pairs, for values that are not finite, and where no difference varies.
 */
export function pairedT(a: readonly number[], b: readonly number[], level = 0.95): Result<TTest> {
  if (a.length !== b.length) {
    return undefinedBecause(`the pairs are incomplete: ${a.length} values against ${b.length}`);
  }
  const differences = a.map((value, i) => value - b[i]);
  return contrast([{ values: differences, coefficient: 1, name: 'the list of pairs' }], level, 'paired t');
}
