/** Runs -> workers: what has not ended is trained, and told as it happens. */
import type { Lock } from '../store/node/lock.js';
import type { RunStatus } from '../store/records.js';
import type { ResolvedStudy, Run, RunStage } from '../study/types.js';
import type { StudyEvent } from './events.js';
import type { WorkerMessage } from './jobs.js';
import { runPool } from './pool.js';
import { Queue } from './queue.js';
import type { Sitting } from './sittings.js';
import { hasEnded, statusOf } from './status.js';
import type { PreparedTrainer } from './trainer.js';

export interface Launch {
  readonly directory: string;
  readonly study: ResolvedStudy;
  readonly trainer: PreparedTrainer;
  readonly lock: Lock;
  readonly stage: RunStage;
  readonly runs: readonly Run[];
  readonly notes: readonly string[];
  /** One int32 on shared memory: 1 asks every run to stop. */
  readonly stopFlag: Int32Array;
  /** In a cluster's job: see WorkerSetup. */
  readonly sitting?: Sitting | undefined;
}

/** Trains the runs that have not ended; tells everything but the study's end. @returns the status of every run */
export async function* launchRuns(plan: Launch): AsyncGenerator<StudyEvent, Map<string, RunStatus>> {
  const { study, directory, trainer, runs, stopFlag } = plan;
  const status = new Map(runs.map((run) => [run.id, statusOf(directory, run)]));
  const stale = runs.filter((run) => hasEnded(status.get(run.id)) && trainer.isReadOtherwise?.(run) === true);
  for (const { id } of stale) status.set(id, 'waiting');
  const waiting = runs.filter(({ id }) => !hasEnded(status.get(id)));
  const { groups, allotment, notes, device, ...arranged } = await trainer.arrange(waiting);
  const setup = { ...arranged.setup, sitting: plan.sitting };
  yield {
    type: 'study-started',
    study,
    stage: plan.stage,
    directory,
    runs: runs.map((run) => ({
      id: run.id,
      name: run.trial.name,
      status: status.get(run.id) ?? 'waiting',
      epochs: trainer.epochsOf(run),
    })),
    ...allotment,
    device,
    lockstep: groups.reduce((most, group) => Math.max(most, group.length), 1),
    examples: trainer.examples,
    notes: [...plan.notes, ...notes, ...rereadNotes(stale.length)],
  };
  const queue = new Queue<WorkerMessage>();
  const onMessage = (message: WorkerMessage) => queue.push(message);
  const ended = runPool(groups, { ...arranged, setup, allotment, onMessage }).finally(() => queue.close());
  try {
    for await (const message of queue) {
      if (message.type === 'run-ended') status.set(message.runId, message.status);
      if (message.type === 'run-epoch') plan.lock.assertHeld();
      yield message;
    }
  } finally {
    // Also where the caller breaks off: the study's lock is held until its last run has let go.
    if (!queue.drained) Atomics.store(stopFlag, 0, 1);
    await ended;
  }
  return status;
}

function rereadNotes(count: number): string[] {
  if (count === 0) return [];
  const them = count === 1 ? '1 run that has ended' : `${count} runs that have ended`;
  return [
    `the study reads metrics otherwise than before: those of ${them} are read again, and nothing of it is trained`,
  ];
}
