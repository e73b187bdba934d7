/** The files of a run that a command trains: its lock, record, log and metrics, and its command's attempts. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CeterisError } from '../../base/errors.js';
import { writeWhole } from '../../store/node/files.js';
import { acquireLock, type Lock } from '../../store/node/lock.js';
import { RunFiles } from '../../store/node/runFiles.js';
import type { MetricsRow, RunRecord, RunStatus, TrainerRecord } from '../../store/records.js';
import { waitingRecord } from '../../store/waitingRecord.js';
import { currentHost, currentVersions } from '../environment.js';
import { reasonOf } from '../reasons.js';
import { withSitting } from '../sittings.js';
import { hasEnded, runDirectory } from '../status.js';
import { type AttemptEnd, attemptCommand } from './attempt.js';
import { argumentsOf, configText, environmentOf, valuesOf } from './call.js';
import { findCheckpoint } from './checkpoints.js';
import { endOrphan, removeChild, writeChild } from './childFile.js';
import { readWrittenMetrics, stampOf, type WrittenMetrics } from './commandMetrics.js';
import { endText, saidText } from './endText.js';
import { MetricsWatch } from './metricsWatch.js';
import { OutputLog } from './outputLog.js';
import { readWrittenPredictions } from './predictions.js';
import { changedFiles, changedFilesText } from './program.js';
import { readingOf } from './reading.js';
import type { CommandRunRequest } from './request.js';

/** The command's own folder in the directory of the run: nothing that it writes meets our files. */
const ownFolder = 'trainer';
const shownLines = 12;
/** Epochs that one reading may tell one by one. */
const mostTold = 500;

export class CommandRecorder {
  readonly #request: CommandRunRequest;
  readonly #directory: string;
  readonly #folder: string;
  readonly #files: RunFiles;
  readonly #lock: Lock;
  readonly #started = performance.now();
  #record: RunRecord;
  #trainer: TrainerRecord;
  #earlierSeconds: number;
  #told = 0;
  #stopRequested = false;
  #ended = false;

