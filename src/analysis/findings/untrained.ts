/** Trials of a comparison whose runs did not learn: their numbers are those of guessing, and no effect of a level. */

import { isFinished } from '../measures/curves.js';
import type { GroupedStudy } from '../trials/study.js';
import { capital, count, joinWords } from '../words/format.js';
import type { DeclaredContrast } from './family.js';

/** `learning rate 0.2`, `1 of 3 runs of the baseline`; runs that collapsed are left out of the comparison, and so here. */
export function untrainedIn(
  { troubles }: GroupedStudy,
  { cells }: Pick<DeclaredContrast, 'cells'>,
): string[] {
  return cells.flatMap(({ cell }) => {
    const runs = cell.runs.filter((run) => isFinished(run) && !troubles.collapsed.has(run));
    const dead = runs.filter((run) => troubles.notLearned.has(run)).length;
    if (dead === 0) return [];
    return [
      dead === runs.length ? cell.fullLabel : `${dead} of ${count(runs.length, 'run')} of ${cell.fullLabel}`,
    ];
  });
}

/** Said before anything else of a finding with numbers: nobody should read them as an effect of the level. */
export function withUntrained(sentence: string, names: readonly string[]): string {
  if (names.length === 0) return sentence;
  return `${capital(joinWords(names))} did not learn, so that what follows is no effect among runs that train. ${sentence}`;
}
