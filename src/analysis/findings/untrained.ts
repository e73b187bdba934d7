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
  const reasons = [...new Set(untrained.map(({ why }) => why))];
  const names = untrained.map(reasons.length > 1 ? untrainedText : ({ name }) => name);
  const why = reasons.length > 1 ? '' : ` (${reasons.join()})`;
  return `${capital(fewOf(names))} did not learn${why}, so that what follows is no effect among runs that train. ${sentence}`;
}

/** So many names of trials that did not learn are said; the others are counted. */
const MOST_NAMED = 3;

/** A grid has many cells: `a, b, c and 9 more (each marked in the table of trials)`. */
export function fewOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  if (more <= 0) return joinWords(names);
  return `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more (each marked in the table of trials)`;
}

/** `learning rate 0.2 (accuracy of guessing)`. */
export function untrainedText({ name, why }: Untrained): string {
  return `${name} (${why})`;
}
