/** One job array, handed over once: by a name of its own, which is looked for where the answer was lost. */
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobSettings, SubmissionRecord, SubmittedRun } from '../../store/cluster.js';
import {
  logPath,
  makeClusterFolders,
  scriptPath,
  submissionPath,
  writeScript,
  writeSubmission,
} from '../../store/node/clusterFiles.js';
import type { LauncherConfiguration } from '../../study/launcher.js';
import { type Slurm, SlurmError } from './commands.js';
import { jobIn, ownUser, readQueue } from './queue.js';
import { batchScript, submitArguments } from './script.js';

export interface ArrayRequest {
  /** Of the study. */
  readonly directory: string;
  readonly launcher: LauncherConfiguration;
  readonly settings: JobSettings;
  readonly tasks: readonly (readonly SubmittedRun[])[];
}

/** `ceteris-STUDY-` and eight digits of where it lies: two copies of a study are two. */
export function studyJobName(directory: string): string {
  const place = createHash('sha256').update(directory).digest('hex').slice(0, 8);
  // Names of studies hold letters, digits, dots, dashes and underscores: no blank, comma or slash.
  return `ceteris-${basename(directory).replace(/[^A-Za-z0-9._-]+/g, '_')}-${place}`;
}

/**
 * Writes down what is about to be submitted, submits it, and writes down its number.
 * @returns the record; `job` is `null` where the cluster did not say whether it has it
 * @throws a `SlurmError` where Slurm refused it: then nothing is left of it
 */
export async function submitArray(request: ArrayRequest, call: Slurm, pause = 4): Promise<SubmissionRecord> {
  const { directory, launcher } = request;
  makeClusterFolders(directory);
  const name = `${studyJobName(directory)}-${randomBytes(4).toString('hex')}`;
  const record: SubmissionRecord = {
    formatVersion: 1,
    name,
    at: new Date().toISOString(),
    user: ownUser(),
    job: null,
    closed: false,
    settings: request.settings,
    tasks: request.tasks,
  };
  const path = submissionPath(directory, name);
  const main = createRequire(import.meta.url).resolve('#dist/cli/main.js');
  const text = batchScript({
    node: process.execPath,
    arguments: [main, 'cluster-task', path],
    setup: launcher.setup,
    about: `One task of a job array that ceteris submitted: it trains the runs of its line in ${basename(path)}.`,
  });
  const script = writeScript(directory, name, text);
  writeSubmission(directory, record);
  const log = logPath(directory, '%A_%a');
  const args = submitArguments({
    name,
    tasks: request.tasks.length,
    launcher,
    directory,
    log: { folder: dirname(log), file: basename(log) },
    script,
  });
  try {
    // `17`, or `17;cluster`; a site's wrapper may print lines of its own.
    const [, job] = /^(\d+)(?:;\S+)?$/m.exec(await call('sbatch', args)) ?? [];
    if (job !== undefined) return numbered(directory, record, Number(job));
    return findAgain(directory, record, call, pause);
  } catch (error) {
    if (!(error instanceof SlurmError)) throw error;
    if (error.trouble === 'unreachable') return findAgain(directory, record, call, pause);
    for (const file of [path, scriptPath(directory, name)]) rmSync(file, { force: true });
    throw error;
  }
}

/** The record with its job's number, written down. */
export function numbered(directory: string, record: SubmissionRecord, job: number): SubmissionRecord {
  const known = { ...record, job };
  writeSubmission(directory, known);
  return known;
}

export function close(directory: string, record: SubmissionRecord): SubmissionRecord {
  const closed = { ...record, closed: true };
  writeSubmission(directory, closed);
  return closed;
}

/** Times that a queue which answers must not know a name before it is taken as never submitted. */
const looks = 3;

/**
 * A submission without an answer: `sbatch` that timed out may have run all the same, and may run a moment later.
 * @param pause seconds between looks
 * @returns with its number where the queue has it; closed where the queue answers and has it not; else as it was
 */
export async function findAgain(
  directory: string,
  record: SubmissionRecord,
  call: Slurm,
  pause = 4,
): Promise<SubmissionRecord> {
  for (let look = 0; look < looks; look++) {
    if (look > 0) await sleep(1000 * pause);
    try {
      const job = jobIn(await readQueue([record], call), record);
      if (job !== null) return numbered(directory, record, job);
    } catch (error) {
      if (error instanceof SlurmError && error.trouble === 'unreachable') return record;
      throw error;
    }
  }
  return close(directory, record);
}
