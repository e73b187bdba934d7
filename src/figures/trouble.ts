/** Runs that did not learn, collapsed or diverged, as figures say it: in a label, and in a note. */

import { isFinished } from '../analysis/measures/curves.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { learningText, type NotLearned, type Troubles } from '../analysis/trials/troubles.js';
import { count } from '../analysis/words/format.js';

/** Whether a run's value is no measurement of what was asked. */
export function isTroubled(run: RunGroup['runs'][number], { collapsed, notLearned }: Troubles): boolean {
  return collapsed.has(run) || notLearned.has(run);
}

/** `did not learn`, `1 of 3 runs collapsed, 1 of 3 diverged`; of several trials, which kind of trial is averaged over. */
export function troubleLabel(group: RunGroup, troubles: Troubles): string | null {
  const { runs, counts, ended, mixed } = group;
  const finished = runs.filter(isFinished);
  const dead = finished.filter((run) => troubles.notLearned.has(run)).length;
  const fallen = finished.filter(
    (run) => troubles.collapsed.has(run) && !troubles.notLearned.has(run),
  ).length;
  const of = (n: number, all: number, what: string) =>
    n === 0 ? [] : [n === all ? what : `${n} of ${count(all, 'run')} ${what}`];
  const parts = [
    ...of(dead, finished.length, 'did not learn'),
    ...of(fallen, finished.length, 'collapsed'),
    ...of(counts.diverged, ended, 'diverged'),
  ];
  if (parts.length === 0) return null;
  return mixed ? `its mean averages over runs of which ${parts.join(', ')}` : parts.join(', ');
}

/** A label with the group's trouble behind it, for a figure whose notes say how it is known. */
export function withTrouble(label: string, group: RunGroup, troubles: Troubles): string {
  const trouble = troubleLabel(group, troubles);
  return trouble === null ? label : `${label}: ${trouble}`;
}

/** The same with how it is known that runs did not learn: `0.2: did not learn (guesses)`. */
export function withReason(label: string, group: RunGroup, troubles: Troubles): string {
  const reasons = new Set(group.runs.flatMap((run) => troubles.notLearned.get(run) ?? []));
  const whole = withTrouble(label, group, troubles);
  if (reasons.size === 0) return whole;
  const how = [...reasons].map((reason) => SHORT[reason]).join(' or ');
  return whole.replace('did not learn', `did not learn (${how})`);
}

/** As short as a label has to be. */
const SHORT: Readonly<Record<NotLearned, string>> = { chance: 'guesses', constant: 'one class' };

/** One sentence for each group that has trouble; of runs that did not learn, why that is known. */
export function troubleNotes(groups: readonly RunGroup[], troubles: Troubles): string[] {
  return groups.flatMap((group) => {
    const trouble = troubleLabel(group, troubles);
    return trouble === null ? [] : [`${group.fullLabel}: ${trouble}${reasonOf(group, troubles)}.`];
  });
}

function reasonOf(group: RunGroup, troubles: Troubles): string {
  const text = learningText(group, troubles);
  if (text === null) return '';
  return ` (${text.replace(/^.*did not learn: /, '')})`;
}
