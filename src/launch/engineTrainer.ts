/** This project's engine as the trainer of a study: its dataset, its backend, its groups in lockstep. */
import { availableParallelism } from 'node:os';
import { whyNotKept } from '../backends/webgpu/node/tileCache.js';
import { requestError } from '../base/errors.js';
import { maxOf } from '../base/extremes.js';
import type { Dataset } from '../data/dataset.js';
import { writeSplit } from '../store/node/studyFiles.js';
import { expandTrials, planRuns } from '../study/expand.js';
import type { Run } from '../study/types.js';
import { allot, estimateRunMemory, freeMemory } from './allotment.js';
import { type ChosenBackend, chooseBackends, deviceName, settled } from './backend.js';
import { type HomeOf, homesOf } from './begunOn.js';
import { checkedMemory, compileRun, shareDataset } from './compileRun.js';
import { gitCommit } from './environment.js';
import { checkLockstep, groupRuns } from './groups.js';
import { initialChecksums } from './initialWeights.js';
import type { EngineSetup, SharedDataset } from './jobs.js';
import type { RunSettings } from './options.js';
import type { HostPlace } from './pool.js';
import { openStudyDataset, type PreparedSplits, prepareSplits } from './prepare.js';
import { studyHome } from './readStudyFile.js';
import type { Arrangement, PreparedTrainer, TrainerRequest } from './trainer.js';

/** One device, or several GPUs. */
type Backends = readonly [ChosenBackend, ...ChosenBackend[]];

/** Chooses the devices; what is asked for wrongly is told before anything else is looked at. */
export async function engineOf(options: TrainerRequest['options']): Promise<Backends> {
  const backends = await chooseBackends(options);
  checkWorkers(backends, options);
  checkCpuOptions(backends, options);
  checkLockstep(options.lockstep ?? 'auto');
  return backends;
}

/**
 * GPUs have a process each, so fewer workers would leave some idle, and with them the runs that were begun there.
 * @throws a request error for fewer workers than GPUs; a cluster's job has as many as its GPUs, whatever it names
 */
export function checkWorkers(
  backends: Backends,
  { workers, gpus }: Pick<RunSettings, 'workers' | 'gpus'>,
): void {
  if (workers === undefined || gpus !== undefined || workers >= backends.length) return;
  const names = backends.slice(0, workers).map((backend) => `webgpu:${deviceName(backend)}`);
  throw requestError({
    what: 'there are fewer workers than GPUs',
    where: '--workers',
    rule: `at least ${backends.length}, one for each GPU: ${backends.map(deviceName).join(' and ')}`,
    value: String(workers),
    advice: `name fewer GPUs (--device "${names.join(',')}"), or leave --workers out`,
  });
}

/** @throws a request error for an option of the CPU where a GPU is taken */
export function checkCpuOptions(
  [backend]: Backends,
  { threads, cpuVectors }: Pick<RunSettings, 'threads' | 'cpuVectors'>,
): void {
  if (backend.device === 'cpu') return;
  const given = Object.entries({ '--threads': threads, '--cpu-vectors': cpuVectors });
  const [option, value] = given.find(([, one]) => one !== undefined) ?? [];
  if (option === undefined) return;
  throw requestError({
    what: 'this option is for the CPU, and a GPU is taken here',
    where: option,
    rule: `with --device cpu (taken: ${deviceName(backend)})`,
    value: String(value),
    advice: `leave ${option} out, or train on the CPU (--device cpu)`,
  });
}

/** Loads the dataset, and checks every run. @throws a request error where one is impossible */
export async function prepareEngine(request: TrainerRequest, backends: Backends): Promise<PreparedTrainer> {
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
      arrange(runs, { request, backends, shared, runMemory, initialChecksums: inputs.initialChecksums }),
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
  readonly backends: Backends;
  readonly shared: SharedDataset;
  /** Bytes of the largest run. */
  readonly runMemory: number;
  readonly initialChecksums: Readonly<Record<string, string>>;
}

async function arrange(runs: readonly Run[], ready: Ready): Promise<Arrangement> {
  const { request, shared, runMemory } = ready;
  const { options, directory, stopFlag } = request;
  // With it comes a check of the kernels, for which a study that is done already need not wait.
  const [first, ...others] = ready.backends;
  const { backend, notes } = runs.length === 0 ? { backend: first, notes: [] } : await settled(first);
  const backends = [backend, ...others] as const;
  const homeOf = homesOf(directory, backends);
  const asked = {
    cores: availableParallelism(),
    freeMemory: freeMemory(),
    workers: options.workers,
    threads: options.threads,
  };
  const allotted = (runsLeft: number, bytes: number) =>
    backend.device === 'cpu'
      ? allot({ ...asked, runsLeft: Math.max(1, runsLeft), runMemory: bytes })
      : { workers: Math.max(options.workers ?? 1, backends.length), threads: 1, threadsAtMost: 1 };
  const alone = allotted(runs.length, runMemory);
  const lockstep = options.lockstep ?? 'auto';
  const groups = await groupRuns({ directory, runs, dataset: shared, backends, homeOf, lockstep, alone });
  const largest = Math.max(runMemory, maxOf(groups.map((group) => groupBytes(group, shared))));
  const allotment = allotted(groups.length, largest);
  const setup: EngineSetup = {
    trainer: 'engine',
    studyDirectory: directory,
    dataset: shared,
    stopFlag,
    allowVariantChange: options.allowVariantChange ?? false,
    backend,
    gitCommit: gitCommit(studyHome(options)),
    initialChecksums: ready.initialChecksums,
  };
  return {
    groups,
    allotment,
    // A GPU's driver may take its process down with it.
    host: backend.device === 'cpu' ? 'thread' : 'process',
    setup,
    places: backends.length === 1 ? [] : placesOf(setup, { backends, homeOf, hosts: allotment.workers }),
    device: backends.map(deviceName).join(' and '),
    notes: [...notes, ...(runs.length === 0 ? [] : tileNotes(backends))],
  };
}

/** What a person should know of the tiles that are measured at start. */
export function tileNotes(backends: Backends, directory?: string): readonly string[] {
  const areMeasured = backends.some(
    (one) => one.device === 'webgpu' && one.tune && one.adapter.type === 'hardware',
  );
  const reason = areMeasured ? whyNotKept(directory) : null;
  return reason === null ? [] : [reason];
}

/** A host for each GPU, and further ones in turn. */
function placesOf(
  setup: EngineSetup,
  { backends, homeOf, hosts }: { backends: Backends; homeOf: HomeOf; hosts: number },
): HostPlace[] {
  return Array.from({ length: hosts }, (_, i) => {
    const backend = backends[i % backends.length];
    return {
      setup: { ...setup, backend },
      takes: ([run]) => {
        const home = homeOf(run);
        return home === null || home === backend;
      },
    };
  });
}

function groupBytes(group: readonly Run[], dataset: SharedDataset): number {
  return estimateRunMemory(compileRun(group[0].trial.configuration, dataset, group.length));
}
