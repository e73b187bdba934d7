/** The best levels together: the best cell where levels were combined, else the best level of each factor. */

import type { LevelValue } from '../../study/types.js';
import { levelKey } from '../words/labels.js';
import { baselineLevels, keepsTheRest } from './levels.js';
import type { RunGroup } from './runGroup.js';
import { type FactorGroups, type GroupedStudy, trialsWithRuns } from './study.js';
import type { LevelSummary } from './summary.js';
import { nuisancePaths } from './trials.js';

export interface BestLevels {
  /**
   * `cell`: levels were combined, and this is the trial that was best; what the levels do on average does not choose.
   * `levels`: each factor was varied alone, and these are the best levels, one by one.
   */
  readonly chosenBy: 'cell' | 'levels';
  /** Of every scientific factor (`levels`: that has a finished run at two levels or more). */
  readonly levels: Readonly<Record<string, LevelValue>>;
  /** Levels or trials with a run that diverged or collapsed, which cannot be the best: `learning rate 0.2`. */
  readonly leftOut: readonly string[];
  /** The trial with these levels (other factors at the baseline), `null` where the study has none with a finished run. */
  readonly trial: { readonly name: string; readonly metric: LevelSummary } | null;
}

/**
 * By the mean of the declared metric; of equals the first. What has a run that diverged or collapsed cannot be it: the mean
 * over the rest would be that of the survivors. A description of these runs: the best of several noisy means is itself a
 * lucky one. `null` where there is nothing to choose from.
 */
export function bestLevels(study: GroupedStudy): BestLevels | null {
  return study.records.study.method.name === 'one-factor' ? bestOfEach(study) : bestCell(study);
}

function bestCell(study: GroupedStudy): BestLevels | null {
  const paths = study.factors
    .filter(({ factor }) => factor.role === 'scientific')
    .map(({ factor }) => factor.path);
  const designed = trialsWithRuns(study).filter((group) => isDesigned(study, group));
  const { best, leftOut } = bestOf(study, designed);
  if (best === undefined || paths.length === 0) return null;
  const levels = Object.fromEntries(paths.map((path) => [path, best.levels[path] ?? null]));
  const trial = { name: best.name, metric: best.summary(study.metric) };
  return { chosenBy: 'cell', levels, leftOut, trial };
}

function bestOfEach(study: GroupedStudy): BestLevels | null {
  const levels: Record<string, LevelValue> = {};
  const leftOut: string[] = [];
  for (const { factor, levels: groups } of study.factors) {
    if (factor.role !== 'scientific') continue;
    const found = bestOf(study, groups);
    for (const one of found.leftOut) leftOut.push(one);
    if (found.best !== undefined) levels[factor.path] = found.best.levels[factor.path]!;
  }
  if (Object.keys(levels).length === 0) return null;
  const { records, metric } = study;
  const tuned = nuisancePaths(records.study);
  // What the search tunes has no level of its own: the trial is the one that was chosen for these levels.
  const wanted = Object.entries({ ...baselineLevels(records.study), ...levels }).filter(
    ([path]) => !tuned.includes(path),
  );
  const trial = trialsWithRuns(study).find(
    (group) =>
      isDesigned(study, group) &&
      wanted.every(([path, value]) => levelKey(group.levels[path] ?? null) === levelKey(value)),
  );
  const summary = trial?.summary(metric);
  const known = trial === undefined || summary === undefined || summary.n === 0 ? null : trial;
  return {
    chosenBy: 'levels',
    levels,
    leftOut,
    trial: known && { name: known.name, metric: known.summary(metric) },
  };
}

/** An explicit trial that sets what others have searched is none of the combinations. */
function isDesigned({ records: { study } }: GroupedStudy, { levels, isExplicit }: RunGroup): boolean {
  return keepsTheRest(study, levels) && !(isExplicit && study.selection !== null);
}

/** The best of several groups without a lost run, where there are two or more; and the groups with one. */
function bestOf(
  { records, metric, troubles }: GroupedStudy,
  groups: FactorGroups['levels'],
): { readonly best: RunGroup | undefined; readonly leftOut: readonly string[] } {
  const sign = records.study.metric.goal === 'maximize' ? 1 : -1;
  const isLost = ({ counts, runs }: RunGroup) =>
    counts.diverged > 0 || runs.some((run) => troubles.collapsed.has(run));
  const leftOut = groups.filter(isLost).map(({ fullLabel }) => fullLabel);
  const scored = groups.flatMap((group) => {
    const { mean } = group.summary(metric);
    return mean === null || isLost(group) ? [] : [{ group, score: sign * mean }];
  });
  if (scored.length < 2) return { best: undefined, leftOut };
  return { best: scored.reduce((so, one) => (one.score > so.score ? one : so)).group, leftOut };
}
