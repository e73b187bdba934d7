/** The best level of each factor, and whether they were ever run together. */

import type { StudyRecords } from '../../store/records.js';
import type { Factor, LevelValue } from '../../study/types.js';
import { declaredMeasure } from '../measures/measures.js';
import { levelKey } from '../words/labels.js';
import {
  baselineLevels,
  keepsTheRest,
  type LevelSummary,
  levelGroups,
  summarizeLevel,
  trialGroups,
} from './levels.js';

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
export function bestLevels(records: StudyRecords): BestLevels | null {
  const levels: Record<string, LevelValue> = {};
  const diverged: string[] = [];
  for (const factor of records.study.factors) {
    if (factor.role !== 'scientific') continue;
    const found = levelMeans(records, factor);
    diverged.push(...found.diverged);
    if (found.best !== undefined) levels[factor.path] = found.best;
  }
  if (Object.keys(levels).length === 0) return null;
  const wanted: Record<string, LevelValue> = { ...baselineLevels(records), ...levels };
  const trial = trialGroups(records).find(
    (group) =>
      keepsTheRest(records.study, group.levels) &&
      Object.entries(wanted).every(
        ([path, value]) => levelKey(group.levels[path] ?? null) === levelKey(value),
      ),
  );
  if (trial === undefined) return { levels, diverged, trial: null };
  const metric = summarizeLevel(trial, declaredMeasure(records.study.metric));
  return { levels, diverged, trial: metric.n === 0 ? null : { name: trial.name, metric } };
}

/** The best of a factor's levels without a diverged run, where there are two or more; and the levels with one. */
function levelMeans(
  records: StudyRecords,
  factor: Factor,
): { readonly best: LevelValue | undefined; readonly diverged: readonly string[] } {
  const measure = declaredMeasure(records.study.metric);
  const sign = records.study.metric.goal === 'maximize' ? 1 : -1;
  const groups = levelGroups(records, factor).map((group) => ({
    group,
    summary: summarizeLevel(group, measure),
  }));
  const diverged = groups.flatMap(({ group, summary }) => (summary.diverged > 0 ? [group.fullLabel] : []));
  const means = groups.flatMap(({ group, summary: { mean, diverged: lost } }) =>
    mean === null || lost > 0 ? [] : [{ value: group.value, score: sign * mean }],
  );
  if (means.length < 2) return { best: undefined, diverged };
  return { best: means.reduce((best, one) => (one.score > best.score ? one : best)).value, diverged };
}
