/**
 * Linear contrasts of cell means with unequal variances: the one computation behind Welch's test, main effects,
 * interactions and intervals of single means.
 *
 *   estimate = sum c_i m_i        se^2 = sum c_i^2 s_i^2 / n_i
 *   df = se^4 / sum (c_i^2 s_i^2 / n_i)^2 / (n_i - 1)
 *
 * Source: B. L. Welch, "The generalization of Student's problem when several different population variances are
 * involved", Biometrika 34 (1947); F. E. Satterthwaite, "An approximate distribution of estimates of variance
 * components", Biometrics Bulletin 2 (1946), eq. 17. The variance is never pooled over cells.
 */

import { studentQuantile, studentTwoSided } from './distributions.js';
import { ok, type Result, sampleProblem, shareProblem, undefinedBecause } from './result.js';
import { mean, variance } from './summary.js';

/** An estimate with its standard error and degrees of freedom: all that a t-test or interval needs. */
export interface Estimate {
  readonly estimate: number;
  readonly standardError: number;
  readonly df: number;
}

/** An estimate, its two-sided t-test against zero, and its interval. */
export interface TTest extends Estimate {
  readonly t: number;
  /** Two-sided. */
  readonly p: number;
  readonly low: number;
  readonly high: number;
  /** Of the interval: 0.95. */
  readonly level: number;
  /** Values per cell, in the order given. */
  readonly n: readonly number[];
  readonly method: string;
}

/** Values of one cell (one metric value per seed) and the cell's coefficient. */
export interface ContrastCell {
  readonly values: readonly number[];
  readonly coefficient: number;
  /** Names the cell in a reason: `cell 2` without it. */
  readonly name?: string;
}

/** Relative size below which a standard error is rounding noise: `t.test` of R uses 10 machine epsilons. */
const NOISE = 10 * Number.EPSILON;

/**
 * The contrast of the cells with coefficient other than 0.
 * Undefined where such a cell has fewer than two values or one that is not finite, or where no cell varies.
 */
export function contrast(
  cells: readonly ContrastCell[],
  level = 0.95,
  method = 'Welch-Satterthwaite t',
): Result<TTest> {
  const used = cells.filter((cell) => cell.coefficient !== 0);
  if (used.length === 0) return undefinedBecause('the contrast has no cells');
  for (const [i, cell] of used.entries()) {
    const problem = sampleProblem(cell.values, 2, cell.name ?? `cell ${i + 1}`);
    if (problem !== null) return undefinedBecause(problem);
  }
  let estimate = 0;
  let squared = 0;
  let denominator = 0;
  let scale = 0;
  for (const { values, coefficient } of used) {
    const cellMean = mean(values)!;
    const part = (coefficient ** 2 * variance(values)!) / values.length;
    estimate += coefficient * cellMean;
    squared += part;
    denominator += part ** 2 / (values.length - 1);
    scale = Math.max(scale, Math.abs(coefficient * cellMean));
  }
  const standardError = Math.sqrt(squared);
  if (!(standardError > NOISE * scale) || !(denominator > 0)) {
    return undefinedBecause(
      'the values do not vary between seeds, so there is no error to judge by',
      'no variation',
    );
  }
  const df = squared ** 2 / denominator;
  if (!Number.isFinite(df) || !Number.isFinite(estimate)) {
    return undefinedBecause('the values are too large or too small to compute with');
  }
  const sizes = used.map((cell) => cell.values.length);
  return tTest({ estimate, standardError, df }, sizes, level, method);
}

/** The t-test against zero and the interval of an estimate whose standard error is above zero. */
function tTest(
  { estimate, standardError, df }: Estimate,
  n: readonly number[],
  level: number,
  method: string,
): Result<TTest> {
  const problem = shareProblem(level, 'the level');
  if (problem !== null) return undefinedBecause(problem);
  const t = estimate / standardError;
  const half = studentQuantile((1 + level) / 2, df) * standardError;
  return ok({
    estimate,
    standardError,
    df,
    t,
    p: studentTwoSided(t, df),
    low: estimate - half,
    high: estimate + half,
    level,
    n,
    method,
  });
}
