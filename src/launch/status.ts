/** How far the runs on disk are. */
import { join } from 'node:path';
import { readRunRecord } from '../store/node/runFiles.js';
import type { RunStatus } from '../store/records.js';
import { runState } from '../store/runState.js';
import type { Run } from '../study/types.js';

/** Where a run of the study in `directory` lies. */
export function runDirectory(directory: string, run: Pick<Run, 'id'>): string {
  return join(directory, 'runs', run.id);
}

/** Status of a run on disk, as far as it can be reused. */
export function statusOf(directory: string, run: Run): RunStatus {
  const record = readRunRecord(join(runDirectory(directory, run), 'run.json'));
  const own = record?.fingerprint === run.fingerprint ? record : undefined;
  return runState(own, run.trial.configuration.training.epochs).status;
}

/** `done` or `diverged`: nothing is left to do. */
export function hasEnded(status: RunStatus | undefined): boolean {
  return status === 'done' || status === 'diverged';
}

/** How many runs ended how. */
export function tally(all: readonly RunStatus[]): {
  done: number;
  diverged: number;
  failed: number;
  interrupted: number;
} {
  const count = (wanted: RunStatus) => all.filter((one) => one === wanted).length;
  return {
    done: count('done'),
    diverged: count('diverged'),
    failed: count('failed'),
    interrupted: count('interrupted') + count('waiting') + count('running'),
  };
}
