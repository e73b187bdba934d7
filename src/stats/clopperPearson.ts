import { betaQuantile } from './distributions.js';
import { ok, type Result, shareProblem, undefinedBecause } from './result.js';

export interface Proportion {
  readonly successes: number;
  readonly n: number;
  readonly proportion: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly method: 'Clopper-Pearson';
}

/**
 * A proportion and its exact interval, which covers at least `level` at every n and every true proportion:
 * low = Beta^-1((1 - level)/2; k, n - k + 1), high = Beta^-1((1 + level)/2; k + 1, n - k).
 * Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
 * binomial", Biometrika 26 (1934), 404-413. Undefined for n = 0 and for counts that are not whole or exceed n.
 */
export function clopperPearson(successes: number, n: number, level = 0.95): Result<Proportion> {
  if (!Number.isInteger(n) || n < 1) return undefinedBecause(`there must be at least one trial, got ${n}`);
  if (!Number.isInteger(successes) || successes < 0 || successes > n) {
    return undefinedBecause(`successes must be a whole number from 0 to ${n}, got ${successes}`);
  }
  const problem = shareProblem(level, 'the level');
  if (problem !== null) return undefinedBecause(problem);
  const tail = (1 - level) / 2;
  const low = successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1);
  const high = successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes);
  return ok({
    successes,
    n,
    proportion: successes / n,
    low,
    high,
    level,
    method: 'Clopper-Pearson' as const,
  });
}
