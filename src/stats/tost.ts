import type { Estimate } from './contrast.js';
import { studentCdf, studentQuantile } from './distributions.js';
import { ok, type Result, shareProblem, undefinedBecause } from './result.js';

export interface Equivalence {
  readonly margin: number;
  /** The larger of the two one-sided p-values: equivalent where it is at most alpha. */
  readonly p: number;
  readonly equivalent: boolean;
  readonly alpha: number;
  /** The interval of level 1 - 2 alpha: it lies within -+ margin exactly where `equivalent`. */
  readonly low: number;
  readonly high: number;
}

/**
 * Two one-sided tests: is |difference| below `margin`? Both estimate <= -margin and estimate >= margin are tested at
 * `alpha`. Source: D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach for
 * assessing the equivalence of average bioavailability", J. Pharmacokinetics and Biopharmaceutics 15 (1987), 657-680.
 * Undefined for a margin that is not above 0.
 */
export function tost(
  { estimate, standardError, df }: Estimate,
  margin: number,
  alpha = 0.05,
): Result<Equivalence> {
  if (!(margin > 0) || !Number.isFinite(margin))
    return undefinedBecause(`the margin must be above 0, got ${margin}`);
  const problem = shareProblem(2 * alpha, 'twice alpha');
  if (problem !== null) return undefinedBecause(problem);
  const below = studentCdf((estimate - margin) / standardError, df);
  const above = studentCdf((-margin - estimate) / standardError, df);
  const p = Math.max(below, above);
  const half = studentQuantile(1 - alpha, df) * standardError;
  return ok({ margin, p, equivalent: p <= alpha, alpha, low: estimate - half, high: estimate + half });
}
