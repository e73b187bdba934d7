import { binomialCdf, binomialProbability, normalQuantile } from './distributions.js';
import { ok, type Result, shareProblem, undefinedBecause } from './result.js';

export interface McNemar {
  /** Examples that only the first, or only the second network got right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly examples: number;
  /** Exact conditional test, two-sided. 1 where no example is discordant. */
  readonly p: number;
  /** The mid-p variant: more power; it can exceed its level slightly (6.25% of 5% at five discordant examples). */
  readonly midP: number;
  /** Difference of the accuracies as a fraction, first minus second. */
  readonly difference: number;
  /** sqrt(b + c - (b - c)^2 / n) / n. */
  readonly standardError: number;
  /** Adjusted Wald interval. */
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/**
 * McNemar's test of two trained networks on one set of examples. It compares these two networks, not the two
 * configurations that trained them: another seed gives other networks.
 *
 * Test: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
 * Psychometrika 12 (1947), in its exact form, and with mid-p after M. W. Fagerland, S. Lydersen, P. Laake, "The McNemar
 * test for binary matched-pairs data", BMC Medical Research Methodology 13:91 (2013). Interval: D. G. Bonett, R. M.
 * Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired data", J. of
 * Educational and Behavioral Statistics 37 (2012). Undefined for counts that are not whole or exceed the examples.
 */
export function mcnemar(
  onlyFirst: number,
  onlySecond: number,
  examples: number,
  level = 0.95,
): Result<McNemar> {
  const counts = [onlyFirst, onlySecond, examples];
  if (counts.some((count) => !Number.isInteger(count) || count < 0)) {
    return undefinedBecause('counts of examples must be whole numbers from 0');
  }
  if (examples < 1 || onlyFirst + onlySecond > examples) {
    return undefinedBecause(`${onlyFirst} + ${onlySecond} discordant of ${examples} examples is impossible`);
  }
  const problem = shareProblem(level, 'the level');
  if (problem !== null) return undefinedBecause(problem);
  const discordant = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  const tail = binomialCdf(fewer, discordant, 0.5);
  const p = Math.min(1, 2 * tail);
  const equal = binomialProbability(fewer, discordant, 0.5);
  const midP = discordant === 0 ? 1 : onlyFirst === onlySecond ? 1 - equal / 2 : 2 * tail - equal;
  const difference = (onlyFirst - onlySecond) / examples;
  const standardError = Math.sqrt(discordant - (onlyFirst - onlySecond) ** 2 / examples) / examples;
  return ok({
    onlyFirst,
    onlySecond,
    examples,
    p,
    midP,
    difference,
    standardError,
    ...bonettPrice(onlyFirst, onlySecond, examples, level),
    level,
  });
}

/** Counts of two networks' answers to the same examples, ready for `mcnemar`. */
export function discordantCounts(
  first: readonly boolean[],
  second: readonly boolean[],
): Result<{ readonly onlyFirst: number; readonly onlySecond: number; readonly examples: number }> {
  if (first.length !== second.length || first.length === 0) {
    return undefinedBecause(`the examples differ: ${first.length} against ${second.length}`);
  }
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < first.length; i++) {
    if (first[i] && !second[i]) onlyFirst++;
    if (second[i] && !first[i]) onlySecond++;
  }
  return ok({ onlyFirst, onlySecond, examples: first.length });
}

function bonettPrice(b: number, c: number, n: number, level: number): { low: number; high: number } {
  const p = (b + 1) / (n + 2);
  const q = (c + 1) / (n + 2);
  const half = normalQuantile((1 + level) / 2) * Math.sqrt((p + q - (p - q) ** 2) / (n + 2));
  return { low: Math.max(-1, p - q - half), high: Math.min(1, p - q + half) };
}
