/** What a study writes before its runs begin, and what its directory already holds. */
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { claimRuns } from '../store/node/runDirectories.js';
import { readRunRecord } from '../store/node/runFiles.js';
import { readLooks, readStudy, recordLook, writeSplit, writeStudy } from '../store/node/studyFiles.js';
import type { RunStatus } from '../store/records.js';
import { planRuns } from '../study/expand.js';
import type { RunInputs } from '../study/fingerprint.js';
import type { ResolvedStudy, Run } from '../study/types.js';
import type { PreparedSplits } from './prepare.js';

/** Status of a run on disk, as far as it can be reused. */
export function statusOf(directory: string, run: Run): RunStatus {
  const record = readRunRecord(join(directory, 'runs', run.id, 'run.json'));
  if (record === null || record.fingerprint !== run.fingerprint) return 'waiting';
  const finished = record.status === 'done' || record.status === 'diverged';
  if (!finished) return record.status === 'running' ? 'interrupted' : record.status;
  const enough = record.epochs >= run.trial.configuration.training.epochs;
  return enough || record.status === 'diverged' ? record.status : 'interrupted';
}

export interface Recording {
  readonly directory: string;
  readonly study: ResolvedStudy;
  readonly inputs: RunInputs;
  readonly runs: readonly Run[];
  readonly dataset: Dataset;
  /** Of the first seed. */
  readonly splits: PreparedSplits;
}

/** study.yaml, split.json, a look where results were already there; runs that are here under another name get theirs. */
export function recordStudy({ directory, study, inputs, runs, dataset, splits }: Recording): void {
  const before = readStudy(directory);
  claimRuns(directory, runs);
  if (before !== null) noteLook(directory, planRuns(before, inputs), runs);
  writeStudy(directory, study);
  writeSplit(directory, {
    formatVersion: 1,
    dataset: dataset.name,
    checksum: dataset.checksum,
    train: [...splits.train],
    validation: [...splits.validation],
    test: Array.from(splits.test, (index) => index - splits.testStart),
    notes: splits.notes,
  });
}

function noteLook(directory: string, before: readonly Run[], runs: readonly Run[]): void {
  const old = new Set(before.map(({ fingerprint }) => fingerprint));
  const added = runs.filter(({ fingerprint }) => !old.has(fingerprint));
  const seen = runs.some((run) => old.has(run.fingerprint) && statusOf(directory, run) === 'done');
  if (added.length === 0 || !seen) return;
  recordLook(directory, {
    look: readLooks(directory).length + 1,
    at: new Date().toISOString(),
    runsBefore: old.size,
    runsAfter: runs.length,
    change: `${added.length} runs added after results were seen`,
  });
}
