/** Parts of how a study stands: what its tasks wait for, where they run, how far they are. */
import { join } from 'node:path';
import { maxOf, minOf } from '../../base/extremes.js';
import { readRunRecord } from '../../store/node/runFiles.js';
import type { ResolvedStudy, Run } from '../../study/types.js';
import { runDirectory } from '../status.js';
import type { ClusterState, Waiting } from './events.js';
import { tailOf } from './job.js';
import type { QueueTask } from './parse.js';
import { waitingWords } from './reasons.js';

type Standing = Pick<QueueTask, 'state' | 'reason' | 'nodes'>;

/** By reason, most runs first. */
export function waitingOf(tasks: readonly Standing[]): Waiting[] {
  const reasons = new Map<string, number>();
  for (const { state, reason } of tasks) {
    if (state === 'PENDING') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [...reasons]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, runs]) => ({ runs, ...waitingWords(reason) }));
}

/** Of the tasks that run, each once. */
export function nodesOf(tasks: readonly Standing[]): string[] {
  const names = tasks
    .filter(({ state, nodes }) => state !== 'PENDING' && nodes !== '')
    .map(({ nodes }) => nodes);
  return [...new Set(names)].sort();
}

/** Runs that may run at once for their files to be looked into: a look at the queue touches few files. */
const lookedInto = 20;

/** How far the runs of running tasks are; `null` where none has begun, so many run, or they have different lengths. */
export function epochsOf(
  { study, directory }: { readonly study: ResolvedStudy; readonly directory: string },
  running: readonly Run[],
): ClusterState['epochs'] {
  if (running.length > lookedInto) return null;
  const begun = running.flatMap((run) => {
    const own = runDirectory(directory, run);
    const record = readRunRecord(join(own, 'run.json'));
    if (record?.status !== 'running') return [];
    // The record is written at checkpoints, the metrics after each epoch.
    const [epoch = ''] = tailOf(join(own, 'metrics.csv')).trimEnd().split('\n').at(-1)?.split(',') ?? [];
    return [{ length: record.epochs, done: Math.max(record.epochsDone, Number(epoch) || 0) }];
  });
  const { trainer } = study;
  // A command that does not declare its epochs has those that it has written.
  const lengths = begun.map(({ length }) => (trainer === 'engine' ? length : (trainer.epochs ?? null)));
  const [of, ...others] = new Set(lengths);
  if (of === undefined || others.length > 0) return null;
  const done = begun.map((one) => one.done);
  return maxOf(done) === 0 ? null : { least: minOf(done), most: maxOf(done), of };
}

/** The tasks of a submission, those that were released as if nobody had looked at them yet. */
export function afterRelease(
  tasks: ReadonlyMap<number, QueueTask>,
  released: readonly QueueTask[],
): ReadonlyMap<number, QueueTask> {
  const changed = released.filter((one) => tasks.get(one.task) === one);
  return new Map([...tasks, ...changed.map((one) => [one.task, { ...one, reason: 'None' }] as const)]);
}
