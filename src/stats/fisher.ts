import { logGamma } from './distributions.js';
import { ok, type Result, undefinedBecause } from './result.js';

export interface FisherTest {
  /** Two-sided: the tables that are as unlikely as this one, or more so. */
  readonly p: number;
  readonly method: "Fisher's exact test";
}

/**
 * Fisher's exact test of two shares: `a` of `n`, and `b` of `m`. Given the total, `a` is hypergeometric under no difference.
 * Source: R. A. Fisher, "On the interpretation of chi-square from contingency tables", J. of the Royal Statistical Society
 * 85 (1922); two-sided as in R's `fisher.test`. Undefined for counts that are not whole or exceed their totals, and for
 * an empty side.
 */
export function fisherExact(a: number, n: number, b: number, m: number): Result<FisherTest> {
  const counts = [a, n, b, m];
  if (counts.some((one) => !Number.isInteger(one) || one < 0) || a > n || b > m || n === 0 || m === 0)
    return undefinedBecause(`the counts do not fit: ${a} of ${n}, ${b} of ${m}`);
  const total = a + b;
  const logChance = (k: number) => logChoose(n, k) + logChoose(m, total - k) - logChoose(n + m, total);
  const own = logChance(a);
  let p = 0;
  for (let k = Math.max(0, total - m); k <= Math.min(n, total); k++) {
    const one = logChance(k);
    // As R: equal tables differ by rounding.
    if (one <= own + 1e-7) p += Math.exp(one);
  }
  return ok({ p: Math.min(1, p), method: "Fisher's exact test" as const });
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
