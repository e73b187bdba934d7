/** The numbers of a cell, and why there are none. */

import { isFinished } from '../measures/curves.js';
import { openRuns, type RunCounts } from '../trials/counts.js';
import type { RunGroup } from '../trials/runGroup.js';
import type { GroupedStudy } from '../trials/study.js';
import { count } from '../words/format.js';
import type { Verdict } from '../words/results.js';
import { shortRunsVerdict, VERDICT } from '../words/verdicts.js';
import type { ClaimCell, Part } from './parts.js';
import type { Claim, ClaimsFile } from './schema.js';

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
    if (!quantity.isLater(run) || run.metrics.length === 0) return [];
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
  { counts: study, troubles }: Pick<GroupedStudy, 'counts' | 'troubles'>,
  trials: readonly RunGroup[],
  scope: 'runs' | 'configurations',
): Obstacle | null {
  const absent = trials.find((trial) => trial.runs.length === 0);
  if (absent !== undefined) return { verdict: VERDICT.notRun, why: `No run of ${absent.label}` };
  const single = trials.find(({ counts }) => counts.declared < 2);
  if (scope === 'configurations' && single !== undefined) {
    const why = `One seed of ${single.label}, so what another seed gives is not known`;
    return { verdict: VERDICT.oneSeed, why };
  }
  const broken = trials.find(({ counts }) => counts.diverged > 0);
  if (broken !== undefined) {
    const why = `${broken.counts.diverged} of ${count(broken.runs.length, 'run')} of ${broken.label} diverged`;
    return { verdict: VERDICT.diverged, why };
  }
  const fallen = trials.find(({ runs }) => runs.some((run) => troubles.collapsed.has(run)));
  if (scope === 'configurations' && fallen !== undefined) {
    const n = fallen.runs.filter((run) => troubles.collapsed.has(run)).length;
    const why = `${n} of ${count(fallen.runs.length, 'run')} of ${fallen.label} collapsed, far from its other runs`;
    return { verdict: VERDICT.collapsed, why };
  }
  const ended = (label: string, counts: RunCounts) =>
    `Of ${label}, ${counts.declared - openRuns(counts)} of ${count(counts.declared, 'run')} ended`;
  if (scope === 'runs') {
    const open = trials.find((trial) => trial.ended === 0);
    return open === undefined
      ? null
      : {
          verdict: VERDICT.notFinished,
          why: ended(open.label, open.counts),
        };
  }
  const open = trials.find((trial) => trial.open > 0);
  if (open !== undefined) return { verdict: VERDICT.provisional, why: ended(open.label, open.counts) };
  if (openRuns(study) === 0) return null;
  const why = `${ended('the study', study)}, and Holm’s correction needs all of them`;
  return { verdict: VERDICT.provisional, why };
}

/** What a claims file declares, and what these runs have in its place: both in words, or `null` where they agree. */
interface OtherProtocol {
  readonly asked: string;
  readonly own: string;
}

/** Of imported runs the dataset is not known. */
function otherProtocol(
  { epochs, dataset }: Pick<ClaimsFile, 'epochs' | 'dataset'>,
  trials: readonly RunGroup[],
): OtherProtocol | null {
  const records = trials.flatMap(({ runs }) => runs.map(({ record }) => record));
  const names = records.flatMap(({ configuration }) =>
    configuration === null ? [] : [configuration.dataset.name],
  );
  const other = dataset === undefined ? undefined : names.find((name) => name !== dataset);
  if (other !== undefined) return { asked: dataset!, own: `the dataset ${other}` };
  const longer = epochs === undefined ? undefined : records.find((record) => record.epochs !== epochs);
  return longer === undefined ? null : { asked: count(epochs!, 'epoch'), own: count(longer.epochs, 'epoch') };
}

/**
 * Why a claim cannot be held against these runs, or `null`: in a file that names its dataset or the length of its runs every
 * claim is bound to them, unless it says `bound: false`.
 */
export function protocolObstacle(
  file: Pick<ClaimsFile, 'epochs' | 'dataset'>,
  claim: Claim,
  trials: readonly RunGroup[],
): Obstacle | null {
  const other = isBound(claim) ? otherProtocol(file, trials) : null;
  if (other === null) return null;
  return {
    verdict: VERDICT.otherProtocol,
    why: `The claim speaks of runs of ${other.asked}, and these are of ${other.own}`,
  };
}

/** What is said of a claim with a verdict that is not bound, on runs of another protocol. */
export function tendencyNotes(
  file: Pick<ClaimsFile, 'epochs' | 'dataset'>,
  claim: Claim,
  trials: readonly RunGroup[],
): string[] {
  const other = isBound(claim) ? null : otherProtocol(file, trials);
  return other === null
    ? []
    : [`Held as a tendency: the claim speaks of runs of ${other.asked}, and these are of ${other.own}.`];
}

/** What has no trials of its own (a mechanism, a claim of several parts) is bound to nothing. */
const isBound = (claim: Claim): boolean =>
  claim.kind !== 'mechanism' && claim.kind !== 'all' && claim.bound !== false;

/** Whether a claim with this obstacle counts in the family: it was declared for trials that the study has. */
export function countsInFamily({ verdict }: Obstacle): boolean {
  const words: readonly Verdict[] = [
    VERDICT.diverged,
    VERDICT.collapsed,
    VERDICT.notMeasured,
    VERDICT.notReached,
  ];
  return words.includes(verdict);
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