  /** Locks the run. @throws a work error where another process has it, or its files cannot be written or read */
  constructor(request: CommandRunRequest) {
    const { run, setup } = request;
    this.#request = request;
    this.#directory = runDirectory(setup.studyDirectory, run);
    this.#folder = join(this.#directory, ownFolder);
    this.#lock = acquireLock(this.#directory, `the run ${run.id}`);
    try {
      this.#files = new RunFiles(this.#directory);
      const before = this.#files.readRecord();
      const record = before ?? waitingRecord(run, null);
      this.#record = { ...record, ...withSitting(record, setup.sitting) };
      this.#trainer = { ...this.#newTrainer(), ...before?.trainer };
      this.#earlierSeconds = before?.seconds ?? 0;
      // A request that an earlier process did not see was not meant for this one.
      this.#takeRequests();
      this.#stopRequested = false;
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Whether whoever held its lock until now has brought it to its end: told, and nothing is changed. */
  get endedBefore(): boolean {
    const { status, fingerprint } = this.#record;
    if (fingerprint !== this.#request.run.fingerprint || !hasEnded(status)) return false;
    if (this.#isReadOtherwise) return false;
    this.#tell(status, null);
    return true;
  }

  /** Ends what an earlier ceteris, killed in the middle, has left working in this folder. */
  async endOrphan(): Promise<void> {
    const found = await endOrphan(this.#directory, this.#request.setup.trainer.grace);
    if (found !== null) this.#files.log(found);
  }

  get #isReadOtherwise(): boolean {
    return this.#trainer.reading !== this.#reading;
  }

  get #reading(): string {
    const { trainer, judged } = this.#request.setup;
    return readingOf(trainer.metrics, judged);
  }

  /**
   * A command that had ended well, and whose metrics could not be read or were read otherwise: read again, as the study
   * says it now. Where they cannot, a run that has ended stays as it was read before.
   */
  async readAgain(): Promise<boolean> {
    const { status, trainer, fingerprint } = this.#record;
    const isEnded = fingerprint === this.#request.run.fingerprint && hasEnded(status);
    if (!isEnded && (status !== 'failed' || trainer?.exitCode !== 0)) return false;
    let metrics: WrittenMetrics;
    try {
      metrics = await this.#readMetrics();
    } catch (error) {
      if (!isEnded) return false;
      const reason = `it stays as it was read before, since it cannot be read again: ${reasonOf(error)}`;
      this.#files.log(reason);
      this.#tell(status, reason);
      return true;
    }
    this.#files.log('the metrics of the command, which had ended, are read again');
    this.#tellStart(0);
    this.#trainer = { ...this.#trainer, reading: this.#reading };
    const { exitCode: code, signal } = this.#trainer;
    this.#conclude({ kind: 'exited', code, signal }, metrics);
    return true;
  }

  /** Calls the command once. @returns whether it failed and is to be tried again */
  async attempt(mayRepeat: boolean): Promise<boolean> {
    const { setup } = this.#request;
    if (this.#shouldStop()) {
      this.#end('interrupted', null);
      return false;
    }
    const changed = changedFiles(setup.trainer, setup.folder, setup.files);
    if (changed.length > 0) {
      this.#end('failed', changedFilesText(changed));
      return false;
    }
    const checkpoint =
      setup.trainer.resume === null ? null : findCheckpoint(this.#folder, setup.trainer.checkpoint);
    this.#begin(checkpoint);
    const log = new OutputLog(this.#files.path('log.txt'));
    let end: AttemptEnd;
    try {
      end = await this.#call(checkpoint !== null, log);
    } finally {
      log.end();
    }
    this.#lock.assertHeld();
    removeChild(this.#directory);
    if (end.kind === 'exited') this.#trainer = { ...this.#trainer, exitCode: end.code, signal: end.signal };
    return this.#afterwards(end, log, mayRepeat);
  }

  /** The run has failed for another reason than its command: recorded as far as that can be written, and told. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const reason = reasonOf(error);
    try {
      this.#end('failed', reason);
      const trace = error instanceof CeterisError ? '' : `\n${(error as Error).stack ?? ''}`;
      if (trace !== '') this.#files.log(trace);
    } catch {
      // The lock was lost or the disk is full: the first failure is the one to tell.
      this.#tell('failed', reason);
    }
  }

  release(): void {
    this.#lock.release();
  }

  #newTrainer(): TrainerRecord {
    const { run, setup, gpus } = this.#request;
    return {
      command: argumentsOf(setup.trainer, run, this.#places, false),
      values: valuesOf(run),
      folder: setup.folder,
      files: setup.files,
      recorded: setup.recorded,
      gpus: (gpus ?? []).map(({ device, name }) => (name === null ? device : `${device}: ${name}`)),
      attempts: 0,
      resumed: 0,
      exitCode: null,
      signal: null,
      reading: this.#reading,
    };
  }

  get #places() {
    return { folder: this.#folder, config: this.#files.path('config.json') };
  }

  /** Resumes, or clears what an earlier attempt left; writes what the command reads. */
  #begin(checkpoint: string | null): void {
    const { run, setup } = this.#request;
    if (checkpoint === null) {
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
      this.#files.clear();
      this.#told = 0;
      this.#earlierSeconds = this.#trainer.attempts === 0 ? 0 : this.#earlierSeconds;
      this.#record = { ...this.#record, epochsDone: 0 };
    } else {
      // Those of earlier processes are told.
      this.#told = Math.max(this.#told, this.#record.epochsDone);
    }
    mkdirSync(this.#folder, { recursive: true });
    writeWhole(this.#places.config, configText(run));
    const resumes = checkpoint !== null;
    const { attempts, resumed } = this.#trainer;
    this.#trainer = {
      ...this.#newTrainer(),
      command: argumentsOf(setup.trainer, run, this.#places, resumes),
      attempts: attempts + 1,
      resumed: resumes ? resumed + 1 : 0,
    };
    const short = Object.entries(setup.recorded).filter(
      ([, text]) => text.length < 80 && !text.includes('\n'),
    );
    const { v8: _, ...versions } = currentVersions();
    this.#write({
      ...waitingRecord(run, null),
      configuration: null,
      status: 'running',
      epochsDone: this.#record.epochsDone,
      epochs: Math.max(setup.trainer.epochs ?? 0, this.#record.epochsDone),
      versions: { ...versions, ...Object.fromEntries(short) },
      host: currentHost(),
      gitCommit: setup.gitCommit,
      startedAt: this.#record.startedAt ?? new Date().toISOString(),
    });
    const how = resumes ? `goes on from ${checkpoint}` : 'starts';
    this.#files.log(`${how}, attempt ${this.#trainer.attempts}: ${JSON.stringify(this.#trainer.command)}`);
    this.#tellStart(this.#record.epochsDone);
  }

  async #call(resumes: boolean, log: OutputLog): Promise<AttemptEnd> {
    const { run, setup, gpus, threads } = this.#request;
    const token = randomUUID();
    const watch = new MetricsWatch({
      stamp: () => stampOf(this.#folder, setup.trainer.metrics),
      read: () => this.#readMetrics(),
    });
    writeChild(this.#directory, { pid: 0, token });
    const around = { ...this.#places, study: setup.studyName, token, gpus, threads };
    return attemptCommand({
      command: argumentsOf(setup.trainer, run, this.#places, resumes),
      folder: setup.folder,
      environment: environmentOf(run, around),
      token,
      log,
      timeout: setup.trainer.timeout,
      grace: setup.trainer.grace,
      onStart: (pid) => writeChild(this.#directory, { pid, token }),
      shouldStop: () => this.#shouldStop(),
      look: () => this.#look(watch),
    });
  }

  /** While the command works: whether the run is still ours, and what it has measured. */
  async #look(watch: MetricsWatch): Promise<void> {
    this.#lock.assertHeld();
    const metrics = await watch.look();
    if (metrics !== null) this.#take(metrics.rows, false);
  }

  #readMetrics(): Promise<WrittenMetrics> {
    const { setup } = this.#request;
    return readWrittenMetrics({
      folder: this.#folder,
      metrics: setup.trainer.metrics,
      judged: setup.judged,
      wasResumed: this.#trainer.resumed > 0,
    });
  }

  /** Keeps the rows, and tells those that are new. The last one may not be whole while the command works. */
  #take(rows: readonly MetricsRow[], isWhole: boolean): void {
    const last = rows.at(-1)?.epoch ?? 0;
    const whole = rows.filter((row) => isWhole || row.epoch < last || this.#isJudged(row));
    const done = whole.at(-1)?.epoch ?? 0;
    if (done === this.#record.epochsDone && !isWhole) return;
    try {
      this.#files.writeMetrics(whole);
    } catch (error) {
      // A full disk while it works: it may have room again at the end.
      if (isWhole) throw error;
      return;
    }
    const fresh = whole.filter(({ epoch }) => epoch > this.#told);
    // Of very many at once those that are the newest: whoever follows must not fall behind.
    for (const row of fresh.length > mostTold ? fresh.slice(-1) : fresh)
      this.#request.send({ type: 'run-epoch', runId: this.#request.run.id, row });
    this.#told = Math.max(this.#told, done);
    const epochs = Math.max(this.#request.setup.trainer.epochs ?? 0, done);
    if (!isWhole) this.#write({ epochsDone: done, epochs });
    else this.#record = { ...this.#record, epochsDone: done, epochs };
  }

  #isJudged(row: MetricsRow): boolean {
    return this.#request.setup.judged.every(({ name }) => typeof row[name] === 'number');
  }

  async #afterwards(end: AttemptEnd, log: OutputLog, mayRepeat: boolean): Promise<boolean> {
    const read = await this.#readMetrics().then(
      (metrics) => ({ metrics, error: null }),
      (error: unknown) => ({ metrics: null, error }),
    );
    if (end.kind === 'stopped') {
      if (read.metrics !== null) this.#take(read.metrics.rows, true);
      this.#end('interrupted', null);
      return false;
    }
    const isWell = end.kind === 'exited' && end.code === 0;
    if (read.metrics !== null && (isWell || read.metrics.diverged !== null)) {
      this.#conclude(end, read.metrics);
      return false;
    }
    if (read.metrics !== null) this.#take(read.metrics.rows, true);
    const reason = isWell
      ? `${reasonOf(read.error)}\n  the command ended with exit code 0${saidText(log.lastLines(shownLines))}`
      : endText(end, {
          trainer: this.#request.setup.trainer,
          resumed: this.#trainer.resumed > 0 ? this.#folder : null,
          lines: log.lastLines(shownLines),
        });
    const repeats = mayRepeat && !isWell && end.kind !== 'not started';
    if (!repeats) {
      this.#end('failed', reason);
      return false;
    }
    this.#write({ statusReason: reason });
    this.#files.log(`is tried again: ${reason}`);
    return true;
  }

  /** Ended well, or diverged: with all that it has measured. */
  #conclude(end: AttemptEnd, { rows, diverged, notes, remark }: WrittenMetrics): void {
    this.#take(rows, true);
    for (const note of notes) this.#files.log(note);
    const isDone = diverged === null;
    const { written, problem } = isDone ? this.#predictions() : { written: null, problem: null };
    const epochsDone = diverged?.epoch ?? this.#record.epochsDone;
    this.#record = {
      ...this.#record,
      epochsDone,
      epochs: isDone ? epochsDone : Math.max(this.#record.epochs, epochsDone),
      calibration: written?.calibration ?? null,
      test: written?.test ?? null,
    };
    const code =
      end.kind === 'exited' && end.code !== 0 ? ` (the command ended with ${end.code ?? end.signal})` : '';
    const remarks = [remark, problem].filter((one) => one !== null).join('\n  ');
    if (isDone) this.#end('done', null, remarks === '' ? null : remarks);
    else this.#end('diverged', `${diverged.metric} is not finite from epoch ${diverged.epoch} on${code}`);
  }

  /** Those that cannot be read are told, and left out. */
  #predictions() {
    try {
      const written = readWrittenPredictions(this.#folder);
      if (written !== null) this.#files.writePredictions(written.rows);
      return { written, problem: null };
    } catch (error) {
      if (!(error instanceof CeterisError)) throw error;
      return { written: null, problem: `its predictions were left out: ${error.message}` };
    }
  }

  #shouldStop(): boolean {
    this.#takeRequests();
    return this.#stopRequested || Atomics.load(this.#request.setup.stopFlag, 0) === 1;
  }

  #takeRequests(): void {
    if (this.#files.takeStop()) this.#stopRequested = true;
  }

  /** @param remark told beside its end, and no reason for it */
  #end(status: RunStatus, reason: string | null, remark: string | null = null): void {
    const endedAt = status === 'interrupted' ? null : new Date().toISOString();
    this.#write({ status, statusReason: reason, endedAt });
    if (remark !== null) this.#files.log(remark);
    this.#files.log(reason === null ? status : `${status}: ${reason}`);
    this.#tell(status, reason ?? remark);
  }

  #tellStart(epochsDone: number): void {
    const threads = this.#request.threads ?? 1;
    this.#request.send({ type: 'run-started', runId: this.#request.run.id, epochsDone, threads });
  }

  #tell(status: RunStatus, reason: string | null): void {
    this.#ended = true;
    this.release();
    this.#request.send({ type: 'run-ended', runId: this.#request.run.id, status, reason });
  }

  #write(changes: Partial<RunRecord>): void {
    const seconds = this.#earlierSeconds + (performance.now() - this.#started) / 1000;
    this.#record = { ...this.#record, ...changes, trainer: this.#trainer, seconds };
    this.#lock.assertHeld();
    this.#files.writeRecord(this.#record);
  }
}
