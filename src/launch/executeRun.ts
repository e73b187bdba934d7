/** One run, from its files to its end: resume, train, record. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmStep } from '../backends/wasm/node/createStep.js';
import { CeterisError, workError } from '../base/errors.js';
import { compile } from '../compile/compile.js';
import { initialState } from '../compile/initial.js';
import type { Program } from '../compile/program.js';
import type { ReplicaState, Step } from '../compile/step.js';
import { buildNetwork } from '../nn/build.js';
import { acquireLock } from '../store/node/lock.js';
import { RunFiles } from '../store/node/runFiles.js';
import type { RunRecord } from '../store/records.js';
import { readSafetensors } from '../store/safetensors.js';
import { fromStateDict, toStateDict } from '../store/weights.js';
import type { Run } from '../study/types.js';
import { type EndEvent, startPosition, type TrainEvent, type TrainPosition } from '../train/events.js';
import { trainGroup } from '../train/trainGroup.js';
import { currentHost, currentVersions } from './environment.js';
import type { RunJob, WorkerMessage, WorkerSetup } from './jobs.js';
import { prepareSplits } from './prepare.js';

export interface RunRequest {
  readonly setup: WorkerSetup;
  readonly job: RunJob;
  readonly send: (message: WorkerMessage) => void;
}

/** Does the run; tells its end with `run-ended` and never throws. */
export async function executeRun(request: RunRequest): Promise<void> {
  const { setup, job, send } = request;
  const runId = job.run.id;
  try {
    const directory = join(setup.studyDirectory, 'runs', runId);
    const lock = acquireLock(directory, `the run ${runId}`);
    try {
      await new RunExecution(request, new RunFiles(directory)).execute();
    } finally {
      lock.release();
    }
  } catch (error) {
    const reason = error instanceof CeterisError ? error.message : `${(error as Error).stack ?? error}`;
    send({ type: 'run-ended', runId, status: 'failed', reason });
  }
}

/** The Program of a run on a dataset. */
export function compileRun(run: Run, dataset: WorkerSetup['dataset']): Program {
  const { network, training } = run.trial.configuration;
  const { height, width, channels, classes } = dataset;
  return compile(buildNetwork(network, { height, width, channels, classes }), {
    batch: training.batchSize,
    replicas: 1,
  });
}

class RunExecution {
  readonly #request: RunRequest;
  readonly #files: RunFiles;
  readonly #run: Run;
  #record: RunRecord;
  #end: EndEvent | null = null;
  #divergence: string | null = null;
  #lastCheckpoint = performance.now();
  readonly #started = performance.now();
  readonly #earlierSeconds: number;
  #lastBreath = performance.now();

  constructor(request: RunRequest, files: RunFiles) {
    this.#request = request;
    this.#files = files;
    this.#run = request.job.run;
    const before = files.readRecord();
    this.#earlierSeconds = before?.seconds ?? 0;
    this.#record = before ?? newRecord(this.#run, request.setup);
  }

