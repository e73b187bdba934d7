/** Trials of a comparison whose runs did not learn: their numbers are those of guessing, and no effect of a level. */

import { isFinished } from '../measures/curves.js';
import type { GroupedStudy } from '../trials/study.js';
import { reasonText } from '../trials/troubles.js';
import { capital, count, joinWords } from '../words/format.js';
import type { Untrained } from '../words/results.js';
import type { DeclaredContrast } from './family.js';

/** Runs that collapsed are left out of the comparison, and so here. */
export function untrainedIn(
  { troubles }: GroupedStudy,
  { cells }: Pick<DeclaredContrast, 'cells'>,
): Untrained[] {
  return cells.flatMap(({ cell }) => {
    const runs = cell.runs.filter((run) => isFinished(run) && !troubles.collapsed.has(run));
    const dead = runs.flatMap((run) => troubles.notLearned.get(run) ?? []);
    if (dead.length === 0) return [];
    const name =
      dead.length === runs.length
        ? cell.fullLabel
        : `${dead.length} of ${count(runs.length, 'run')} of ${cell.fullLabel}`;
    return [{ name, why: reasonText(dead) }];
  });
}

/** Said before anything else of a finding with numbers: nobody should read them as an effect of the level. */
export function withUntrained(sentence: string, untrained: readonly Untrained[]): string {
  if (untrained.length === 0) return sentence;
  const reasons = new Set(untrained.map(({ why }) => why));
  const who =
    reasons.size > 1
      ? `${joinWords(untrained.map(untrainedText))} did not learn`
      : `${joinWords(untrained.map(({ name }) => name))} did not learn (${[...reasons].join()})`;
  return `${capital(who)}, so that what follows is no effect among runs that train. ${sentence}`;
}

/** `learning rate 0.2 (accuracy of guessing)`. */
export function untrainedText({ name, why }: Untrained): string {
  return `${name} (${why})`;
}
