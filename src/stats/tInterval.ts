import { contrast } from './contrast.js';
import { ok, type Result } from './result.js';
import { standardDeviation } from './summary.js';

export interface MeanInterval {
  readonly n: number;
  readonly mean: number;
  /** Between the values, divided by n - 1. */
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly method: 't';
}

/**
 * Mean and its t-interval: mean -+ t(1 - (1 - level)/2, n - 1) sd / sqrt(n).
 * Source: "Student", "The probable error of a mean", Biometrika 6 (1908).
 * Undefined below two values, for values that are not finite, and where all values are equal.
 */
export function tInterval(values: readonly number[], level = 0.95): Result<MeanInterval> {
  const result = contrast([{ values, coefficient: 1, name: 'the sample' }], level);
  if (result.status === 'undefined') return result;
  const { estimate, low, high } = result;
  return ok({
    n: values.length,
    mean: estimate,
    sd: standardDeviation(values)!,
    low,
    high,
    level,
    method: 't' as const,
  });
}
