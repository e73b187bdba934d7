/** A study's runs in groups, each group made once: trials, levels of factors, cells of crossed factors. */

import type { StudyRecords } from '../../store/records.js';
import type { Factor } from '../../study/types.js';
import { declaredMeasure, type Measure } from '../measures/measures.js';
import { countRuns, type RunCounts } from './counts.js';
import { type Crossing, crossedCells, crossedPairs } from './crossed.js';
import { levelGroups } from './levels.js';
import type { RunGroup } from './runGroup.js';
import { studyTrials } from './trials.js';
import { findTroubles, type Troubles } from './troubles.js';

/** A factor with the runs of each of its levels. */
export interface FactorGroups {
  readonly factor: Factor;
  readonly levels: readonly RunGroup[];
}

export interface GroupedStudy {
  readonly records: StudyRecords;
  /** The declared metric. */
  readonly metric: Measure;
  readonly counts: RunCounts;
  /** Every trial that the study declares, in its order, whether or not it was run. */
  readonly trials: readonly RunGroup[];
  /** Every factor, in the study's order. */
  readonly factors: readonly FactorGroups[];
  readonly crossings: readonly Crossing[];
  /** Runs that collapsed, and runs that did not learn. */
  readonly troubles: Troubles;
}

export function groupStudy(records: StudyRecords): GroupedStudy {
  const { study, runs, missing } = records;
  const metric = declaredMeasure(study.metric);
  const trials = studyTrials(records);
  return {
    records,
    metric,
    counts: countRuns(runs, missing.length),
    trials,
    factors: study.factors.map((factor) => ({ factor, levels: levelGroups(records, factor) })),
    crossings: crossedPairs(records).map((factors) => ({ factors, cells: crossedCells(records, factors) })),
    troubles: findTroubles(records, trials, metric),
  };
}

/** The trials that have a run on disk. */
export function trialsWithRuns({ trials }: GroupedStudy): RunGroup[] {
  return trials.filter(({ runs }) => runs.length > 0);
}
