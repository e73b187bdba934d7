/**
 * Mean, variance and quantiles (d3-array), with an explicit answer for degenerate input: `null`. d3-array passes over
 * NaN in silence; here a value that is not finite makes the statistic `null`.
 */

import { mean as d3Mean, quantile as d3Quantile, variance as d3Variance } from 'd3-array';
import { sampleProblem } from './result.js';

/** Arithmetic mean; `null` for no values or a value that is not finite. */
export function mean(values: readonly number[]): number | null {
  return sampleProblem(values, 1) === null ? (d3Mean(values) ?? null) : null;
}

/** Unbiased variance, divided by n - 1 (Welford 1962); `null` below two values or where one is not finite. */
export function variance(values: readonly number[]): number | null {
  return sampleProblem(values, 2) === null ? (d3Variance(values) ?? null) : null;
}

/** Square root of the unbiased variance; `null` as `variance`. */
export function standardDeviation(values: readonly number[]): number | null {
  const squared = variance(values);
  return squared === null ? null : Math.sqrt(squared);
}

/**
 * The `p`-quantile, linear between order statistics (type 7 of Hyndman and Fan, "Sample quantiles in statistical
 * packages", American Statistician 50, 1996: the default of R and NumPy); `null` for no values, a value that is not
 * finite, or p outside [0, 1].
 */
export function quantile(values: readonly number[], p: number): number | null {
  if (sampleProblem(values, 1) !== null || !(p >= 0 && p <= 1)) return null;
  return d3Quantile(values, p) ?? null;
}

/** The 0.5-quantile; `null` as `quantile`. */
export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}
