/** The verdicts' words, one for one strength: findings, claims and comparisons take them from here. */

import { factorLabel } from './labels.js';
import type { FindingVerdict, Verdict } from './results.js';

export const VERDICT = {
  supported: 'supported',
  contradicted: 'contradicted',
  equivalent: 'equivalent',
  inconclusive: 'inconclusive',
  provisional: 'provisional',
  suggests: 'suggests',
  notRun: 'not run',
  notTestable: 'not testable',
  oneSeed: 'no verdict: one seed',
  diverged: 'no verdict: diverged runs',
  noVariation: 'no verdict: no variation',
  tooFew: 'no verdict: too few values',
  notFinished: 'no verdict: not finished',
  notMeasured: 'no verdict: not measured',
  notReached: 'no verdict: not reached',
} as const satisfies Readonly<Record<string, FindingVerdict>>;

/** `depends on weight decay`, of the factor's path. */
export function dependsVerdict(path: string): Verdict {
  return `depends on ${factorLabel(path)}`;
}

/** The factor of a `depends on FACTOR` as its label; `null` of other verdicts. */
export function dependsOnFactor(verdict: FindingVerdict): string | null {
  return verdict.startsWith('depends on ') ? verdict.slice('depends on '.length) : null;
}

/** `no verdict: runs of 40 epochs`: shorter ones than a claim speaks of. */
export function shortRunsVerdict(epochs: number): Verdict {
  return `no verdict: runs of ${epochs} epochs`;
}

/** Of a contrast that the statistics cannot test, by their reason. */
export function untestedVerdict(reason: string): typeof VERDICT.noVariation | typeof VERDICT.tooFew {
  return reason.startsWith('the values do not vary') ? VERDICT.noVariation : VERDICT.tooFew;
}
