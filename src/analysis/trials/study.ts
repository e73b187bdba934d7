/** A whole study in numbers: its trials, and the declared metric over their seeds. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import type { LevelValue, MetricConfiguration } from '../../study/types.js';
import { declaredMeasure, MEASURES, type Measure } from '../measures/measures.js';
import { type LevelSummary, summarizeLevel, trialGroups } from './levels.js';
import { countRuns, measureValue, type RunCounts, type RunSummary, summarizeRun } from './summary.js';

export interface TrialSummary {
  readonly name: string;
  readonly levels: Readonly<Record<string, LevelValue>>;
  readonly runs: readonly RunSummary[];
  /** The study's declared metric over the seeds. */
  readonly metric: LevelSummary;
  /** Every measure over the seeds, by id. */
  readonly measures: Readonly<Record<string, LevelSummary>>;
}

export interface StudySummary {
  readonly metric: Measure;
  readonly counts: RunCounts;
  /** In the study's order; trials without any run on disk are left out. */
  readonly trials: readonly TrialSummary[];
}

/** The declared metric of one run; `null` where it was not measured or the run did not train to its end. */
export function metricValue(run: LoadedRun, metric: MetricConfiguration): number | null {
  return measureValue(run, declaredMeasure(metric));
}

/** Summaries per seed, and n, mean, deviation and t-interval of every measure over the seeds of each trial. */
export function summarizeStudy(records: StudyRecords): StudySummary {
  const metric = declaredMeasure(records.study.metric);
  const trials = trialGroups(records).map(({ name, levels, runs }) => {
    const measures = Object.fromEntries(
      MEASURES.map((measure) => [measure.id, summarizeLevel({ runs }, measure)]),
    );
    return { name, levels, runs: runs.map(summarizeRun), metric: measures[metric.id], measures };
  });
  return { metric, counts: countRuns(records), trials };
}
