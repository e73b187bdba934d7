/** Extending a study after results were seen is another look at its data. */
import { findRuns } from '../store/node/runDirectories.js';
import { readLooks, recordLook } from '../store/node/studyFiles.js';
import { type Choice, planRuns } from '../study/expand.js';
import type { RunInputs } from '../study/fingerprint.js';
import type { ResolvedStudy, Run } from '../study/types.js';

/** What a study gains after results of it were seen. */
export interface Extension {
  readonly runsBefore: number;
  readonly runsAfter: number;
  /** In words: `4 runs added after results were seen`. */
  readonly change: string;
}

export interface Extended {
  readonly directory: string;
  readonly before: ResolvedStudy;
  readonly after: ResolvedStudy;
  readonly inputs: RunInputs;
  /** Of the selection that stands. */
  readonly choices: readonly Choice[];
}

/**
 * New runs, and more epochs of runs that were there, where a run of the study as it was has ended; `null` where nothing
 * is gained or nothing was seen. Runs of a search carry no verdict and do not count; what is on disk already is no gain.
 */
export function extensionOf({ directory, before, after, inputs, choices }: Extended): Extension | null {
  const records = findRuns(directory).runs.map(({ record }) => record);
  const ended = ({ fingerprint }: Run, epochs: number) =>
    records.some(
      (record) =>
        record.fingerprint === fingerprint &&
        (record.status === 'diverged' || (record.status === 'done' && record.epochsDone >= epochs)),
    );
  const finals = (study: ResolvedStudy) =>
    planRuns(study, inputs, choices).filter(({ stage }) => stage === 'final');
  const old = new Map(finals(before).map((run) => [run.fingerprint, run]));
  const now = finals(after);
  if (![...old.values()].some((run) => ended(run, 1))) return null;
  const open = now.filter((run) => !ended(run, epochsOf(run)));
  const added = open.filter(({ fingerprint }) => !old.has(fingerprint)).length;
  const longer = open.filter((run) => {
    const same = old.get(run.fingerprint);
    return same !== undefined && epochsOf(same) < epochsOf(run);
  }).length;
  if (added + longer === 0) return null;
  const parts = [
    ...(added > 0 ? [`${added} ${added === 1 ? 'run' : 'runs'} added`] : []),
    ...(longer > 0 ? [`${longer} ${longer === 1 ? 'run' : 'runs'} continued for more epochs`] : []),
  ];
  return {
    runsBefore: old.size,
    runsAfter: now.length,
    change: `${parts.join(' and ')} after results were seen`,
  };
}

const epochsOf = ({ trial }: Run) => trial.configuration.training.epochs;

/** Adds a line to looks.csv. */
export function addLook(directory: string, extension: Extension): void {
  recordLook(directory, {
    look: readLooks(directory).length + 1,
    at: new Date().toISOString(),
    ...extension,
  });
}
