/** The numbers of a cell, and why there are none. */

import type { ClaimCell, Part } from './claimParts.js';
import type { ClaimTrial } from './claimTrials.js';
import { isFinished } from './curves.js';
import { count } from './format.js';
import type { Verdict } from './types.js';

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

/** Why trials carry no verdict of a scope, or `null`. The first obstacle that counts: what was not run comes before all. */
export function trialObstacle(
  trials: readonly ClaimTrial[],
  scope: 'runs' | 'configurations',
): Obstacle | null {
  const absent = trials.find(({ runs }) => runs.length === 0);
  if (absent !== undefined) return { verdict: 'not run', why: `No run of ${absent.label}` };
  const single = trials.find(({ runs, missing }) => runs.length + missing < 2);
  if (scope === 'configurations' && single !== undefined) {
    return {
      verdict: 'no verdict: one seed',
      why: `One seed of ${single.label}, so what another seed gives is not known`,
    };
  }
  const open = trials.find((trial) => isOpen(trial, scope));
  if (open !== undefined) {
    const ended = open.runs.filter(hasEnded).length;
    const why = `Of ${open.label}, ${ended} of ${count(open.runs.length + open.missing, 'run')} ended`;
    return { verdict: scope === 'runs' ? 'no verdict: not finished' : 'no verdict: provisional', why };
  }
  const broken = trials.find(({ runs }) => runs.some(({ record }) => record.status === 'diverged'));
  if (broken === undefined) return null;
  const diverged = broken.runs.filter(({ record }) => record.status === 'diverged').length;
  return {
    verdict: 'no verdict: diverged',
    why: `${diverged} of ${count(broken.runs.length, 'run')} of ${broken.label} diverged`,
  };
}

const hasEnded = ({ record }: ClaimTrial['runs'][number]) =>
  record.status === 'done' || record.status === 'diverged';

/** Of runs: nothing has ended. Of configurations: a declared seed is still open. */
function isOpen({ runs, missing }: ClaimTrial, scope: 'runs' | 'configurations'): boolean {
  return scope === 'runs' ? !runs.some(hasEnded) : missing > 0 || !runs.every(hasEnded);
}

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
    return { verdict: `no verdict: runs of ${short.record.epochs} epochs`, why };
  }
  const empty = cells.find(
    ({ cell, values }) => values.length < cell.trial.runs.filter(isFinished).length || values.length === 0,
  );
  if (empty === undefined) return null;
  return {
    verdict: 'no verdict: not measured',
    why: `There is no ${empty.cell.quantity.phrase} of ${empty.cell.trial.label}`,
  };
}
