/** Runs -> workers: what has not ended is trained, and told as it happens. */

import { availableParallelism } from 'node:os';
import { maxOf } from '../base/extremes.js';
import type { Dataset } from '../data/dataset.js';
import type { Lock } from '../store/node/lock.js';
import type { RunStatus } from '../store/records.js';
import type { RunInputs } from '../study/fingerprint.js';
import type { ResolvedStudy, Run, RunStage } from '../study/types.js';
import { allot, estimateRunMemory, freeMemory } from './allotment.js';
import { type ChosenBackend, deviceName, settled } from './backend.js';
import { compileRun, shareDataset } from './compileRun.js';
import { gitCommit } from './environment.js';
import type { StudyEvent } from './events.js';
import { groupRuns } from './groups.js';
import type { SharedDataset, WorkerMessage } from './jobs.js';
import type { RunStudyOptions } from './options.js';
import { runPool } from './pool.js';
import type { PreparedSplits } from './prepare.js';
import { Queue } from './queue.js';
import { studyHome } from './readStudyFile.js';
import type { Sitting } from './sittings.js';
import { hasEnded, statusOf } from './status.js';

export interface Launch {
  readonly options: RunStudyOptions;
  readonly backend: ChosenBackend;
  readonly directory: string;
  readonly study: ResolvedStudy;
  readonly dataset: Dataset;
  readonly inputs: RunInputs;
  /** Of the first seed. */
  readonly splits: PreparedSplits;
  readonly lock: Lock;
  /** Bytes of the largest run. */
  readonly runMemory: number;
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
  const { options, study, directory, dataset, runs, stopFlag } = plan;
  const shared = shareDataset(dataset);
  const status = new Map(runs.map((run) => [run.id, statusOf(directory, run)]));
  const waiting = runs.filter(({ id }) => !hasEnded(status.get(id)));
  const request = {
    cores: availableParallelism(),
    freeMemory: freeMemory(),
    workers: options.workers,
    threads: options.threads,
  };
  // With it comes a check of the kernels, for which a study that is done already need not wait.
  const { backend, notes } =
    waiting.length === 0 ? { backend: plan.backend, notes: [] } : await settled(plan.backend);
  const allotted = (runsLeft: number, runMemory: number) =>
    backend.device === 'cpu'
      ? allot({ ...request, runsLeft: Math.max(1, runsLeft), runMemory })
      : { workers: options.workers ?? 1, threads: 1, threadsAtMost: 1 };
  const alone = allotted(waiting.length, plan.runMemory);
  const groups = await groupRuns({
    directory,
    runs: waiting,
    dataset: shared,
    backend,
    lockstep: options.lockstep ?? 'auto',
    alone,
  });
  const lockstep = groups.reduce((most, group) => Math.max(most, group.length), 1);
  const largest = Math.max(plan.runMemory, maxOf(groups.map((group) => groupBytes(group, shared))));
  const allotment = allotted(groups.length, largest);
  yield {
    type: 'study-started',
    study,
    stage: plan.stage,
    directory,
    runs: runs.map((run) => ({
      id: run.id,
      name: run.trial.name,
      status: status.get(run.id) ?? 'waiting',
      epochs: run.trial.configuration.training.epochs,
    })),
    ...allotment,
    device: deviceName(backend),
    lockstep,
    examples: {
      train: plan.splits.train.length,
      validation: plan.splits.validation.length,
      test: plan.splits.test.length,
    },
    notes: [...plan.notes, ...notes],
  };
  const queue = new Queue<WorkerMessage>();
  const setup = {
    studyDirectory: directory,
    dataset: shared,
    stopFlag,
    allowVariantChange: options.allowVariantChange ?? false,
    backend,
    gitCommit: gitCommit(studyHome(options)),
    initialChecksums: plan.inputs.initialChecksums ?? {},
    sitting: plan.sitting,
  };
  const ended = runPool(groups, {
    // A GPU's driver may take its process down with it.
    host: backend.device === 'cpu' ? 'thread' : 'process',
    setup,
    allotment,
    onMessage: (message) => queue.push(message),
  }).finally(() => queue.close());
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

function groupBytes(group: readonly Run[], dataset: SharedDataset): number {
  return estimateRunMemory(compileRun(group[0].trial.configuration, dataset, group.length));
}
