import { logGamma } from './distributions.js';
import { ok, type Result, sampleProblem, undefinedBecause } from './result.js';
import { mean, variance } from './summary.js';

export interface EffectSize {
  /** Difference of the means in units of `deviation`, bias-corrected. */
  readonly value: number;
  /** What the difference was divided by, in the metric's unit. */
  readonly deviation: number;
  /** The factor that takes away the small-sample bias. */
  readonly correction: number;
  readonly method: "Hedges' g";
}

/**
 * Hedges' g: (mean(a) - mean(b)) / s J(n_a + n_b - 2), with s the root of the two samples' pooled variance and
 * J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m - 1)/2)). It describes a difference; no test here uses a pooled variance.
 * Source: L. V. Hedges, "Distribution theory for Glass's estimator of effect size and related estimators", J. of
 * Educational Statistics 6 (1981), eq. 6e. Undefined below two values a side and without variation.
 */
export function hedgesG(a: readonly number[], b: readonly number[]): Result<EffectSize> {
  const problem = sampleProblem(a, 2, 'the first sample') ?? sampleProblem(b, 2, 'the second sample');
  if (problem !== null) return undefinedBecause(problem);
  const df = a.length + b.length - 2;
  const squared = ((a.length - 1) * variance(a)! + (b.length - 1) * variance(b)!) / df;
  return scaled(mean(a)! - mean(b)!, Math.sqrt(squared), df);
}

function scaled(difference: number, deviation: number, df: number): Result<EffectSize> {
  if (!(deviation > 0)) return undefinedBecause('the values do not vary between seeds');
  // With one degree of freedom the estimator has no mean, so nothing can be corrected.
  const correction = df < 2 ? 1 : Math.exp(logGamma(df / 2) - Math.log(df / 2) / 2 - logGamma((df - 1) / 2));
  const value = (difference / deviation) * correction;
  if (!Number.isFinite(value)) return undefinedBecause('the deviation is too small to divide by');
  return ok({ value, deviation, correction, method: "Hedges' g" });
}
