/** This project's engine as the trainer of a study: its dataset, its backend, its groups in lockstep. */
import { availableParallelism } from 'node:os';
import { maxOf } from '../base/extremes.js';
import type { Dataset } from '../data/dataset.js';
import { writeSplit } from '../store/node/studyFiles.js';
import { expandTrials, planRuns } from '../study/expand.js';
import type { Run } from '../study/types.js';
import { allot, estimateRunMemory, freeMemory } from './allotment.js';
import { type ChosenBackend, chooseBackend, deviceName, settled } from './backend.js';
import { checkedMemory, compileRun, shareDataset } from './compileRun.js';
import { gitCommit } from './environment.js';
import { checkLockstep, groupRuns } from './groups.js';
import { initialChecksums } from './initialWeights.js';
import type { SharedDataset } from './jobs.js';
import { openStudyDataset, type PreparedSplits, prepareSplits } from './prepare.js';
import { studyHome } from './readStudyFile.js';
import type { Arrangement, PreparedTrainer, TrainerRequest } from './trainer.js';

/** Chooses the device; what it is asked for wrongly is told before anything else is looked at. */
export async function engineOf(options: TrainerRequest['options']): Promise<ChosenBackend> {
  const backend = await chooseBackend(options);
  checkLockstep(options.lockstep ?? 'auto');
  return backend;
}

/** Loads the dataset, and checks every run. @throws a request error where one is impossible */
export async function prepareEngine(
  request: TrainerRequest,
  backend: ChosenBackend,
): Promise<PreparedTrainer> {
  const { study, options, directory } = request;
  const trials = expandTrials(study);
  const dataset = await openStudyDataset(study, trials, {
    dataDir: options.dataDir,
    onProgress: options.onDataProgress,
    signal: options.signal,
  });
  const inputs = { datasetChecksum: dataset.checksum, initialChecksums: initialChecksums(trials) };
  const shared = shareDataset(dataset);
  const runs = request.runsOf?.(inputs) ?? planRuns(study, inputs);
  const runMemory = runs.length === 0 ? 0 : checkedMemory(runs, shared);
  const splits = prepareSplits(dataset, study.baseline.dataset, study.seeds[0]);
  const { train, validation, test } = splits;
  return {
    inputs,
    examples: { train: train.length, validation: validation.length, test: test.length },
    notes: [...dataset.notes, ...splits.notes],
    record: () => recordSplit(directory, dataset, splits),
    epochsOf: ({ trial }) => trial.configuration.training.epochs,
    arrange: (runs) =>
      arrange(runs, { request, backend, shared, runMemory, initialChecksums: inputs.initialChecksums }),
  };
}

function recordSplit(directory: string, dataset: Dataset, splits: PreparedSplits): void {
  writeSplit(directory, {
    formatVersion: 1,
    dataset: dataset.name,
    checksum: dataset.checksum,
    train: [...splits.train],
    validation: [...splits.validation],
    test: Array.from(splits.test, (index) => index - splits.testStart),
    notes: splits.notes,
  });
}

interface Ready {
  readonly request: TrainerRequest;
  readonly backend: ChosenBackend;
  readonly shared: SharedDataset;
  /** Bytes of the largest run. */
  readonly runMemory: number;
  readonly initialChecksums: Readonly<Record<string, string>>;
}

async function arrange(runs: readonly Run[], ready: Ready): Promise<Arrangement> {
  const { request, shared, runMemory } = ready;
  const { options, directory, stopFlag } = request;
  // With it comes a check of the kernels, for which a study that is done already need not wait.
  const { backend, notes } =
    runs.length === 0 ? { backend: ready.backend, notes: [] } : await settled(ready.backend);
  const asked = {
    cores: availableParallelism(),
    freeMemory: freeMemory(),
    workers: options.workers,
    threads: options.threads,
  };
  const allotted = (runsLeft: number, bytes: number) =>
    backend.device === 'cpu'
      ? allot({ ...asked, runsLeft: Math.max(1, runsLeft), runMemory: bytes })
      : { workers: options.workers ?? 1, threads: 1, threadsAtMost: 1 };
  const alone = allotted(runs.length, runMemory);
  const lockstep = options.lockstep ?? 'auto';
  const groups = await groupRuns({ directory, runs, dataset: shared, backend, lockstep, alone });
  const largest = Math.max(runMemory, maxOf(groups.map((group) => groupBytes(group, shared))));
  return {
    groups,
    allotment: allotted(groups.length, largest),
    // A GPU's driver may take its process down with it.
    host: backend.device === 'cpu' ? 'thread' : 'process',
    setup: {
      trainer: 'engine',
      studyDirectory: directory,
      dataset: shared,
      stopFlag,
      allowVariantChange: options.allowVariantChange ?? false,
      backend,
      gitCommit: gitCommit(studyHome(options)),
      initialChecksums: ready.initialChecksums,
    },
    gpus: [],
    device: deviceName(backend),
    notes,
  };
}

function groupBytes(group: readonly Run[], dataset: SharedDataset): number {
  return estimateRunMemory(compileRun(group[0].trial.configuration, dataset, group.length));
}
