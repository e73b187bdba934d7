import { clopperPearson } from './clopperPearson.js';
import { ok, type Result, sampleProblem, undefinedBecause } from './result.js';

export interface ProbabilityOfImprovement {
  /** (won + tied / 2) / pairs. */
  readonly probability: number;
  readonly won: number;
  readonly lost: number;
  readonly tied: number;
  readonly pairs: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly method: 'Clopper-Pearson';
}

/**
 * P(A better than B): the pairs (a[i], b[i]) that A won, out of all; a tie is half a win. Each run is used once, so
 * the pairs are independent and the Clopper-Pearson interval is exact (all n^2 pairs would not be). Its low end counts
 * ties as lost and its high end as won, so it covers at least `level` with ties too.
 *
 * The quantity: Agarwal, Schwarzer, Castro, Courville, Bellemare, "Deep reinforcement learning at the edge of the
 * statistical precipice", NeurIPS 2021, section 4.3 (P(X > Y) with ties counted half); interval: Clopper and Pearson
 * (1934). Undefined where the lengths differ, for no pairs, and for values that are not finite.
 */
export function probabilityOfImprovement(
  a: readonly number[],
  b: readonly number[],
  goal: 'maximize' | 'minimize' = 'maximize',
  level = 0.95,
): Result<ProbabilityOfImprovement> {
  if (a.length !== b.length) {
    return undefinedBecause(`the pairs are incomplete: ${a.length} values against ${b.length}`);
  }
  const problem = sampleProblem(a, 1, 'the first sample') ?? sampleProblem(b, 1, 'the second sample');
  if (problem !== null) return undefinedBecause(problem);
  const pairs = a.length;
  const sign = goal === 'maximize' ? 1 : -1;
  const won = a.filter((value, i) => sign * (value - b[i]) > 0).length;
  const tied = a.filter((value, i) => value === b[i]).length;
  const fewest = clopperPearson(won, pairs, level);
  const most = clopperPearson(won + tied, pairs, level);
  if (fewest.status === 'undefined') return fewest;
  if (most.status === 'undefined') return most;
  return ok({
    probability: (won + tied / 2) / pairs,
    won,
    lost: pairs - won - tied,
    tied,
    pairs,
    low: fewest.low,
    high: most.high,
    level,
    method: 'Clopper-Pearson' as const,
  });
}
