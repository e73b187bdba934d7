/** The trials of a study as cells: one value of a measure per seed, and what stands in the way of a verdict. */

import type { LoadedRun, StudyRecords } from '../store/records.js';
import { expandTrials } from '../study/expand.js';
import type { LevelValue, Trial } from '../study/types.js';
import { isFinished } from './curves.js';
import { levelKey } from './labels.js';
import { summarizeRun } from './summary.js';
import type { Measure } from './summaryMeasures.js';

/** A trial with its runs; trials that were never run are there too. */
export interface TrialCell {
  readonly trial: Trial;
  readonly runs: readonly LoadedRun[];
  /** Runs that the study declares for it. */
  readonly declared: number;
  readonly diverged: number;
  /** Runs that neither finished nor diverged, those not started included. */
  readonly open: number;
}

/** Every trial of the study, in its order. */
export function trialCells(records: StudyRecords): TrialCell[] {
  return expandTrials(records.study).map((trial) => {
    const runs = records.runs.filter(({ record }) => record.trialName === trial.name);
    const finished = runs.filter(isFinished).length;
    const diverged = runs.filter(({ record }) => record.status === 'diverged').length;
    const declared = runs.length + records.missing.filter((run) => run.trialName === trial.name).length;
    return { trial, runs, declared, diverged, open: declared - finished - diverged };
  });
}

/** The cell whose trial has all these levels, or `undefined`. */
export function cellAt(
  cells: readonly TrialCell[],
  levels: Readonly<Record<string, LevelValue>>,
): TrialCell | undefined {
  return cells.find(({ trial }) =>
    Object.entries(levels).every(([path, level]) => levelKey(trial.levels[path] ?? null) === levelKey(level)),
  );
}

/** Accuracies are compared in points (1 = one per cent), everything else in the measure's own unit. */
export function shownScale(measure: Measure): number {
  return measure.unit === 'accuracy' || measure.unit === 'points' || measure.unit === 'share' ? 100 : 1;
}

/** The unit of a difference of two values of the measure. */
export function differenceUnit(measure: Measure): string {
  switch (measure.unit) {
    case 'accuracy':
    case 'points':
    case 'share':
      return 'points';
    case 'loss':
      return 'nats';
    case 'epoch':
      return 'epochs';
    case 'number':
      return '';
    default:
      return measure.unit satisfies never;
  }
}

/** The measure by seed label, of the runs that finished and have it, in the study's order of seeds. */
export function valuesBySeed(
  { runs }: Pick<TrialCell, 'runs'>,
  measure: Measure,
): ReadonlyMap<number, number> {
  const values = new Map<number, number>();
  for (const run of runs) {
    const value = isFinished(run) ? summarizeRun(run).values[measure.id] : null;
    if (value !== null && value !== undefined) values.set(run.record.seed.label, value * shownScale(measure));
  }
  return values;
}

/** Values of several cells, value i of each of one seed: seeds that one of them lacks are left out. */
export function pairedValues(
  cells: readonly Pick<TrialCell, 'runs'>[],
  measure: Measure,
): (readonly number[])[] {
  const maps = cells.map((cell) => valuesBySeed(cell, measure));
  const shared = [...(maps[0]?.keys() ?? [])].filter((seed) => maps.every((map) => map.has(seed)));
  return maps.map((map) => shared.map((seed) => map.get(seed)!));
}
