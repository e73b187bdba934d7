/** A study file -> all its runs: an async iterator of events. The same call again continues what is unfinished. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { requireWide } from '../backends/wasm/node/wide.js';
import { requestError } from '../base/errors.js';
import type { DataProgress, Dataset } from '../data/dataset.js';
import { activationsFor } from '../nn/activations.js';
import { acquireLock } from '../store/node/lock.js';
import { readRunRecord } from '../store/node/runFiles.js';
import { readLooks, readStudy, recordLook, writeSplit, writeStudy } from '../store/node/studyFiles.js';
import type { RunStatus } from '../store/records.js';
import { expandTrials, planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import type { ResolvedStudy, Run } from '../study/types.js';
import { allot, estimateRunMemory, freeMemory } from './allotment.js';
import { gitCommit } from './environment.js';
import type { StudyEvent } from './events.js';
import { compileRun } from './executeRun.js';
import type { SharedDataset, WorkerMessage } from './jobs.js';
import { runPool } from './pool.js';
import { openStudyDataset, prepareSplits } from './prepare.js';

export interface RunStudyOptions {
  readonly studyFile: string;
  /** Where studies are kept; the study's own directory is made below. */
  readonly out: string;
  /** Overrides, `key=value`. */
  readonly set?: readonly string[] | undefined;
  readonly dataDir?: string | undefined;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  /** Bits of the CPU's vectors; 256 is checked first and refused where it does not pay. Default 128. */
  readonly cpuVectors?: 128 | 256 | undefined;
  readonly allowVariantChange?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onDataProgress?: ((progress: DataProgress) => void) | undefined;
}

/** Reads a study file. @throws a request error where it cannot be read or is not valid */
export function readStudyFile(path: string, set: readonly string[] = []): ResolvedStudy {
  if (!existsSync(path)) {
    throw requestError({
      what: 'there is no such study file',
      where: path,
      advice: "name an existing file, or write one with 'ceteris new NAME'",
    });
  }
  const study = parseStudy(readFileSync(path, 'utf8'), { file: path, set });
  const { initial } = study.baseline.training;
  if (initial === null) return study;
  const absolute = resolve(dirname(path), initial);
  const training = { ...study.baseline.training, initial: absolute };
  return { ...study, baseline: { ...study.baseline, training } };
}

/** Status of a run on disk, as far as it can be reused. */
function statusOf(directory: string, run: Run): RunStatus {
  const record = readRunRecord(join(directory, 'runs', run.id, 'run.json'));
  if (record === null || record.fingerprint !== run.fingerprint) return 'waiting';
  const finished = record.status === 'done' || record.status === 'diverged';
  if (!finished) return record.status === 'running' ? 'interrupted' : record.status;
  const enough = record.epochs >= run.trial.configuration.training.epochs;
  return enough || record.status === 'diverged' ? record.status : 'interrupted';
}

/** Runs what the study still needs. Breaking off the loop or aborting the signal stops at the next step, cleanly. */
export async function* runStudy(options: RunStudyOptions): AsyncGenerator<StudyEvent, void> {
  const study = readStudyFile(options.studyFile, options.set);
  if (options.cpuVectors === 256) requireWide();
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
    const runs = planRuns(study, dataset.checksum);
    const notes = recordStudy({ directory, study, runs, dataset });
    yield* launch({ options, study, directory, dataset, runs, notes, stopFlag });
  } finally {
    stop();
    options.signal?.removeEventListener('abort', stop);
    lock.release();
  }
}

interface Recording {
  readonly directory: string;
  readonly study: ResolvedStudy;
  readonly runs: readonly Run[];
  readonly dataset: Dataset;
}

/** study.yaml, split.json, and a look where results were already there; gives remarks for the user. */
function recordStudy({ directory, study, runs, dataset }: Recording): string[] {
  const before = readStudy(directory);
  if (before !== null) noteLook(directory, before, runs, dataset.checksum);
  const splits = prepareSplits(dataset, study.baseline.dataset, study.seeds[0]);
  writeStudy(directory, study);
  writeSplit(directory, {
    formatVersion: 1,
    dataset: dataset.name,
    checksum: dataset.checksum,
    train: [...splits.train],
    validation: [...splits.validation],
    test: Array.from(splits.test, (index) => index - splits.testStart),
    notes: splits.notes,
  });
  return [...dataset.notes, ...splits.notes];
}

function noteLook(directory: string, before: ResolvedStudy, runs: readonly Run[], checksum: string): void {
  const old = planRuns(before, checksum).map(({ id }) => id);
  const added = runs.filter(({ id }) => !old.includes(id));
  const seen = runs.some((run) => old.includes(run.id) && statusOf(directory, run) === 'done');
  if (added.length === 0 || !seen) return;
  recordLook(directory, {
    look: readLooks(directory).length + 1,
    at: new Date().toISOString(),
    runsBefore: old.length,
    runsAfter: runs.length,
    change: `${added.length} runs added after results were seen`,
  });
}

interface Launch extends Recording {
  readonly options: RunStudyOptions;
  readonly notes: readonly string[];
  readonly stopFlag: Int32Array;
}

async function* launch(plan: Launch): AsyncGenerator<StudyEvent, void> {
  const { options, study, directory, dataset, runs, stopFlag } = plan;
  const shared = shareDataset(dataset);
  const status = new Map(runs.map((run) => [run.id, statusOf(directory, run)]));
  const waiting = runs.filter(({ id }) => status.get(id) !== 'done' && status.get(id) !== 'diverged');
  const memory = Math.max(...runs.map((run) => checkedMemory(run, shared)));
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
    variant: options.cpuVectors === 256 ? ('wide' as const) : null,
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
  yield { type: 'study-ended', directory, ...tally([...status.values()]) };
}

/** Compiles the run, so that what is impossible is refused before anything is trained; gives its memory in bytes. */
function checkedMemory(run: Run, dataset: SharedDataset): number {
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
  return estimateRunMemory(program);
}

function shareDataset(dataset: Dataset): SharedDataset {
  const { pixels, labels, channels, height, width, mean, deviation, trainExamples, testExamples, checksum } =
    dataset;
  const classes = dataset.classes.length;
  return {
    pixels,
    labels,
    channels,
    height,
    width,
    mean,
    deviation,
    classes,
    trainExamples,
    testExamples,
    checksum,
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

/** Messages in order, as an async iterator. */
class Queue<T> {
  readonly #items: T[] = [];
  #closed = false;
  #wake: () => void = () => {};

  push(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#closed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
