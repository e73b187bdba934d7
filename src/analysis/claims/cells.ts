/** The numbers of a cell, and why there are none. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { isFinished } from '../measures/curves.js';
import { count } from '../words/format.js';
import type { Verdict } from '../words/results.js';
import { shortRunsVerdict, VERDICT } from '../words/verdicts.js';
import type { ClaimCell, Part } from './parts.js';
import type { ClaimTrial } from './trials.js';

/** A cell's values over its runs. */
export interface CellValues {
  readonly cell: ClaimCell;
  /** One per run that ended, in seed order; of a censored measure, one epoch more than the run has where not reached. */
  readonly values: readonly number[];
  readonly mean: number | null;
  /** Some run did not reach it: `mean` is then a least value. */
  readonly isBound: boolean;
}

export function cellValues(cell: ClaimCell): CellValues {
  const { quantity, trial } = cell;
  let isBound = false;
  const values = trial.runs.filter(isFinished).flatMap((run) => {
    const value = quantity.of(run);
    if (value !== null) return [value];
    if (!quantity.censored || run.metrics.length === 0) return [];
    isBound = true;
    return [run.metrics.at(-1)!.epoch + 1];
  });
  const mean = values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  return { cell, values, mean, isBound };
}

export interface Obstacle {
  readonly verdict: Verdict;
  /** A sentence without its full stop. */
  readonly why: string;
}

/**
 * Why trials carry no verdict of a scope, or `null`; as of findings, what was not run comes first, then one seed, then a
 * diverged run, then open ones. Of configurations any open run of the study stands in the way: Holm's correction needs all.
 */
export function trialObstacle(
  { missing, runs }: Pick<StudyRecords, 'runs' | 'missing'>,
  trials: readonly ClaimTrial[],
  scope: 'runs' | 'configurations',
): Obstacle | null {
  const absent = trials.find((trial) => trial.runs.length === 0);
  if (absent !== undefined) return { verdict: VERDICT.notRun, why: `No run of ${absent.label}` };
  const single = trials.find((trial) => trial.runs.length + trial.missing < 2);
  if (scope === 'configurations' && single !== undefined) {
    const why = `One seed of ${single.label}, so what another seed gives is not known`;
    return { verdict: VERDICT.oneSeed, why };
  }
  const broken = trials.find((trial) => trial.runs.some(hasDiverged));
  if (broken !== undefined) {
    const why = `${broken.runs.filter(hasDiverged).length} of ${count(broken.runs.length, 'run')} of ${broken.label} diverged`;
    return { verdict: VERDICT.diverged, why };
  }
  const ended = ({ label, runs: own, missing: more }: ClaimTrial) =>
    `Of ${label}, ${own.filter(hasEnded).length} of ${count(own.length + more, 'run')} ended`;
  if (scope === 'runs') {
    const open = trials.find((trial) => !trial.runs.some(hasEnded));
    return open === undefined ? null : { verdict: VERDICT.notFinished, why: ended(open) };
  }
  const open = trials.find((trial) => trial.missing > 0 || !trial.runs.every(hasEnded));
  if (open !== undefined) return { verdict: VERDICT.provisional, why: ended(open) };
  const all = { label: 'the study', runs, missing: missing.length };
  if (missing.length === 0 && runs.every(hasEnded)) return null;
  return { verdict: VERDICT.provisional, why: `${ended(all)}, and Holm’s correction needs all of them` };
}

/** Whether a claim with this obstacle counts in the family: it was declared for trials that the study has. */
export function countsInFamily({ verdict }: Obstacle): boolean {
  const words: readonly Verdict[] = [VERDICT.diverged, VERDICT.notMeasured, VERDICT.notReached];
  return words.includes(verdict);
}

const hasDiverged = ({ record }: LoadedRun) => record.status === 'diverged';
const hasEnded = ({ record }: LoadedRun) => record.status === 'done' || record.status === 'diverged';

/** Why a part has no number, or `null`: not measured, runs of another length, not reached. */
export function partObstacle(
  part: Part,
  cells: readonly CellValues[],
  epochs: number | undefined,
): Obstacle | null {
  const short = cells
    .flatMap(({ cell }) => cell.trial.runs)
    .find(({ record }) => record.epochs < (epochs ?? 0));
  // A difference of two epochs names none; a change from an epoch on does, wherever it stands.
  const named = part.cells.some(
    ({ quantity }) => quantity.namesEpoch && (part.cells.length === 1 || quantity.unit !== 'epoch'),
  );
  if (named && short !== undefined) {
    const why = `The criterion speaks of epochs of a run of ${epochs}, and these runs have ${short.record.epochs}`;
    return { verdict: shortRunsVerdict(short.record.epochs), why };
  }
  const empty = cells.find(
    ({ cell, values }) => values.length < cell.trial.runs.filter(isFinished).length || values.length === 0,
  );
  if (empty === undefined) return null;
  return {
    verdict: VERDICT.notMeasured,
    why: `There is no ${empty.cell.quantity.phrase} of ${empty.cell.trial.label}`,
  };
}
