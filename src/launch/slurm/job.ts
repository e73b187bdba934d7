/** What a cluster's job does: trains the runs of its task, and writes down how its sitting ended. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { GpuPrecision } from '../../backends/webgpu/precision.js';
import { requestError } from '../../base/errors.js';
import type { JobEnd, SubmissionRecord, SubmittedRun } from '../../store/cluster.js';
import { logPath, readSubmission } from '../../store/node/clusterFiles.js';
import { readRunRecord } from '../../store/node/runFiles.js';
import type { ResolvedStudy } from '../../study/types.js';
import type { Device } from '../backend.js';
import type { StudyEvent } from '../events.js';
import { runPart } from '../runPart.js';
import { closeSitting, type Sitting } from '../sittings.js';
import { type Slurm, SlurmError, slurm } from './commands.js';
import { endInOutput, lastSitting, sittingHead } from './ends.js';
import { endOfLost } from './lost.js';
import { endWords } from './reasons.js';

/** What Slurm says to a job by its environment. */
export interface Place {
  /** `17_3`: of a task, for scontrol and people. */
  readonly job: string;
  readonly task: number;
  readonly node: string;
  /** How often it was requeued. */
  readonly restarts: number;
}

/** @throws a request error outside of a job array */
export function placeOf(environment: NodeJS.ProcessEnv): Place {
  const { SLURM_ARRAY_JOB_ID: job, SLURM_ARRAY_TASK_ID: task } = environment;
  if (job === undefined || task === undefined) {
    throw requestError({
      what: 'this command is for the jobs that ceteris submits',
      rule: 'within a Slurm job array: SLURM_ARRAY_JOB_ID and SLURM_ARRAY_TASK_ID are set',
      advice: 'to submit a study: ceteris run STUDY --launcher slurm',
    });
  }
  return {
    job: `${job}_${task}`,
    task: Number(task),
    node: environment.SLURMD_NODENAME ?? hostname(),
    restarts: Number(environment.SLURM_RESTART_COUNT ?? 0),
  };
}

export interface JobOptions {
  /** Path of the submission's record. */
  readonly submission: string;
  /** Aborted by any signal that asks to stop. */
  readonly signal: AbortSignal;
  /** Whether that signal was the cluster's warning (SIGUSR1). */
  readonly warned: () => boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** Takes lines for the job's output. */
  readonly say: (line: string) => void;
}

/** How a job has ended: `requeued` says that it goes on later. */
export interface JobOutcome {
  readonly failed: number;
  readonly requeued: boolean;
  /** Remarks for the log. */
  readonly notes: readonly string[];
}

/** Trains what the task names; the events of its runs, then how it ended. */
export async function* runJob(options: JobOptions): AsyncGenerator<StudyEvent, JobOutcome> {
  const place = placeOf(options.environment);
  const { submission, directory } = opened(options.submission);
  const runs = submission.tasks[place.task] ?? [];
  const call = slurm({ environment: options.environment });
  const sitting: Sitting = {
    record: { job: place.job, node: place.node, startedAt: new Date().toISOString(), end: null },
    before: await endBefore({ place, directory, runs, call }),
  };
  options.say(sittingHead(place.job, place.node));
  const { settings } = submission;
  const events = runPart({
    studyFile: settings.studyFile,
    home: settings.home,
    only: runs,
    sitting,
    dataDir: settings.dataDir ?? undefined,
    device: settings.device as Device,
    gpus: settings.gpus,
    cpuVectors: settings.cpuVectors ?? undefined,
    precision: settings.precision as GpuPrecision | undefined,
    allowVariantChange: settings.allowVariantChange,
    workers: 1,
    threads: settings.cpus,
    lockstep: settings.lockstep,
    signal: options.signal,
  });
  let worked = false;
  let mayGoOn = true;
  let failed = 0;
  for await (const event of events) {
    if (event.type === 'study-started') mayGoOn = goesOn(event.study);
    if (event.type === 'run-progress' || event.type === 'run-epoch') worked = true;
    if (event.type === 'study-ended') failed = event.failed;
    yield event;
  }
  const ended = { directory, runs, place, warned: options.warned() };
  const left = writeEnds(ended);
  const requeues = ended.warned && left > 0;
  const outcome = requeues ? await requeue(place, worked && mayGoOn, call) : { requeued: false, notes: [] };
  return { failed, ...outcome };
}

