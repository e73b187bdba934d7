/** How much the findings speak of each trial: which of many a report shows first. */

import type { GroupedStudy } from '../trials/study.js';
import type { DeclaredFamily } from './family.js';

/** 3: the baseline, or the best; 2: did not learn, collapsed or diverged; 1: behind a confirmed interaction; 0: none of these. */
export type Prominence = 0 | 1 | 2 | 3;

/** The trials of the confirmed interactions. A confirmed effect on average speaks of all trials, and so singles out none. */
export function trialsSpokenOf({ contrasts }: DeclaredFamily, confirmed: ReadonlySet<string>): Set<string> {
  return new Set(
    contrasts
      .filter(({ id, kind }) => kind === 'interaction' && confirmed.has(id))
      .flatMap(({ cells }) => cells.map(({ cell }) => cell.name)),
  );
}

/** By the trials' names. */
export function prominenceOf(
  { trials, troubles }: GroupedStudy,
  spokenOf: ReadonlySet<string>,
  best: string | null,
): Map<string, Prominence> {
  return new Map(
    trials.map(({ name, isBaseline, runs, counts }) => {
      if (isBaseline || name === best) return [name, 3];
      const isLost = runs.some((run) => troubles.collapsed.has(run) || troubles.notLearned.has(run));
      if (isLost || counts.diverged > 0) return [name, 2];
      return [name, spokenOf.has(name) ? 1 : 0];
    }),
  );
}
