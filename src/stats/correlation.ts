import { normalQuantile } from './distributions.js';
import { ok, type Result, sampleProblem, shareProblem, undefinedBecause } from './result.js';
import { mean } from './summary.js';

export interface Correlation {
  readonly n: number;
  readonly r: number;
  /** Fisher's interval; `null` below four pairs and at r = -1 or 1. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly level: number;
}

/**
 * Pearson's correlation of paired runs (a[i], b[i] of one seed): what a paired test could gain. Interval by Fisher's
 * transformation, tanh(atanh(r) -+ z / sqrt(n - 3)).
 * Source: R. A. Fisher, "On the probable error of a coefficient of correlation deduced from a small sample",
 * Metron 1 (1921). Undefined where the lengths differ, below two pairs, and where one side does not vary.
 */
export function correlation(a: readonly number[], b: readonly number[], level = 0.95): Result<Correlation> {
  if (a.length !== b.length) {
    return undefinedBecause(`the pairs are incomplete: ${a.length} values against ${b.length}`);
  }
  const problem =
    sampleProblem(a, 2, 'the first sample') ??
    sampleProblem(b, 2, 'the second sample') ??
    shareProblem(level, 'the level');
  if (problem !== null) return undefinedBecause(problem);
  const meanA = mean(a)!;
  const meanB = mean(b)!;
  let products = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    products += (a[i] - meanA) * (b[i] - meanB);
    squaresA += (a[i] - meanA) ** 2;
    squaresB += (b[i] - meanB) ** 2;
  }
  const scale = Math.sqrt(squaresA) * Math.sqrt(squaresB);
  const noise = 1e-14 * a.length * Math.max(Math.abs(meanA), Number.MIN_VALUE) * Math.abs(meanB);
  if (!(scale > noise) || !Number.isFinite(scale))
    return undefinedBecause('one side does not vary between seeds');
  const r = Math.max(-1, Math.min(1, products / scale));
  return ok({ n: a.length, r, interval: fisherInterval(r, a.length, level), level });
}

function fisherInterval(r: number, n: number, level: number): { low: number; high: number } | null {
  if (n < 4 || Math.abs(r) >= 1) return null;
  const half = normalQuantile((1 + level) / 2) / Math.sqrt(n - 3);
  return { low: Math.tanh(Math.atanh(r) - half), high: Math.tanh(Math.atanh(r) + half) };
}
