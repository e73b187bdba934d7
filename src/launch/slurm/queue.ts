/** The queue, as far as it concerns a study: one call for all of its submissions. */
import { userInfo } from 'node:os';
import type { SubmissionRecord } from '../../store/cluster.js';
import type { Slurm } from './commands.js';
import { isLive, parseQueue, type QueueTask, queueFormat } from './parse.js';

/** Tasks of each submission by their index; a submission that the queue knows nothing of is not in it. */
export type Queue = ReadonlyMap<string, ReadonlyMap<number, QueueTask>>;

/**
 * Asks for the tasks of submissions by their names. No answer is an error and never an empty queue.
 * @throws a `SlurmError` where the controller does not answer
 */
export async function readQueue(names: readonly string[], call: Slurm): Promise<Queue> {
  if (names.length === 0) return new Map();
  const text = await call('squeue', [
    '--noheader',
    '--array',
    '--states=all',
    `--user=${userInfo().uid}`,
    `--name=${names.join(',')}`,
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
