/** The trials of a study as cells: one value of a measure per seed, and what stands in the way of a verdict. */

import type { LoadedRun, StudyRecords } from '../store/records.js';
import { expandTrials } from '../study/expand.js';
import type { LevelValue, Trial } from '../study/types.js';
import { isFinished } from './curves.js';
import { levelKey } from './labels.js';
import { measureValue } from './summary.js';
import type { Measure } from './summaryMeasures.js';

/** A trial with its runs; trials that were never run are there too. */
export interface TrialCell {
  readonly trial: Pick<Trial, 'name' | 'levels' | 'isBaseline' | 'isExplicit'>;
  readonly runs: readonly LoadedRun[];
  /** Runs that the study declares for it. */
  readonly declared: number;
  readonly diverged: number;
  /** Runs that neither finished nor diverged, those not started included. */
  readonly open: number;
}

/** Every trial of the study, in its order; of a study that searched nuisance factors, the trials that have runs. */
export function trialCells(records: StudyRecords): TrialCell[] {
  const trials = expandTrials(records.study);
  const searched = records.study.factors.some(({ role }) => role === 'nuisance');
  return trials
    .filter((one) => !searched || one.isExplicit || hasRuns(records, one.name))
    .map((trial) => {
      const runs = records.runs.filter(({ record }) => record.trialName === trial.name);
      const finished = runs.filter(isFinished).length;
      const diverged = runs.filter(({ record }) => record.status === 'diverged').length;
      const declared = runs.length + records.missing.filter((run) => run.trialName === trial.name).length;
      return { trial, runs, declared, diverged, open: declared - finished - diverged };
    });
}

function hasRuns({ runs }: StudyRecords, name: string): boolean {
  return runs.some(({ record }) => record.trialName === name);
}

/** A cell of a design that no run is known of yet. */
export function emptyCell(name: string, levels: TrialCell['trial']['levels'], declared: number): TrialCell {
  const trial = { name, levels, isBaseline: false, isExplicit: false };
  return { trial, runs: [], declared, diverged: 0, open: declared };
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
    const value = isFinished(run) ? measureValue(run, measure) : null;
    if (value !== null) values.set(run.record.seed.label, value * shownScale(measure));
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