function opened(path: string): { readonly submission: SubmissionRecord; readonly directory: string } {
  const submission = readSubmission(path);
  if (submission !== null) return { submission, directory: dirname(dirname(path)) };
  throw requestError({
    what: 'there is no such submission',
    where: path,
    rule: 'a file that `ceteris run STUDY --launcher slurm` wrote',
  });
}

/** Whether a run that is stopped can be gone on with: a command that starts anew would never end. */
function goesOn({ trainer }: ResolvedStudy): boolean {
  return trainer === 'engine' || trainer.resume !== null;
}

interface SittingWork {
  readonly directory: string;
  readonly runs: readonly SubmittedRun[];
  readonly place: Place;
  readonly warned: boolean;
}

/**
 * How this sitting ended for each run of the task. Where a signal came that was no warning, Slurm is about to write into
 * the output why, and whoever comes next reads it there.
 * @returns how many runs are left
 */
function writeEnds({ directory, runs, place, warned }: SittingWork): number {
  let left = 0;
  for (const { id } of runs) {
    const record = readRunRecord(join(directory, 'runs', id, 'run.json'));
    const status = record?.status ?? 'waiting';
    const isOver = status === 'done' || status === 'diverged';
    if (!isOver && status !== 'failed') left += 1;
    if (record?.cluster?.sittings.at(-1)?.job !== place.job) continue;
    const run = { id, job: place.job };
    if (isOver) closeSitting(directory, run, { end: 'finished' });
    else if (status === 'failed') closeSitting(directory, run, { end: 'exit code' });
    else if (warned) {
      const reason = endWords({ end: 'time limit', ...place });
      closeSitting(directory, run, { end: 'time limit', status: 'interrupted', reason });
    }
  }
  return left;
}

/** Back into the queue, to go on from the checkpoints: not where a whole sitting did no work, or it would never end. */
async function requeue(
  { job }: Place,
  worked: boolean,
  call: Slurm,
): Promise<Pick<JobOutcome, 'requeued' | 'notes'>> {
  if (!worked) {
    const note =
      'not requeued: the time limit came before the first epoch, or the trainer cannot resume; raise launcher.time';
    return { requeued: false, notes: [note] };
  }
  try {
    await call('scontrol', ['requeue', job]);
    return { requeued: true, notes: [`requeued as ${job}: it goes on from its checkpoints`] };
  } catch (error) {
    if (!(error instanceof SlurmError)) throw error;
    const note = `it could not be requeued (${error.said}): the command that submitted it submits what is left`;
    return { requeued: false, notes: [note] };
  }
}

interface Restart {
  readonly place: Place;
  readonly directory: string;
  readonly runs: readonly SubmittedRun[];
  readonly call: Slurm;
}

/**
 * How the sitting before this one ended, where it could not write that itself: what Slurm wrote into the output; else
 * whether the node has gone down since, or was started anew; else nobody says why it was put back.
 */
async function endBefore({ place, directory, runs, call }: Restart): Promise<JobEnd> {
  const written = endInOutput(lastSitting(tailOf(logPath(directory, place.job))));
  if (written !== null && written !== 'cancelled') return written;
  const open = runs
    .map(({ id }) => readRunRecord(join(directory, 'runs', id, 'run.json'))?.cluster?.sittings.at(-1))
    .find((sitting) => sitting !== undefined && sitting.end === null);
  if (open === undefined || open.node === null || open.job !== place.job) return 'unknown';
  return endOfLost(open, call);
}

/** The last 20,000 bytes of a file; '' where there is none. */
export function tailOf(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, 20_000));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8');
  } finally {
    closeSync(file);
  }
}
