/** One run, from its files to its end: resume, train, record. */
import { join } from 'node:path';
import { CeterisError } from '../base/errors.js';
import { initialState } from '../compile/initial.js';
import type { Program } from '../compile/program.js';
import type { Step } from '../compile/step.js';
import { acquireLock, type Lock } from '../store/node/lock.js';
import { type Checkpoint, RunFiles } from '../store/node/runFiles.js';
import type { RunRecord } from '../store/records.js';
import { toStateDict } from '../store/weights.js';
import type { Run } from '../study/types.js';
import { type EndEvent, startPosition, type TrainEvent, type TrainPosition } from '../train/events.js';
import { trainGroup } from '../train/trainGroup.js';
import { compileRun } from './compileRun.js';
import { currentHost, currentVersions } from './environment.js';
import { GrowingStep } from './growingStep.js';
import { initialFrom } from './initialWeights.js';
import type { RunJob, WorkerMessage, WorkerSetup } from './jobs.js';
import { continuesFrom, newRecord, variantChanges } from './newRecord.js';
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
      await new RunExecution(request, new RunFiles(directory), lock).execute();
    } finally {
      lock.release();
    }
  } catch (error) {
    send({ type: 'run-ended', runId, status: 'failed', reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CeterisError) return error.message;
  return `something went wrong inside ceteris: ${error instanceof Error ? error.message : String(error)}`;
}

class RunExecution {
  readonly #request: RunRequest;
  readonly #files: RunFiles;
  readonly #run: Run;
  readonly #lock: Lock;
  #record: RunRecord;
  #end: EndEvent | null = null;
  #divergence: string | null = null;
  #lastCheckpoint = performance.now();
  readonly #started = performance.now();
  #earlierSeconds: number;
  #lastBreath = performance.now();
  #team: GrowingStep | null = null;

  constructor(request: RunRequest, files: RunFiles, lock: Lock) {
    this.#request = request;
    this.#files = files;
    this.#lock = lock;
    this.#run = request.job.run;
    const before = files.readRecord();
    this.#earlierSeconds = before?.seconds ?? 0;
    this.#record = before ?? newRecord(this.#run, request.setup);
  }

  async execute(): Promise<void> {
    const { setup, job, send } = this.#request;
    const program = compileRun(this.#run.trial.configuration, setup.dataset);
    const { variant } = setup.backend;
    const choice = { backend: 'wasm', threads: job.threads, variant } as const;
    const team = await GrowingStep.open(program, setup.dataset, choice);
    this.#team = team;
    try {
      const position = await this.#prepare(team.current, program);
      send({ type: 'run-started', runId: this.#run.id, epochsDone: position.epoch, threads: job.threads });
      const outcome = await this.#train(team, position);
      await this.#finish(outcome, team.current, program);
    } catch (error) {
      this.#recordFailure(error);
      throw error;
    } finally {
      await team.dispose();
    }
  }

  /** As far as that can be written: the disk may be full, or the run another process's. */
  #recordFailure(error: unknown): void {
    try {
      this.#write({ status: 'failed', statusReason: reasonOf(error) });
      const trace = error instanceof CeterisError ? '' : `\n${(error as Error).stack ?? ''}`;
      this.#files.log(`failed: ${reasonOf(error)}${trace}`);
    } catch {
      // The first failure is the one to tell.
    }
  }

  /** State and position to start from: the checkpoint's, a given file's, or fresh weights. */
  async #prepare(step: Step, program: Program): Promise<TrainPosition> {
    const { setup, job } = this.#request;
    // A request that an earlier process did not see was not meant for this one.
    for (const name of ['stop', 'cancel'] as const) this.#files.takeRequest(name);
    const { configuration } = this.#run.trial;
    const { initial, epochs } = configuration.training;
    const checkpoint = this.#resume(epochs);
    if (checkpoint === null) this.#startAnew();
    const changes = variantChanges(this.#record, step.description, setup.allowVariantChange);
    const checksum = initial === null ? undefined : setup.initialChecksums[initial];
    const fresh = () =>
      initial === null
        ? initialState(program, this.#run.seed.initial)
        : initialFrom(initial, program, checksum);
    await step.writeState(0, checkpoint?.state ?? fresh());
    const position = checkpoint?.position ?? startPosition;
    const { threads: _, ...described } = step.description;
    this.#write({
      status: 'running',
      statusReason: null,
      configuration,
      epochs,
      epochsDone: position.epoch,
      backend: { ...described, threads: job.threads },
      versions: currentVersions(),
      host: currentHost(),
      gitCommit: setup.gitCommit,
      startedAt: this.#record.startedAt ?? new Date().toISOString(),
      endedAt: null,
      test: null,
      calibration: null,
      variantChanges: changes,
    });
    const begins = checkpoint === null ? 'starts' : `continues after epoch ${position.epoch}`;
    this.#files.log(`${begins}, on the ${setup.backend.device}: ${described.backend} ${described.variant}`);
    return position;
  }

  /** The checkpoint; `null` where there is none, or none that a run of so many epochs can go on from. */
  #resume(epochs: number): { state: Checkpoint['state']; position: TrainPosition } | null {
    const checkpoint = this.#files.resume();
    if (checkpoint === null) return null;
    const position = checkpoint.position as TrainPosition;
    if (continuesFrom(position, this.#record.epochs, epochs)) return { state: checkpoint.state, position };
    this.#files.log(
      `the checkpoint, after epoch ${position.epoch}, lies beyond the ${epochs} epochs asked for`,
    );
    return null;
  }

  #startAnew(): void {
    this.#files.clear();
    this.#record = newRecord(this.#run, this.#request.setup);
    this.#earlierSeconds = 0;
  }

  async #train(team: GrowingStep, position: TrainPosition): Promise<'done' | 'stopped' | 'diverged'> {
    const { dataset, stopFlag } = this.#request.setup;
    const { configuration } = this.#run.trial;
    const splits = prepareSplits(dataset, configuration.dataset, this.#run.seed);
    const events = trainGroup({
      get step() {
        return team.current;
      },
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
        this.#lock.assertHeld();
        this.#files.appendSteps(event.epoch, event.steps, event.losses);
        break;
      case 'epoch':
        this.#lock.assertHeld();
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
        if (event.reason === 'epoch') await this.#takeFreeThreads();
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
    this.#lock.assertHeld();
    this.#files.writeCheckpoint({ state: await event.readState(), position: event.position });
    this.#lastCheckpoint = performance.now();
    this.#write({});
  }

  /** Other runs have ended: this one goes on with more threads, and with the same bits. */
  async #takeFreeThreads(): Promise<void> {
    const allowed = Atomics.load(this.#request.job.allowedThreads, 0);
    const { backend } = this.#record;
    if (this.#team === null || backend === null || allowed <= this.#team.threads) return;
    await this.#team.grow(allowed);
    this.#write({ backend: { ...backend, threads: allowed } });
    this.#files.log(`goes on with ${allowed} threads`);
  }

  async #finish(outcome: 'done' | 'stopped' | 'diverged', step: Step, program: Program): Promise<void> {
    const status = outcome === 'stopped' ? 'interrupted' : outcome;
    this.#lock.assertHeld();
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
    this.#lock.assertHeld();
    this.#files.writeRecord(this.#record);
  }
}
