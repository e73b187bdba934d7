/** One run on disk while it is trained: its lock, files, record and checkpoints. It knows nothing of the others. */
import { CeterisError } from '../base/errors.js';
import { initialState } from '../compile/initial.js';
import type { Program } from '../compile/program.js';
import type { BackendDescription, ReplicaState } from '../compile/step.js';
import { acquireLock, type Lock } from '../store/node/lock.js';
import { RunFiles } from '../store/node/runFiles.js';
import type { RunRecord, RunStatus } from '../store/records.js';
import { continuesFrom, runState } from '../store/runState.js';
import { toStateDict } from '../store/weights.js';
import type { Run } from '../study/types.js';
import {
  type EndEvent,
  type EndedEvent,
  startPosition,
  type TrainEvent,
  type TrainPosition,
} from '../train/events.js';
import { deviceName } from './backend.js';
import { currentHost, currentVersions } from './environment.js';
import { initialFrom } from './initialWeights.js';
import type { EngineSetup, WorkerMessage } from './jobs.js';
import { newRecord, variantChanges } from './newRecord.js';
import { reasonOf } from './reasons.js';
import { withSitting } from './sittings.js';
import { runDirectory } from './status.js';

export interface RecorderRequest {
  readonly run: Run;
  readonly setup: EngineSetup;
  readonly send: (message: WorkerMessage) => void;
}

/** What a run starts from. */
export interface Start {
  readonly state: ReplicaState;
  readonly position: TrainPosition;
}

export class RunRecorder {
  readonly run: Run;
  readonly #request: RecorderRequest;
  readonly #files: RunFiles;
  readonly #lock: Lock;
  #record: RunRecord;
  /** As another sitting left it. */
  readonly #before: RunRecord | null;
  #end: EndEvent | null = null;
  #divergence: string | null = null;
  #lastCheckpoint = performance.now();
  readonly #started = performance.now();
  #earlierSeconds: number;
  #stopRequested = false;
  #ended = false;

