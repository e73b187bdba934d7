import { contrast, type TTest } from './contrast.js';
import type { Result } from './result.js';

/**
 * Welch's t-test of mean(a) - mean(b), two-sided, and its interval; variances are not assumed equal and not pooled.
 * Source: B. L. Welch, "The generalization of Student's problem when several different population variances are
 * involved", Biometrika 34 (1947), 28-35; degrees of freedom after Satterthwaite (1946).
 * Undefined below two values on a side, for values that are not finite, and where neither side varies.
 */
export function welch(a: readonly number[], b: readonly number[], level = 0.95): Result<TTest> {
  return contrast(
    [
      { values: a, coefficient: 1, name: 'the first sample' },
      { values: b, coefficient: -1, name: 'the second sample' },
    ],
    level,
    "Welch's t",
  );
}