  async execute(): Promise<void> {
    const { setup, job, send } = this.#request;
    const program = compileRun(this.#run, setup.dataset);
    const variant = setup.variant === null ? {} : { variant: setup.variant };
    const step = await createWasmStep(program, { threads: job.threads, ...variant });
    try {
      step.load(setup.dataset);
      const position = await this.#prepare(step, program);
      send({ type: 'run-started', runId: this.#run.id, epochsDone: position.epoch, threads: job.threads });
      const outcome = await this.#train(step, position);
      await this.#finish(outcome, step, program);
    } catch (error) {
      this.#write({ status: 'failed', statusReason: (error as Error).message });
      throw error;
    } finally {
      await step.dispose();
    }
  }

  /** State and position to start from: the checkpoint's, a given file's, or fresh weights. */
  async #prepare(step: Step, program: Program): Promise<TrainPosition> {
    const { setup, job } = this.#request;
    const checkpoint = this.#files.resume();
    const variantChanges = this.#checkVariant(step, checkpoint !== null);
    const { initial, epochs } = this.#run.trial.configuration.training;
    if (checkpoint === null) this.#files.clear();
    await step.writeState(0, checkpoint?.state ?? this.#initial(program, initial));
    const position = (checkpoint?.position as TrainPosition | undefined) ?? startPosition;
    const { threads: _, ...described } = step.description;
    this.#write({
      status: 'running',
      statusReason: null,
      epochs,
      epochsDone: position.epoch,
      backend: { ...described, threads: job.threads },
      versions: currentVersions(),
      host: currentHost(),
      gitCommit: setup.gitCommit,
      startedAt: this.#record.startedAt ?? new Date().toISOString(),
      endedAt: null,
      variantChanges,
    });
    this.#files.log(checkpoint === null ? 'starts' : `continues after epoch ${position.epoch}`);
    return position;
  }

  #initial(program: Program, file: string | null): ReplicaState {
    if (file === null) return initialState(program, this.#run.seed.initial);
    const bytes = readFileSync(file);
    return fromStateDict(readSafetensors(bytes, file), program.parameters, program.statistics, file);
  }

  /** A run goes on only under an equal record, unless that was allowed. */
  #checkVariant(step: Step, resumes: boolean): readonly string[] {
    const before = this.#record.backend;
    if (before === null || !resumes) return [];
    const described = (one: typeof before, versions: Readonly<Record<string, string>>) =>
      `${one.backend} ${one.variant} ${one.precision} ${JSON.stringify(one.tiles)}, V8 ${versions.v8}`;
    const was = described(before, this.#record.versions);
    const is = described(step.description, currentVersions());
    if (was === is) return this.#record.variantChanges;
    if (this.#request.setup.allowVariantChange) {
      return [...this.#record.variantChanges, `after epoch ${this.#record.epochsDone}: ${was} -> ${is}`];
    }
    throw workError({
      what: 'this run was begun by another kernel variant',
      where: this.#run.id,
      rule: `equal bits need ${was}`,
      value: is,
      advice: 'continue on the machine and Node that began it, or allow it with --allow-variant-change',
    });
  }

  async #train(step: Step, position: TrainPosition): Promise<'done' | 'stopped' | 'diverged'> {
    const { dataset, stopFlag } = this.#request.setup;
    const { configuration } = this.#run.trial;
    const splits = prepareSplits(dataset, configuration.dataset, this.#run.seed);
    const events = trainGroup({
      step,
      labels: dataset.labels,
      splits,
      replicas: [{ configuration, seed: this.#run.seed }],
      resume: [position],
      control: {
        stopRequested: () => Atomics.load(stopFlag, 0) === 1 || this.#cancelled,
        breathe: () => this.#breathe(),
        now: () => performance.now() / 1000,
      },
    });
    for (;;) {
      const { value, done } = await events.next();
      if (done === true) return value;
      await this.#handle(value);
    }
  }

  #cancelled = false;

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastBreath < 200) return;
    this.#lastBreath = performance.now();
    if (this.#files.takeRequest('stop') || this.#files.takeRequest('cancel')) this.#cancelled = true;
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #handle(event: TrainEvent): Promise<void> {
    const { send } = this.#request;
    const runId = this.#run.id;
    switch (event.type) {
      case 'progress': {
        const { epoch, step, steps, loss, imagesPerSecond } = event;
        send({ type: 'run-progress', runId, epoch, step, steps, loss, imagesPerSecond });
        break;
      }
      case 'steps':
        this.#files.appendSteps(event.epoch, event.steps, event.losses);
        break;
      case 'epoch':
        this.#files.appendMetrics(event.row);
        this.#files.appendGradients(event.row.epoch, event.gradientNorms);
        this.#record = { ...this.#record, epochsDone: event.row.epoch };
        send({ type: 'run-epoch', runId, row: event.row });
        break;
      case 'diverged':
        this.#divergence = `the loss was ${event.loss} in epoch ${event.epoch}, step ${event.step}`;
        break;
      case 'checkpoint':
        await this.#checkpoint(event);
        break;
      case 'end':
        this.#end = event;
        break;
      default:
        event satisfies never;
    }
  }

  async #checkpoint(event: Extract<TrainEvent, { type: 'checkpoint' }>): Promise<void> {
    const seconds = (performance.now() - this.#lastCheckpoint) / 1000;
    const due = seconds >= this.#run.trial.configuration.training.checkpointSeconds;
    if (event.reason === 'epoch' && !due) return;
    this.#files.writeCheckpoint({ state: await event.readState(), position: event.position });
    this.#lastCheckpoint = performance.now();
    this.#write({});
  }

  async #finish(outcome: 'done' | 'stopped' | 'diverged', step: Step, program: Program): Promise<void> {
    const status = outcome === 'stopped' ? 'interrupted' : outcome;
    if (outcome !== 'diverged') {
      this.#files.writeWeights(toStateDict(await step.readState(0), program.parameters));
    }
    if (this.#end !== null) {
      this.#files.writePredictions(this.#end.predictions);
    }
    const test = this.#end?.test ?? null;
    const calibration = this.#end?.calibration ?? null;
    const endedAt = outcome === 'stopped' ? null : new Date().toISOString();
    this.#write({ status, statusReason: this.#divergence, test, calibration, endedAt });
    this.#files.log(this.#divergence === null ? status : `${status}: ${this.#divergence}`);
    this.#request.send({ type: 'run-ended', runId: this.#run.id, status, reason: this.#divergence });
  }

  #write(changes: Partial<RunRecord>): void {
    const seconds = this.#earlierSeconds + (performance.now() - this.#started) / 1000;
    this.#record = { ...this.#record, ...changes, seconds };
    this.#files.writeRecord(this.#record);
  }
}

function newRecord(run: Run, setup: WorkerSetup): RunRecord {
  return {
    formatVersion: 1,
    id: run.id,
    trialName: run.trial.name,
    levels: run.trial.levels,
    seed: run.seed,
    configuration: run.trial.configuration,
    fingerprint: run.fingerprint,
    datasetChecksum: setup.dataset.checksum,
    status: 'waiting',
    statusReason: null,
    epochsDone: 0,
    epochs: run.trial.configuration.training.epochs,
    backend: null,
    versions: {},
    host: null,
    gitCommit: null,
    startedAt: null,
    endedAt: null,
    seconds: 0,
    variantChanges: [],
    test: null,
    calibration: null,
    source: null,
  };
}
