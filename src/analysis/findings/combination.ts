/** The best levels together, in sentences. */

import { measurePhrase } from '../measures/measures.js';
import type { BestLevels } from '../trials/bestLevels.js';
import { type GroupedStudy, trialsWithRuns } from '../trials/study.js';
import { count, formatInterval, formatValue, joinWords } from '../words/format.js';
import { levelsLabel } from '../words/labels.js';

/** What these runs say about the best combination; none where fewer than two factors have a best level. */
export function combinationSentences(study: GroupedStudy, best: BestLevels | null): string[] {
  if (best === null || Object.keys(best.levels).length < 2) return [];
  const { records, metric } = study;
  const which = records.study.metric.goal === 'maximize' ? 'highest' : 'lowest';
  const what = `the ${which} ${measurePhrase(metric)} in these runs belongs to ${levelsLabel(best.levels)}`;
  const left =
    best.leftOut.length === 0
      ? []
      : [`Left out, because runs of them diverged or collapsed: ${joinWords(best.leftOut)}.`];
  if (best.chosenBy === 'cell') {
    const cells = trialsWithRuns(study).length;
    return [
      `Of the combinations that were run, ${what}: ${valueText(study, best)}.`,
      `The best of ${count(cells, 'mean')} is itself a lucky one: its own interval leaves out the choice.`,
      ...left,
    ];
  }
  return [
    `Factor by factor, ${what}.`,
    ...left,
    best.trial === null
      ? 'This combination was not run, so nothing here says how good it is: what levels do alone need not add up.'
      : `This combination was run (${best.trial.name}): ${valueText(study, best)}.`,
  ];
}

/** `18.40%, mean of 3 runs, 95% interval [17.90, 18.90]%`. */
function valueText({ metric: measure }: GroupedStudy, { trial }: BestLevels): string {
  if (trial === null) return '';
  const { mean, n, interval, diverged } = trial.metric;
  const lost = diverged === 0 ? '' : `; ${count(diverged, 'run')} of it diverged`;
  const known =
    interval === null ? '' : `, 95% interval ${formatInterval(interval.low, interval.high, measure.unit)}`;
  return `${formatValue(mean, measure.unit)}, ${n === 1 ? 'one run' : `mean of ${count(n, 'run')}`}${known}${lost}`;
}
