/** Tasks that are over: what ended them is written into run.json of the runs that they left unfinished. */

import { join } from 'node:path';
import type { JobEnd, SittingRecord, SubmissionRecord, SubmittedRun } from '../../store/cluster.js';
import { logPath } from '../../store/node/clusterFiles.js';
import { isLocked } from '../../store/node/lock.js';
import { readRunRecord } from '../../store/node/runFiles.js';
import type { RunRecord } from '../../store/records.js';
import { waitingRecord } from '../../store/waitingRecord.js';
import type { Run } from '../../study/types.js';
import { closeSitting } from '../sittings.js';
import { hasEnded, runDirectory, statusOf } from '../status.js';
import type { Accounts } from './accounts.js';
import { endOf, lastSitting, lastWordsOf } from './ends.js';
import type { JobEndedEvent } from './events.js';
import { tailOf } from './job.js';
import type { QueueTask } from './parse.js';
import { endWords } from './reasons.js';

export interface OverTask {
  readonly directory: string;
  readonly submission: SubmissionRecord;
  readonly index: number;
  readonly task: QueueTask | undefined;
  readonly runs: ReadonlyMap<string, Run>;
  /** Runs of it that were told before. */
  readonly told: ReadonlySet<string>;
  readonly datasetChecksum: string | null;
}

/** How its runs stand, and which of them still belong to a process that works on. */
export interface Settled {
  readonly events: readonly JobEndedEvent[];
  readonly locked: readonly string[];
}

/** Writes what ended a task into its runs that have not ended. Their files are read; none of another run is touched. */
export async function settleTask(over: OverTask, accounts: Accounts): Promise<Settled> {
  const { directory, submission, index } = over;
  const open: Run[] = [];
  const locked: string[] = [];
  const events: JobEndedEvent[] = [];
  for (const run of namedRuns(submission.tasks[index], over.runs)) {
    if (over.told.has(run.id)) continue;
    const status = statusOf(directory, run);
    if (hasEnded(status))
      events.push({ type: 'job-ended', runId: run.id, status, end: 'finished', reason: null });
    else if (isLocked(runDirectory(directory, run))) locked.push(run.id);
    else open.push(run);
  }
  const ended = open.length === 0 ? [] : await writeEnd(over, open, accounts);
  return { events: [...events, ...ended], locked };
}

function namedRuns(task: readonly SubmittedRun[], runs: ReadonlyMap<string, Run>): Run[] {
  return task.flatMap(({ id }) => runs.get(id) ?? []);
}

/** Ends after which a run is worth another try as it is. */
const interruptions: readonly JobEnd[] = [
  'time limit',
  'node failure',
  'preempted',
  'requeued',
  'cancelled',
  'unknown',
];

async function writeEnd(over: OverTask, open: readonly Run[], accounts: Accounts): Promise<JobEndedEvent[]> {
  const { directory, submission, index, task } = over;
  const job = `${submission.job ?? 'unknown'}_${index}`;
  const account = await accounts.of(submission, index, task);
  const log = logPath(directory, job);
  const output = tailOf(log);
  const tail = lastSitting(output);
  const end = endOf({ ...account, tail });
  const begun = open.filter((run) => lastSittingOf(directory, run)?.job === job);
  if (end === 'finished') {
    return [...(await writeLost(over, begun, job, accounts)), ...leftAlone(directory, open, begun)];
  }
  const { exit, node } = account;
  const lastWords = lastWordsOf(tail);
  const words = { end, job, code: exit?.code, signal: exit?.signal, lastWords, log, isSilent: output === '' };
  const status = interruptions.includes(end) ? 'interrupted' : 'failed';
  return (begun.length === 0 ? open : begun).map((run) => {
    const make = (): RunRecord => waitingRecord(run, over.datasetChecksum);
    // A job that never began leaves no record, unless it failed before it could write one.
    const anew = status === 'failed' ? make : undefined;
    // What has vanished from the queue is on no node any more: the run says where it was.
    const own = begun.includes(run) ? lastSittingOf(directory, run)?.node : undefined;
    const reason = endWords({ ...words, node: node ?? own ?? null });
    closeSitting(directory, { id: run.id, job }, { end, status, reason }, anew);
    return eventOf(directory, run, end, reason);
  });
}

/**
 * The task is over as if all were well, and these runs of it are not: a process of the job worked on them elsewhere, on a node that
 * Slurm had lost, its copy left them to it, and then it was ended itself. The end is that of the run, not that of the copy.
 */
async function writeLost(
  { directory }: OverTask,
  runs: readonly Run[],
  job: string,
  accounts: Accounts,
): Promise<JobEndedEvent[]> {
  const events: JobEndedEvent[] = [];
  for (const run of runs) {
    const record = recordOf(directory, run);
    const sitting = record?.cluster?.sittings.at(-1);
    if (sitting === undefined) continue;
    const end =
      record?.status === 'failed' ? 'exit code' : (sitting.end ?? (await accounts.endOfLost(sitting)));
    const reason = endWords({ end, job, node: sitting.node });
    closeSitting(directory, { id: run.id, job }, { end, status: 'interrupted', reason });
    events.push(eventOf(directory, run, end, reason));
  }
  return events;
}

/** A job that found its runs in other hands has ended, and says nothing of them. */
function leftAlone(directory: string, open: readonly Run[], begun: readonly Run[]): JobEndedEvent[] {
  return begun.length > 0 ? [] : open.map((run) => eventOf(directory, run, 'finished', null));
}

function eventOf(directory: string, run: Run, end: JobEnd, reason: string | null): JobEndedEvent {
  const told = recordOf(directory, run)?.statusReason ?? reason;
  return { type: 'job-ended', runId: run.id, status: statusOf(directory, run), end, reason: told };
}

function lastSittingOf(directory: string, run: Run): SittingRecord | undefined {
  return recordOf(directory, run)?.cluster?.sittings.at(-1);
}

function recordOf(directory: string, run: Run): RunRecord | null {
  return readRunRecord(join(runDirectory(directory, run), 'run.json'));
}
