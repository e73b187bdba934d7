/** Planned runs and runs on disk: which is which, and what is left to do of each. Pure. */

import type { PlannedRun } from '../study/expand.js';
import type { RunRecord, RunStatus } from './records.js';

/** What a planned run is on disk, and what training the study would do with it. */
export interface RunState {
  /** `waiting`: not on disk. A run that says that it is running is one that was interrupted: nobody works on it. */
  readonly status: RunStatus;
  /** Epochs that stand; 0 where it starts again. */
  readonly epochsDone: number;
  /** `none`: it has ended, by finishing or diverging. */
  readonly next: 'none' | 'continue' | 'start';
}

/** The state of a run that shall have `epochs` epochs. @param record its run.json, where it is on disk */
export function runState(record: RunRecord | undefined, epochs: number): RunState {
  if (record === undefined) return { status: 'waiting', epochsDone: 0, next: 'start' };
  const { status, epochsDone } = record;
  if (status === 'diverged' || (status === 'done' && record.epochs >= epochs))
    return { status, epochsDone, next: 'none' };
  const left = status === 'done' || status === 'running' ? 'interrupted' : status;
  const goesOn =
    epochsDone > 0 && continuesFrom({ epoch: epochsDone, stepInEpoch: 0 }, record.epochs, epochs);
  return goesOn
    ? { status: left, epochsDone, next: 'continue' }
    : { status: left, epochsDone: 0, next: 'start' };
}

/**
 * Whether a run of `epochs` epochs goes on from a position that a run of `before` epochs had reached: not from beyond
 * its own end, and from its end only where its last epoch was measured as a last one.
 */
export function continuesFrom(
  { epoch, stepInEpoch }: { readonly epoch: number; readonly stepInEpoch: number },
  before: number,
  epochs: number,
): boolean {
  return epoch < epochs || (epoch === epochs && stepInEpoch === 0 && before === epochs);
}

export interface MatchedRuns<P, F> {
  readonly own: ReadonlyMap<P, F>;
  /** Runs on disk that no planned one is. */
  readonly left: readonly F[];
}

/**
 * The run on disk of each planned one; of several that fit the one that got farthest. Where the number of epochs is a
 * factor, several trials share a fingerprint: each has the run with its own number first, and only then one that went
 * farther.
 */
export function matchRuns<P extends PlannedRun, F extends { readonly record: RunRecord }>(
  planned: readonly P[],
  found: readonly F[],
  isRunOf: (record: RunRecord, planned: P) => boolean,
): MatchedRuns<P, F> {
  const left = new Set(found);
  const own = new Map<P, F>();
  const bySeed = bySeeds(found);
  for (const exact of [true, false]) {
    for (const one of planned) {
      if (own.has(one)) continue;
      const { epochs } = one.trial.configuration.training;
      const [run] = (bySeed.get(seedKey(one.seed)) ?? [])
        .filter((each) => left.has(each))
        .filter(({ record }) => !exact || record.epochs === epochs)
        .filter(({ record }) => isRunOf(record, one))
        .sort((a, b) => b.record.epochsDone - a.record.epochsDone);
      if (run === undefined) continue;
      left.delete(run);
      own.set(one, run);
    }
  }
  return { own, left: [...left] };
}

/** A run has the seeds of the planned one that it is, whatever else tells them apart. */
const seedKey = ({ data, initial }: PlannedRun['seed']) => `${data} ${initial}`;

/** Thousands of runs are held against thousands of planned ones: only against those of equal seeds. */
function bySeeds<F extends { readonly record: RunRecord }>(found: readonly F[]): ReadonlyMap<string, F[]> {
  const groups = new Map<string, F[]>();
  for (const one of found) {
    const key = seedKey(one.record.seed);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}
