/** The queue, as far as it concerns a study: one call for all of its submissions. */
import { userInfo } from 'node:os';
import { workError } from '../../base/errors.js';
import type { SubmissionRecord } from '../../store/cluster.js';
import type { Slurm } from './commands.js';
import { isLive, parseQueue, type QueueTask, queueFormat } from './parse.js';
import type { ClusterLimits } from './preflight.js';

/** Tasks of each submission by their index; a submission that the queue knows nothing of is not in it. */
export type Queue = ReadonlyMap<string, ReadonlyMap<number, QueueTask>>;

/** A submission, as the queue is asked for it. */
export type Named = Pick<SubmissionRecord, 'name' | 'user'>;

/** Of this process. */
export function ownUser(): number {
  return userInfo().uid;
}

/**
 * Asks for the tasks of submissions by their names, whoever handed them over. No answer is an error and never an empty queue.
 * @throws a `SlurmError` where the controller does not answer
 */
export async function readQueue(submissions: readonly Named[], call: Slurm): Promise<Queue> {
  if (submissions.length === 0) return new Map();
  const users = new Set(submissions.map(({ user }) => user ?? ownUser()));
  const text = await call('squeue', [
    '--noheader',
    '--array',
    '--states=all',
    `--user=${[...users].join(',')}`,
    `--name=${submissions.map(({ name }) => name).join(',')}`,
    `--format=${queueFormat}`,
  ]);
  const queue = new Map<string, Map<number, QueueTask>>();
  for (const task of parseQueue(text)) {
    const tasks = queue.get(task.name) ?? new Map<number, QueueTask>();
    // After a controller lost its state another array may have the name's number: the later job counts.
    const other = tasks.get(task.task);
    if (other === undefined || !isLive(other) || other.job <= task.job) tasks.set(task.task, task);
    queue.set(task.name, tasks);
  }
  return queue;
}

/** The array's job of a submission, where the queue has it. */
export function jobIn(queue: Queue, { name }: Pick<SubmissionRecord, 'name'>): number | null {
  const [first] = queue.get(name)?.values() ?? [];
  return first?.job ?? null;
}

/**
 * Where the cluster does not show the jobs of others, what they submitted would seem to have vanished.
 * @throws a work error then
 */
export async function refuseHidden(
  submissions: readonly Named[],
  hidesJobs: ClusterLimits['hidesJobs'],
): Promise<void> {
  const other = submissions.find(({ user }) => user !== undefined && user !== ownUser());
  if (other === undefined || !(await hidesJobs())) return;
  throw workError({
    what: 'another user submitted jobs of this study, and this cluster does not show the jobs of others (PrivateData)',
    where: other.name,
    value: `user ${other.user}`,
    advice: 'let that user, or an operator of the cluster, give the command, until those jobs are over',
  });
}
