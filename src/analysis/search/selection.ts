/** The search of a study with nuisance factors -> the chosen trial of each combination of scientific levels. */

import { mean } from '../../stats/summary.js';
import type { LoadedRun, SelectedLevel } from '../../store/records.js';
import { levelsOfRole, searchGroups } from '../../study/expand.js';
import type { ResolvedStudy, Trial } from '../../study/types.js';
import { isFinished } from '../measures/curves.js';
import { declaredMeasure } from '../measures/measures.js';
import { levelKey } from '../words/labels.js';

/**
 * For each combination the trial with the best mean of the declared selection metric over the seeds of the search; of
 * equals the first in the study's order. A trial that diverged or failed with any of these seeds cannot be chosen.
 * @param search the runs of the search (`StudyRecords.search.runs`)
 */
export function selectTrials(study: ResolvedStudy, search: readonly LoadedRun[]): SelectedLevel[] {
  const { selection } = study;
  if (selection === null) return [];
  const sign = selection.metric.goal === 'maximize' ? 1 : -1;
  return searchGroups(study).map(({ name, levels, trials }) => {
    const scored = trials.flatMap((trial) => {
      const value = searchValue(study, trial, search);
      return value === null ? [] : [{ trial, value }];
    });
    const counts = { trials: trials.length, finished: scored.length };
    if (scored.length === 0) return { name, levels, chosen: null, value: null, ...counts };
    const best = scored.reduce((so, one) => (sign * one.value > sign * so.value ? one : so));
    const chosen = levelsOfRole(study, best.trial.levels, 'nuisance');
    return { name, levels, chosen, value: best.value, ...counts };
  });
}

/** Mean of the selection's metric over all seeds of the search; `null` unless every one of them trained to its end. */
function searchValue(study: ResolvedStudy, trial: Trial, search: readonly LoadedRun[]): number | null {
  const { metric, seeds } = study.selection!;
  const key = levelKey(trial.levels);
  const runs = search.filter((run) => levelKey(run.record.levels) === key && isFinished(run));
  const values = runs.flatMap((run) => declaredMeasure(metric).of(run) ?? []);
  return values.length === seeds.length ? mean(values) : null;
}