  /** Locks the run. @throws a work error where another process has it, or its files cannot be written or read */
  constructor(request: RecorderRequest) {
    const { run, setup } = request;
    const directory = runDirectory(setup.studyDirectory, run);
    this.#request = request;
    this.run = run;
    this.#lock = acquireLock(directory, `the run ${run.id}`);
    try {
      this.#files = new RunFiles(directory);
      const before = this.#files.readRecord();
      this.#before = before;
      this.#earlierSeconds = before?.seconds ?? 0;
      this.#record = before ?? newRecord(run, setup);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** The status that it had ended with before this process came to it: `null` where there is something left to do. */
  get endedBefore(): RunStatus | null {
    const { fingerprint, trial } = this.run;
    if (this.#before?.fingerprint !== fingerprint) return null;
    const { status, next } = runState(this.#before, trial.configuration.training.epochs);
    return next === 'none' ? status : null;
  }

  /** Whether it has told its end; it takes no more events then. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Whether another process, or its own end, asks it to stop. */
  get stopRequested(): boolean {
    return this.#stopRequested || this.#ended;
  }

  /** Epochs that it still takes. */
  get epochsLeft(): number {
    return this.run.trial.configuration.training.epochs - this.#record.epochsDone;
  }

  /**
   * State and position to start from: the checkpoint's, a given file's, or fresh weights.
   * @param others run in lockstep with it
   * @throws a work error where it was begun by another variant, or its checkpoint is damaged
   */
  start(description: BackendDescription, program: Program, others: number): Start {
    const { setup, send } = this.#request;
    // A request that an earlier process did not see was not meant for this one.
    this.#files.takeStop();
    const { configuration } = this.run.trial;
    const { initial, epochs } = configuration.training;
    const checkpoint = this.#resume(epochs);
    if (checkpoint === null) this.#startAnew();
    const changes = variantChanges(this.#record, description, setup.allowVariantChange);
    const checksum = initial === null ? undefined : setup.initialChecksums[initial];
    const fresh = () =>
      initial === null
        ? initialState(program, this.run.seed.initial)
        : initialFrom(initial, program, checksum);
    const state = checkpoint?.state ?? fresh();
    const position = checkpoint?.position ?? startPosition;
    this.#write({
      status: 'running',
      statusReason: null,
      configuration,
      epochs,
      epochsDone: position.epoch,
      backend: description,
      versions: currentVersions(),
      host: currentHost(),
      gitCommit: setup.gitCommit,
      startedAt: this.#record.startedAt ?? new Date().toISOString(),
      endedAt: null,
      test: null,
      calibration: null,
      variantChanges: changes,
      ...withSitting(this.#before ?? {}, setup.sitting),
    });
    const begins = checkpoint === null ? 'starts' : `continues after epoch ${position.epoch}`;
    const company = others === 0 ? '' : `, in lockstep with ${others} other ${others === 1 ? 'run' : 'runs'}`;
    const { backend, variant } = description;
    const device = deviceName(setup.backend);
    this.#files.log(`${begins}, on the ${device}: ${backend} ${variant}${company}`);
    const { threads } = description;
    send({ type: 'run-started', runId: this.run.id, epochsDone: position.epoch, threads });
    return { state, position };
  }

  async handle(event: TrainEvent, program: Program): Promise<void> {
    const { send } = this.#request;
    const runId = this.run.id;
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
        break;
      case 'end':
        this.#end = event;
        break;
      case 'ended':
        await this.#finish(event, program);
        break;
      default:
        event satisfies never;
    }
  }

  /** Looks for requests of other processes. */
  takeRequests(): void {
    if (this.#ended) return;
    if (this.#files.takeStop()) this.#stopRequested = true;
  }

  /** It goes on with other threads, or other company, and with the same bits. */
  goOn(threads: number, text: string): void {
    const { backend } = this.#record;
    if (this.#ended || backend === null) return;
    this.#write({ backend: { ...backend, threads } });
    this.#files.log(text);
  }

  /** A remark for its log. */
  note(text: string): void {
    this.#files.log(text);
  }

  /** The run has failed: recorded as far as that can be written (the disk may be full), and told. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const reason = reasonOf(error);
    try {
      this.#write({ status: 'failed', statusReason: reason });
      const trace = error instanceof CeterisError ? '' : `\n${(error as Error).stack ?? ''}`;
      this.#files.log(`failed: ${reason}${trace}`);
    } catch {
      // The first failure is the one to tell.
    }
    this.#tell('failed', reason);
  }

  /** Gives the lock back; done as soon as the run has ended. */
  release(): void {
    this.#lock.release();
  }

  /** The checkpoint; `null` where there is none, or none that a run of so many epochs can go on from. */
  #resume(epochs: number): Start | null {
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
    this.#record = newRecord(this.run, this.#request.setup);
    this.#earlierSeconds = 0;
  }

  async #checkpoint(event: Extract<TrainEvent, { type: 'checkpoint' }>): Promise<void> {
    const seconds = (performance.now() - this.#lastCheckpoint) / 1000;
    const due = seconds >= this.run.trial.configuration.training.checkpointSeconds;
    if (event.reason === 'epoch' && !due) return;
    this.#lock.assertHeld();
    this.#files.writeCheckpoint({ state: await event.readState(), position: event.position });
    this.#lastCheckpoint = performance.now();
    this.#write({});
  }

  async #finish({ outcome, readState }: EndedEvent, program: Program): Promise<void> {
    const status = outcome === 'stopped' ? 'interrupted' : outcome;
    this.#lock.assertHeld();
    if (outcome !== 'diverged') {
      this.#files.writeWeights(toStateDict(await readState(), program.parameters));
    }
    if (this.#end !== null) this.#files.writePredictions(this.#end.predictions);
    const test = this.#end?.test ?? null;
    const calibration = this.#end?.calibration ?? null;
    const endedAt = outcome === 'stopped' ? null : new Date().toISOString();
    const reason = this.#divergence;
    this.#write({ status, statusReason: reason, test, calibration, endedAt });
    this.#files.log(reason === null ? status : `${status}: ${reason}`);
    this.#ended = true;
    this.#tell(status, reason);
  }

  #tell(status: RunRecord['status'], reason: string | null): void {
    this.release();
    this.#request.send({ type: 'run-ended', runId: this.run.id, status, reason });
  }

  #write(changes: Partial<RunRecord>): void {
    const seconds = this.#earlierSeconds + (performance.now() - this.#started) / 1000;
    this.#record = { ...this.#record, ...changes, seconds };
    this.#lock.assertHeld();
    this.#files.writeRecord(this.#record);
  }
}
