/** The best level of each factor, and whether they were ever run together. */

import type { LevelValue } from '../../study/types.js';
import { levelKey } from '../words/labels.js';
import { baselineLevels, keepsTheRest } from './levels.js';
import type { RunGroup } from './runGroup.js';
import { type FactorGroups, type GroupedStudy, trialsWithRuns } from './study.js';
import type { LevelSummary } from './summary.js';

export interface BestLevels {
  /** Of every scientific factor that has a finished run at two levels or more. */
  readonly levels: Readonly<Record<string, LevelValue>>;
  /** Levels with a diverged run, which cannot be the best: `learning rate 0.2`. */
  readonly diverged: readonly string[];
  /** The trial with these levels (other factors at the baseline), `null` where the study has none with a finished run. */
  readonly trial: { readonly name: string; readonly metric: LevelSummary } | null;
}

/**
 * For each factor the level with the best mean of the declared metric; of equals the first. A level with a diverged run
 * cannot be it: the mean over the rest would be that of the survivors. A description of these runs: the best of several
 * noisy means is itself a lucky one. `null` where no factor has two levels to choose from.
 */
export function bestLevels(study: GroupedStudy): BestLevels | null {
  const levels: Record<string, LevelValue> = {};
  const diverged: string[] = [];
  for (const one of study.factors) {
    if (one.factor.role !== 'scientific') continue;
    const found = bestLevel(study, one);
    diverged.push(...found.diverged);
    if (found.best !== undefined) levels[one.factor.path] = found.best.levels[one.factor.path]!;
  }
  if (Object.keys(levels).length === 0) return null;
  const { records } = study;
  const wanted: Record<string, LevelValue> = { ...baselineLevels(records.study), ...levels };
  const trial = trialsWithRuns(study).find(
    (group) =>
      keepsTheRest(records.study, group.levels) &&
      Object.entries(wanted).every(
        ([path, value]) => levelKey(group.levels[path] ?? null) === levelKey(value),
      ),
  );
  if (trial === undefined) return { levels, diverged, trial: null };
  const metric = trial.summary(study.metric);
  return { levels, diverged, trial: metric.n === 0 ? null : { name: trial.name, metric } };
}

/** The best of a factor's levels without a diverged run, where there are two or more; and the levels with one. */
function bestLevel(
  { records, metric }: GroupedStudy,
  { levels }: FactorGroups,
): { readonly best: RunGroup | undefined; readonly diverged: readonly string[] } {
  const sign = records.study.metric.goal === 'maximize' ? 1 : -1;
  const diverged = levels.flatMap(({ counts, fullLabel }) => (counts.diverged > 0 ? [fullLabel] : []));
  const scored = levels.flatMap((group) => {
    const { mean } = group.summary(metric);
    return mean === null || group.counts.diverged > 0 ? [] : [{ group, score: sign * mean }];
  });
  if (scored.length < 2) return { best: undefined, diverged };
  return { best: scored.reduce((so, one) => (one.score > so.score ? one : so)).group, diverged };
}
