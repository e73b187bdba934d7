/** A study file -> all its runs: an async iterator of events. The same call again continues what is unfinished. */
import { rmdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { DataProgress } from '../data/dataset.js';
import { acquireLock, type Lock } from '../store/node/lock.js';
import type { RunStatus } from '../store/records.js';
import { expandTrials, planRuns } from '../study/expand.js';
import { allot, estimateRunMemory, freeMemory } from './allotment.js';
import { checkedProgram, shareDataset } from './compileRun.js';
import { gitCommit } from './environment.js';
import type { StudyEvent, StudyStartedEvent } from './events.js';
import { initialChecksums } from './initialWeights.js';
import type { WorkerMessage } from './jobs.js';
import { runPool } from './pool.js';
import { openStudyDataset, prepareSplits } from './prepare.js';
import { Queue } from './queue.js';
import { readStudyFile } from './readStudyFile.js';
import { type Recording, recordStudy, statusOf } from './recordStudy.js';

export { readStudyFile } from './readStudyFile.js';

export interface RunStudyOptions {
  readonly studyFile: string;
  /** Where studies are kept; the study's own directory is made below. */
  readonly out: string;
  /** Overrides, `key=value`. */
  readonly set?: readonly string[] | undefined;
  readonly dataDir?: string | undefined;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  readonly allowVariantChange?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onDataProgress?: ((progress: DataProgress) => void) | undefined;
}

/** Runs what the study still needs. Breaking off the loop or aborting the signal stops at the next step, cleanly. */
export async function* runStudy(options: RunStudyOptions): AsyncGenerator<StudyEvent, void> {
  const study = readStudyFile(options.studyFile, options.set);
  const trials = expandTrials(study);
  const directory = resolve(options.out, study.name);
  const lock = acquireLock(directory, `the study ${study.name}`);
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const stop = () => void Atomics.store(stopFlag, 0, 1);
  options.signal?.addEventListener('abort', stop);
  try {
    const dataset = await openStudyDataset(study, trials, {
      dataDir: options.dataDir,
      onProgress: options.onDataProgress,
      signal: options.signal,
    });
    const inputs = { datasetChecksum: dataset.checksum, initialChecksums: initialChecksums(trials) };
    const runs = planRuns(study, inputs);
    const shared = shareDataset(dataset);
    const runMemory = Math.max(...runs.map((run) => estimateRunMemory(checkedProgram(run, shared))));
    const splits = prepareSplits(dataset, study.baseline.dataset, study.seeds[0]);
    lock.assertHeld();
    const recording = { directory, study, inputs, runs, dataset, splits };
    recordStudy(recording);
    yield* launch({ ...recording, options, runMemory, stopFlag, lock });
  } catch (error) {
    // Stopped while the data was read or fetched: nothing has begun, and there is nothing to tell.
    if (!(options.signal?.aborted && (error as Error).name === 'AbortError')) throw error;
  } finally {
    stop();
    options.signal?.removeEventListener('abort', stop);
    lock.release();
    removeEmpty(directory);
  }
}

/** A study that was refused before it began leaves no directory behind. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It holds something.
  }
}

interface Launch extends Recording {
  readonly options: RunStudyOptions;
  /** Bytes of the largest run. */
  readonly runMemory: number;
  readonly stopFlag: Int32Array;
  readonly lock: Lock;
}

async function* launch(plan: Launch): AsyncGenerator<StudyEvent, void> {
  const { options, directory, dataset, runs, runMemory, stopFlag } = plan;
  const status = new Map(runs.map((run) => [run.id, statusOf(directory, run)]));
  const waiting = runs.filter(({ id }) => status.get(id) !== 'done' && status.get(id) !== 'diverged');
  const allotment = allot({
    runsLeft: Math.max(1, waiting.length),
    cores: availableParallelism(),
    freeMemory: freeMemory(),
    runMemory,
    workers: options.workers,
    threads: options.threads,
  });
  yield { ...studyStarted(plan, status), ...allotment };
  const queue = new Queue<WorkerMessage>();
  const setup = {
    studyDirectory: directory,
    dataset: shareDataset(dataset),
    stopFlag,
    allowVariantChange: options.allowVariantChange ?? false,
    gitCommit: gitCommit(dirname(resolve(options.studyFile))),
    initialChecksums: plan.inputs.initialChecksums ?? {},
  };
  const onMessage = (message: WorkerMessage) => queue.push(message);
  const ended = runPool(waiting, { setup, allotment, onMessage }).finally(() => queue.close());
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
  yield { type: 'study-ended', directory, ...tally([...status.values()]) };
}

function studyStarted(
  { study, directory, dataset, runs, splits }: Launch,
  status: ReadonlyMap<string, RunStatus>,
): Omit<StudyStartedEvent, 'workers' | 'threads'> {
  return {
    type: 'study-started',
    study,
    directory,
    runs: runs.map((run) => ({
      id: run.id,
      name: run.trial.name,
      status: status.get(run.id) ?? 'waiting',
      epochs: run.trial.configuration.training.epochs,
    })),
    examples: {
      train: splits.train.length,
      validation: splits.validation.length,
      test: splits.test.length,
    },
    notes: [...dataset.notes, ...splits.notes],
  };
}

function tally(all: readonly RunStatus[]): {
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
