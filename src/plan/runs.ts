/** Which runs of a study are on disk already, and how far. */

import { continuesFrom } from '../launch/newRecord.js';
import { findRuns } from '../store/node/runDirectories.js';
import { readSplit } from '../store/node/studyFiles.js';
import type { RunRecord } from '../store/records.js';
import { type Choice, isDecided, planRuns, type SearchGroup, searchGroups } from '../study/expand.js';
import type { RunInputs } from '../study/fingerprint.js';
import type { ResolvedStudy, Run, RunStage, Trial } from '../study/types.js';

/** `done` and `diverged` are kept as they are; `continues` goes on from a checkpoint; `new` starts from epoch 0. */
export type PlannedState = 'done' | 'diverged' | 'continues' | 'new';

export interface PlannedRunState {
  readonly trial: Trial;
  readonly stage: RunStage;
  /** The seed's label. */
  readonly seed: number;
  readonly state: PlannedState;
  readonly epochsDone: number;
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
  const found = findRuns(directory).runs;
  const left = new Set(found);
  const planned = planRuns(study, inputs ?? '', choices);
  const own = new Map<Run, RunRecord>();
  for (const exact of [true, false]) {
    for (const run of inputs === null ? [] : planned) {
      if (own.has(run)) continue;
      const { epochs } = run.trial.configuration.training;
      const [one] = [...left]
        .filter(({ record }) => record.fingerprint === run.fingerprint)
        .filter(({ record }) => !exact || record.epochs === epochs)
        .sort((a, b) => b.record.epochsDone - a.record.epochsDone);
      if (one === undefined) continue;
      left.delete(one);
      own.set(run, one.record);
    }
  }
  const runs = planned.map((run) => ({
    trial: run.trial,
    stage: run.stage,
    seed: run.seed.label,
    ...stateOf(own.get(run), run.trial.configuration.training.epochs),
    isOpen: false,
  }));
  return { runs: [...runs, ...openRuns(study, choices)], outside: left.size };
}

function stateOf(
  record: RunRecord | undefined,
  epochs: number,
): Pick<PlannedRunState, 'state' | 'epochsDone'> {
  if (record === undefined) return { state: 'new', epochsDone: 0 };
  const { status, epochsDone } = record;
  if (status === 'diverged') return { state: 'diverged', epochsDone };
  if (status === 'done' && record.epochs >= epochs) return { state: 'done', epochsDone };
  const goesOn =
    epochsDone > 0 && continuesFrom({ epoch: epochsDone, stepInEpoch: 0 }, record.epochs, epochs);
  return goesOn ? { state: 'continues', epochsDone } : { state: 'new', epochsDone: 0 };
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
      isOpen: true,
    })),
  );
}
