/** The trials of a study as cells: one value of a measure per seed, and what stands in the way of a verdict. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import {
  chosenTrial,
  expandTrials,
  finalTrials,
  type SearchGroup,
  searchGroups,
} from '../../study/expand.js';
import type { LevelValue, ResolvedStudy, Trial } from '../../study/types.js';
import { isFinished } from '../measures/curves.js';
import type { Measure } from '../measures/measures.js';
import { measureValue } from '../trials/summary.js';
import { levelKey, levelsLabel } from '../words/labels.js';

/** A trial with its runs; trials that were never run are there too. */
export interface TrialCell {
  readonly trial: Pick<Trial, 'name' | 'levels' | 'isBaseline' | 'isExplicit'>;
  readonly runs: readonly LoadedRun[];
  /** Runs that the study declares for it. */
  readonly declared: number;
  readonly diverged: number;
  /** Runs that neither finished nor diverged, those not started included. */
  readonly open: number;
  /** Why it cannot have runs: the search found no trial that trains to its end. */
  readonly problem: string | null;
}

/**
 * Every trial of the study, in its order. Of a study that searched nuisance factors, one cell for each combination of
 * scientific levels, with the fresh runs of the trial that was chosen for it (none before the selection), then the
 * explicit trials.
 */
export function trialCells(records: StudyRecords): TrialCell[] {
  const { study, search } = records;
  if (study.selection === null) return expandTrials(study).map((trial) => cellOf(records, trial));
  const choices = search?.selection?.levels ?? [];
  const finals = finalTrials(study, choices);
  const byLevels = new Map(finals.map((trial) => [levelKey(trial.levels), trial]));
  const searched = searchGroups(study).map((group) => {
    const chosen = chosenTrial(study, group, choices);
    const trial = chosen === undefined ? undefined : byLevels.get(levelKey(chosen.levels));
    return trial === undefined ? unchosenCell(records, group) : cellOf(records, trial);
  });
  return [...searched, ...finals.filter(({ isExplicit }) => isExplicit).map((one) => cellOf(records, one))];
}

function cellOf({ runs: all, missing }: StudyRecords, trial: TrialCell['trial']): TrialCell {
  const runs = all.filter(({ record }) => record.trialName === trial.name);
  const finished = runs.filter(isFinished).length;
  const diverged = runs.filter(({ record }) => record.status === 'diverged').length;
  const declared = runs.length + missing.filter((run) => run.trialName === trial.name).length;
  return { trial, runs, declared, diverged, open: declared - finished - diverged, problem: null };
}

/** A combination of scientific levels for which no trial is chosen: not yet, or because none trained to its end. */
function unchosenCell({ study, search }: StudyRecords, group: SearchGroup): TrialCell {
  const [first] = group.trials;
  const tuned = nuisancePaths(study);
  const levels = Object.fromEntries(Object.entries(first!.levels).filter(([path]) => !tuned.includes(path)));
  const own = search?.selection?.levels.find((one) => levelKey(one.levels) === levelKey(group.levels));
  const isHopeless = own !== undefined && own.chosen === null;
  const declared = isHopeless ? 0 : study.seeds.length;
  return {
    trial: { name: group.name, levels, isBaseline: first!.isBaseline, isExplicit: false },
    runs: [],
    declared,
    diverged: 0,
    open: declared,
    problem: isHopeless
      ? `no trial of the search at ${levelsLabel(group.levels)} trained to its end, so none was chosen`
      : null,
  };
}

/** Factors that the search tunes for each scientific level. */
export function nuisancePaths({ factors }: ResolvedStudy): string[] {
  return factors.filter(({ role }) => role === 'nuisance').map(({ path }) => path);
}

/** Finds the first cell whose trial has given levels of these factors. */
export function cellFinder(
  cells: readonly TrialCell[],
  paths: readonly string[],
): (levels: Readonly<Record<string, LevelValue>>) => TrialCell | undefined {
  const keyOf = (levels: Readonly<Record<string, LevelValue>>) =>
    paths.map((path) => levelKey(levels[path] ?? null)).join(' ');
  const byKey = new Map<string, TrialCell>();
  for (const cell of cells) {
    const key = keyOf(cell.trial.levels);
    if (!byKey.has(key)) byKey.set(key, cell);
  }
  return (levels) => byKey.get(keyOf(levels));
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
