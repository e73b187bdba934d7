/** Which runs of a study are on disk already, and how far. */

import { findRuns } from '../store/node/runDirectories.js';
import { readSplit } from '../store/node/studyFiles.js';
import { matchRuns, type RunState, runState } from '../store/runState.js';
import { type Choice, isDecided, planRuns, type SearchGroup, searchGroups } from '../study/expand.js';
import type { RunInputs } from '../study/fingerprint.js';
import type { ResolvedStudy, RunStage, Trial } from '../study/types.js';

/** `done` and `diverged` are kept as they are; `continues` goes on from a checkpoint; `new` starts from epoch 0. */
export type PlannedState = 'done' | 'diverged' | 'continues' | 'new';

export interface PlannedRunState {
  readonly trial: Trial;
  readonly stage: RunStage;
  /** The seed's label. */
  readonly seed: number;
  readonly state: PlannedState;
  readonly epochsDone: number;
  /** That it has taken so far. */
  readonly seconds: number;
  /** A final run whose trial the search has yet to choose: `trial` stands for its level. */
  readonly isOpen: boolean;
}

export interface RunsOnDisk {
  readonly runs: readonly PlannedRunState[];
  /** Runs on disk that the study does not name. */
  readonly outside: number;
}

/** The dataset's checksum by split.json, else by the runs on disk (copied there without it), if they have only one. */
export function checksumOnDisk(directory: string): string | undefined {
  const split = readSplit(directory);
  if (split !== null) return split.checksum;
  const sums = new Set(findRuns(directory).runs.flatMap(({ record }) => record.datasetChecksum ?? []));
  return sums.size === 1 ? [...sums][0] : undefined;
}

/**
 * @param inputs the checksums of the dataset (`checksumOnDisk`) and of files with weights; `null`: nothing can be known to be reusable
 * @param choices of the selection that stands
 */
export function runsOnDisk(
  directory: string,
  study: ResolvedStudy,
  inputs: RunInputs | null,
  choices: readonly Choice[],
): RunsOnDisk {
  const planned = planRuns(study, inputs ?? '', choices);
  const { own, left } = matchRuns(
    planned,
    findRuns(directory).runs,
    (record, run) => inputs !== null && record.fingerprint === run.fingerprint,
  );
  const runs = planned.map((run): PlannedRunState => {
    const { epochs } = run.trial.configuration.training;
    const record = own.get(run)?.record;
    const state = runState(record, epochs);
    const { trial, stage, seed } = run;
    return {
      trial,
      stage,
      seed: seed.label,
      state: wordOf(state),
      epochsDone: state.epochsDone,
      seconds: record?.seconds ?? 0,
      isOpen: false,
    };
  });
  return { runs: [...runs, ...openRuns(study, choices)], outside: left.length };
}

/** All runs of a study as if none were on disk, those among them that a search has yet to choose. */
export function allRuns(study: ResolvedStudy): PlannedRunState[] {
  const planned = planRuns(study, '').map(
    ({ trial, stage, seed }): PlannedRunState => ({
      trial,
      stage,
      seed: seed.label,
      state: 'new',
      epochsDone: 0,
      seconds: 0,
      isOpen: false,
    }),
  );
  return [...planned, ...openRuns(study, [])];
}

function wordOf({ status, next }: RunState): PlannedState {
  if (next === 'none') return status === 'diverged' ? 'diverged' : 'done';
  return next === 'continue' ? 'continues' : 'new';
}

/** The final runs of levels that the search has yet to decide about. */
function openRuns(study: ResolvedStudy, choices: readonly Choice[]): PlannedRunState[] {
  if (study.selection === null) return [];
  const open = searchGroups(study).filter((group) => !isDecided(study, group, choices));
  return open.flatMap(({ name, trials }: SearchGroup) =>
    study.seeds.map(({ label }) => ({
      trial: { ...trials[0], name: `${name}, as chosen` },
      stage: 'final' as const,
      seed: label,
      state: 'new' as const,
      epochsDone: 0,
      seconds: 0,
      isOpen: true,
    })),
  );
}
