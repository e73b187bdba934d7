/** How often each verdict was given, for the first line of a report. */

import { count } from '../words/format.js';
import { type Finding, isDeclared } from '../words/results.js';
import { shownVerdict, verdictRank } from '../words/verdicts.js';

export interface VerdictCount {
  /** As it is printed, a doubt included. */
  readonly verdict: string;
  readonly n: number;
}

/** Of the declared comparisons, the strongest verdict first. */
export function countVerdicts(findings: readonly Finding[]): VerdictCount[] {
  const counts = new Map<string, number>();
  for (const finding of findings.filter(isDeclared)) {
    const verdict = shownVerdict(finding);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return [...counts]
    .map(([verdict, n]) => ({ verdict, n }))
    .sort((a, b) => verdictRank(a.verdict) - verdictRank(b.verdict));
}

/** `6 declared comparisons: 2 supported; 4 inconclusive`, for a line of text; verdicts have commas of their own. */
export function verdictCounts(findings: readonly Finding[]): string {
  const counts = countVerdicts(findings);
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  return total === 0
    ? 'no comparison was declared'
    : `${count(total, 'declared comparison')}: ${counts.map(({ verdict, n }) => `${n} ${verdict}`).join('; ')}`;
}
