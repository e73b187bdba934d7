/** The best level of each factor, and whether they were ever run together. */

import type { StudyRecords } from '../store/records.js';
import type { Factor, LevelValue } from '../study/types.js';
import { levelKey } from './labels.js';
import {
  baselineLevels,
  type LevelSummary,
  levelGroups,
  summarizeLevel,
  trialGroups,
} from './summaryLevels.js';
import { declaredMeasure } from './summaryMeasures.js';

export interface BestLevels {
  /** Of every scientific factor that has a finished run at two levels or more. */
  readonly levels: Readonly<Record<string, LevelValue>>;
  /** The trial with these levels (other factors at the baseline), `null` where the study has none with a finished run. */
  readonly trial: { readonly name: string; readonly metric: LevelSummary } | null;
}

/**
 * For each factor the level with the best mean of the declared metric; of equals the first. A description of these runs:
 * the best of several noisy means is itself a lucky one. `null` where no factor has two levels with a finished run.
 */
export function bestLevels(records: StudyRecords): BestLevels | null {
  const levels: Record<string, LevelValue> = {};
  for (const factor of records.study.factors) {
    const best = factor.role === 'scientific' ? bestLevel(records, factor) : undefined;
    if (best !== undefined) levels[factor.path] = best;
  }
  if (Object.keys(levels).length === 0) return null;
  const wanted: Record<string, LevelValue> = { ...baselineLevels(records), ...levels };
  const trial = trialGroups(records).find((group) =>
    Object.entries(wanted).every(([path, value]) => levelKey(group.levels[path] ?? null) === levelKey(value)),
  );
  if (trial === undefined) return { levels, trial: null };
  const metric = summarizeLevel(trial, declaredMeasure(records.study.metric));
  return { levels, trial: metric.n === 0 ? null : { name: trial.name, metric } };
}

function bestLevel(records: StudyRecords, factor: Factor): LevelValue | undefined {
  const measure = declaredMeasure(records.study.metric);
  const sign = records.study.metric.goal === 'maximize' ? 1 : -1;
  const means = levelGroups(records, factor).flatMap((group) => {
    const { mean } = summarizeLevel(group, measure);
    return mean === null ? [] : [{ value: group.value, score: sign * mean }];
  });
  if (means.length < 2) return undefined;
  return means.reduce((best, one) => (one.score > best.score ? one : best)).value;
}
