/** How often intervals hold the truth, which is 0 throughout. */

import { type BootstrapMethod, bootstrapBounds } from '../bootstrapCore.js';
import { clopperPearson } from '../clopperPearson.js';
import { binomialProbability } from '../distributions.js';
import { probabilityOfImprovement } from '../improvement.js';
import { mcnemar } from '../mcnemar.js';
import { pairedT } from '../pairedT.js';
import type { Result } from '../result.js';
import { mean } from '../summary.js';
import { tInterval } from '../tInterval.js';
import { welch } from '../welch.js';
import { Draws, type Rate, rateOf, type Scenario } from './errors.js';

export type IntervalKind = 'mean' | 'welch' | 'paired';

/** Coverage of the 95% t-interval of one level's mean, or of a level against the baseline. */
export function tCoverage(scenario: Scenario, kind: IntervalKind, n: number, studies: number): Rate {
  return rateOf(studies, (study) => {
    const [baseline, level] = scenario.draw(new Draws(100 + n, study), 2, n);
    if (kind === 'mean') return holdsZero(tInterval(level));
    return holdsZero(kind === 'welch' ? welch(level, baseline) : pairedT(level, baseline));
  });
}

function holdsZero(interval: Result<{ readonly low: number; readonly high: number }>): boolean {
  return interval.status === 'ok' && interval.low <= 0 && interval.high >= 0;
}

/** Coverage of a bootstrap interval of the mean over n seeds with normal errors, without the rule about n. */
export function bootstrapCoverage(method: BootstrapMethod, n: number, studies: number): Rate {
  const plain = ([sample]: readonly (readonly number[])[]): number => mean(sample) ?? Number.NaN;
  return rateOf(studies, (study) => {
    const draws = new Draws(200 + n, study);
    const sample = Array.from({ length: n }, () => draws.normal());
    const bounds = bootstrapBounds([sample], plain, { method, seed: study, resamples: 999 });
    return bounds !== null && bounds.low <= 0 && bounds.high >= 0;
  });
}

/** The lowest coverage of Clopper-Pearson at n over 999 true proportions: a sum over outcomes, no simulation. */
export function clopperPearsonCoverage(n: number): number {
  const intervals = Array.from({ length: n + 1 }, (_, k) => clopperPearson(k, n));
  return lowestOver(999, (p) =>
    intervals.reduce((sum, interval, k) => {
      const holds = interval.status === 'ok' && interval.low <= p && p <= interval.high;
      return holds ? sum + binomialProbability(k, n, p) : sum;
    }, 0),
  );
}

/** The same for the probability of improvement, a fifth of the pairs being ties (in expectation). */
export function improvementCoverage(n: number): number {
  const ties = 0.2;
  const outcomes = improvementOutcomes(n);
  return lowestOver(199, (p) => {
    const win = p * (1 - ties);
    const truth = win + ties / 2;
    return outcomes.reduce((sum, { won, tied, low, high }) => {
      const chance = binomialProbability(tied, n, ties) * binomialProbability(won, n - tied, p);
      return low <= truth && truth <= high ? sum + chance : sum;
    }, 0);
  });
}

function improvementOutcomes(n: number): { won: number; tied: number; low: number; high: number }[] {
  const outcomes: { won: number; tied: number; low: number; high: number }[] = [];
  for (let tied = 0; tied <= n; tied++) {
    for (let won = 0; won <= n - tied; won++) {
      const a = Array.from({ length: n }, (_, i) => (i < won ? 1 : i < won + tied ? 0 : -1));
      const result = probabilityOfImprovement(a, new Array<number>(n).fill(0));
      if (result.status === 'ok') outcomes.push({ won, tied, low: result.low, high: result.high });
    }
  }
  return outcomes;
}

/** The chance that McNemar's test at 5% calls two equally good networks different, given the discordant examples. */
export function mcnemarSize(discordant: number, variant: 'p' | 'midP'): number {
  let size = 0;
  for (let first = 0; first <= discordant; first++) {
    const result = mcnemar(first, discordant - first, Math.max(1, discordant));
    if (result.status === 'ok' && result[variant] <= 0.05)
      size += binomialProbability(first, discordant, 0.5);
  }
  return size;
}

function lowestOver(points: number, coverage: (p: number) => number): number {
  let lowest = 1;
  for (let i = 1; i <= points; i++) lowest = Math.min(lowest, coverage(i / (points + 1)));
  return lowest;
}
