/** The verdicts' words, one for one strength: findings, claims and comparisons take them from here. */

import type { Undefined } from '../../stats/result.js';
import { factorLabel } from './labels.js';
import type { FindingVerdict, Verdict } from './results.js';

export const VERDICT = {
  supported: 'supported',
  small: 'supported, but smaller than the smallest effect of interest',
  contradicted: 'contradicted',
  equivalent: 'equivalent',
  inconclusive: 'inconclusive',
  provisional: 'provisional',
  suggests: 'suggests',
  notRun: 'not run',
  notTestable: 'not testable',
  oneSeed: 'no verdict: one seed',
  diverged: 'no verdict: diverged runs',
  collapsed: 'no verdict: collapsed runs',
  noVariation: 'no verdict: no variation',
  tooFew: 'no verdict: too few values',
  notFinished: 'no verdict: not finished',
  notMeasured: 'no verdict: not measured',
  notReached: 'no verdict: not reached',
  otherProtocol: 'no verdict: another protocol',
  partsOpen: 'no verdict: parts without one',
} as const satisfies Readonly<Record<string, FindingVerdict>>;

/** `depends on weight decay`, of the factor's path. */
export function dependsVerdict(path: string): Verdict {
  return `depends on ${factorLabel(path)}`;
}

/** `supported, in size dependent on weight decay`. */
export function sizeDependsVerdict(path: string): Verdict {
  return `supported, in size dependent on ${factorLabel(path)}`;
}

/** `no verdict: runs of 40 epochs`: shorter ones than a claim speaks of. */
export function shortRunsVerdict(epochs: number): Verdict {
  return `no verdict: runs of ${epochs} epochs`;
}

/** `no verdict: runs differ in length (epoch 4 against 10)`, by the obstacle. */
export function unequalRunsVerdict(obstacle: string): Verdict {
  return `no verdict: ${obstacle}`;
}

/** Of a contrast that the statistics cannot test, by their reason. */
export function untestedVerdict({ code }: Undefined): typeof VERDICT.noVariation | typeof VERDICT.tooFew {
  return code === 'no variation' ? VERDICT.noVariation : VERDICT.tooFew;
}

const TONES = ['supported', 'contradicted', 'equivalent', 'depends', 'suggests'] as const;

/** As it is printed: what speaks against it goes with it, wherever it stands. */
export function shownVerdict({
  verdict,
  doubt,
}: {
  readonly verdict: FindingVerdict;
  readonly doubt: string | null;
}): string {
  return doubt === null ? verdict : `${verdict}${DOUBT}`;
}

const DOUBT = ', with a doubt';

/** The tone that a verdict is shown in, by its first word; empty for what decides nothing. */
export function verdictTone(verdict: string): (typeof TONES)[number] | '' {
  if (verdict.endsWith(DOUBT)) return '';
  const [first] = verdict.split(/[ ,:]/);
  return TONES.find((tone) => tone === first) ?? '';
}

/** From what is decided to what is not even run: by the first word, a plain `supported` before one with a proviso. */
const ORDER: readonly string[] = [
  'supported',
  'depends',
  'contradicted',
  'equivalent',
  'suggests',
  'inconclusive',
  'provisional',
  'no',
  'not',
];

/** In which order verdicts are listed, the strongest first. */
export function verdictRank(verdict: string): number {
  const [first = ''] = verdict.split(/[ ,:]/);
  const rank = ORDER.indexOf(first);
  const isProvided = verdict.startsWith('supported,');
  return (rank < 0 ? ORDER.length : rank) + (isProvided ? 0.25 : 0) + (verdict.endsWith(DOUBT) ? 0.5 : 0);
}
