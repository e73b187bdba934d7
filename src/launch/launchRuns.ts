/** Runs -> workers: what has not ended is trained, and told as it happens. */
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { requestError } from '../base/errors.js';
import type { Program } from '../compile/program.js';
import type { Dataset } from '../data/dataset.js';
import { activationsFor } from '../nn/activations.js';
import type { RunStatus } from '../store/records.js';
import type { ResolvedStudy, Run, RunStage } from '../study/types.js';
import { allot, estimateRunMemory, freeMemory } from './allotment.js';
import { gitCommit } from './environment.js';
import type { StudyEvent } from './events.js';
import { compileRun } from './executeRun.js';
import type { SharedDataset, WorkerMessage } from './jobs.js';
import type { RunStudyOptions } from './options.js';
import { runPool } from './pool.js';
import { prepareSplits } from './prepare.js';
import { Queue } from './queue.js';
import { shareDataset } from './share.js';
import { hasEnded, statusOf } from './status.js';

export interface Launch {
  readonly options: RunStudyOptions;
  readonly directory: string;
  readonly study: ResolvedStudy;
  readonly dataset: Dataset;
  readonly stage: RunStage;
  readonly runs: readonly Run[];
  readonly notes: readonly string[];
  /** One int32 on shared memory: 1 asks every run to stop. */
  readonly stopFlag: Int32Array;
}

/** Trains the runs that have not ended; tells everything but the study's end. @returns the status of every run */
export async function* launchRuns(plan: Launch): AsyncGenerator<StudyEvent, Map<string, RunStatus>> {
  const { options, study, directory, dataset, runs, stopFlag } = plan;
  const shared = shareDataset(dataset);
  const status = new Map(runs.map((run) => [run.id, statusOf(directory, run)]));
  const waiting = runs.filter(({ id }) => !hasEnded(status.get(id)));
  const memory = Math.max(...runs.map((run) => estimateRunMemory(checkedProgram(run, shared))));
  const cores = availableParallelism();
  const allotment = allot({
    runsLeft: Math.max(1, waiting.length),
    cores,
    freeMemory: freeMemory(),
    runMemory: memory,
    workers: options.workers,
    threads: options.threads,
  });
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
    notes: plan.notes,
  };
  const queue = new Queue<WorkerMessage>();
  const setup = {
    studyDirectory: directory,
    dataset: shared,
    stopFlag,
    allowVariantChange: options.allowVariantChange ?? false,
    gitCommit: gitCommit(dirname(resolve(options.studyFile))),
  };
  const ended = runPool(waiting, {
    setup,
    allotment,
    onMessage: (message) => queue.push(message),
  }).finally(() => queue.close());
  for await (const message of queue) {
    if (message.type === 'run-ended') status.set(message.runId, message.status);
    yield message;
  }
  await ended;
  return status;
}

/** Compiles the run, so that what is impossible is refused before anything is trained. */
export function checkedProgram(run: Pick<Run, 'trial' | 'seed'>, dataset: SharedDataset): Program {
  const program = compileRun(run, dataset);
  activationsFor(program.network, run.trial.configuration.activation);
  const { train } = prepareSplits(dataset, run.trial.configuration.dataset, run.seed);
  if (train.length < program.batch) {
    throw requestError({
      what: 'the training split is smaller than one batch',
      where: 'training.batchSize',
      rule: `at most ${train.length}`,
      value: String(program.batch),
      advice: 'lower training.batchSize or raise dataset.limit',
    });
  }
  return program;
}
