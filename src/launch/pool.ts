/**
 * Groups of runs -> hosts (worker threads, or a device's child process). Each host does one group at a time. A host
 * that dies fails the runs of its group only; another one takes its place.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock } from '../store/node/lock.js';
import { RunFiles } from '../store/node/runFiles.js';
import type { RunStatus } from '../store/records.js';
import type { Run } from '../study/types.js';
import { type Allotment, threadsFor } from './allotment.js';
import { endOrphan } from './command/childFile.js';
import type { Gpu } from './command/gpus.js';
import { type Host, type HostKind, startHost } from './hosts.js';
import type { WorkerMessage, WorkerReply, WorkerSetup } from './jobs.js';

/** The signals by which a terminal or a person stops what runs. */
const stopSignals: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);
/** Milliseconds in which a signal that all processes get has reached all. */
const moment = 300;

/** Where one host is; what is not said is as for all. */
export interface HostPlace {
  /** Its own: GPUs of a machine have different ones. */
  readonly setup?: WorkerSetup;
  /** Of a command: the GPUs that its runs see; without them those of the machine. */
  readonly gpus?: readonly Gpu[];
  /** Whether a group may go there. */
  readonly takes?: (group: readonly Run[]) => boolean;
}

export interface PoolOptions {
  /** One host each, `allotment.workers` of them. */
  readonly host: HostKind;
  readonly setup: WorkerSetup;
  readonly allotment: Allotment;
  /** One for each host; none where they are alike. */
  readonly places: readonly HostPlace[];
  readonly onMessage: (message: WorkerMessage) => void;
}

interface Slot {
  readonly host: Host;
  readonly place: HostPlace;
  /** What the host's group may have: see GroupJob. */
  readonly allowedThreads: Int32Array;
  /** Runs of its group that have not ended; `null`: it has none. */
  running: Set<string> | null;
}

/** Does all groups; resolves when each has ended. After a stop was asked for, waiting groups are not begun. */
export async function runPool(groups: readonly (readonly Run[])[], options: PoolOptions): Promise<void> {
  const pool = new Pool(groups, options);
  await pool.done;
}

class Pool {
  readonly done: Promise<void>;
  readonly #waiting: (readonly Run[])[];
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  readonly #free: HostPlace[];
  /** Crashes that are being told. */
  readonly #crashing: Promise<void>[] = [];
  #finish: () => void = () => {};

  constructor(groups: readonly (readonly Run[])[], options: PoolOptions) {
    this.#waiting = [...groups];
    this.#options = options;
    const { places, allotment } = options;
    this.#free = Array.from({ length: allotment.workers }, (_, i) => places[i] ?? {});
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#startHosts();
    if (this.#slots.size === 0) this.#finish();
  }

  /** Wherever a group waits that may go there. */
  #startHosts(): void {
    for (const place of [...this.#free]) {
      if (this.#waitingFor(place) < 0) continue;
      this.#free.splice(this.#free.indexOf(place), 1);
      this.#startHost(place);
    }
  }

  /** The first waiting group that may go to a place; -1: none. */
  #waitingFor({ takes }: HostPlace): number {
    return this.#waiting.findIndex((group) => takes?.(group) ?? true);
  }

  #startHost(place: HostPlace): void {
    const { host: kind, setup } = this.#options;
    // A place is arranged before the pool knows the cluster's job.
    const own = place.setup === undefined ? setup : { ...place.setup, sitting: setup.sitting };
    const host = startHost(kind, own, {
      onMessage: (message) => this.#take(slot, message),
      onCrash: (reason, signal) => this.#crashed(slot, reason, signal),
      onExit: () => this.#exited(slot),
    });
    const allowedThreads = new Int32Array(new SharedArrayBuffer(4));
    const slot: Slot = { host, place, allowedThreads, running: null };
    this.#slots.add(slot);
    this.#next(slot);
  }

  #take(slot: Slot, message: WorkerReply): void {
    if (message.type === 'group-ended') {
      this.#next(slot);
      return;
    }
    if (message.type === 'run-ended') slot.running?.delete(message.runId);
    this.#options.onMessage(message);
  }

  #next(slot: Slot): void {
    const stopped = Atomics.load(this.#options.setup.stopFlag, 0) === 1;
    const next = stopped ? -1 : this.#waitingFor(slot.place);
    const [runs] = next < 0 ? [] : this.#waiting.splice(next, 1);
    slot.running = runs === undefined ? null : new Set(runs.map(({ id }) => id));
    const threads = this.#shareThreads();
    const { allowedThreads, place } = slot;
    if (runs === undefined) slot.host.post({ type: 'exit' });
    else slot.host.post({ type: 'group', job: { runs, threads, allowedThreads, gpus: place.gpus } });
  }

  /** Tells the groups under way how many threads each may have now. */
  #shareThreads(): number {
    const running = [...this.#slots].filter((slot) => slot.running !== null);
    const threads = threadsFor(this.#options.allotment, running.length + this.#waiting.length);
    for (const { allowedThreads } of running) Atomics.store(allowedThreads, 0, threads);
    return threads;
  }

  #crashed(slot: Slot, reason: string, signal: string | null): void {
    const ids = [...(slot.running ?? [])];
    slot.running = null;
    this.#shareThreads();
    for (const runId of ids) this.#crashing.push(this.#conclude(runId, reason, signal));
  }

  async #conclude(runId: string, reason: string, signal: string | null): Promise<void> {
    const { setup, onMessage } = this.#options;
    const end = (await this.#wasStopped(signal))
      ? ({ status: 'interrupted', reason: null } as const)
      : ({ status: 'failed', reason } as const);
    await recordCrash(setup, runId, end);
    onMessage({ type: 'run-ended', runId, ...end });
  }

  /** Ctrl-C reaches every process of a terminal, and ends one that has just begun and does not listen yet. */
  async #wasStopped(signal: string | null): Promise<boolean> {
    if (signal === null || !stopSignals.has(signal)) return false;
    // This process may hear of it a moment later.
    await sleep(moment);
    return Atomics.load(this.#options.setup.stopFlag, 0) === 1;
  }

  #exited(slot: Slot): void {
    void Promise.all(this.#crashing.splice(0)).then(() => this.#replace(slot));
  }

  #replace(slot: Slot): void {
    this.#slots.delete(slot);
    this.#free.push(slot.place);
    const stopped = Atomics.load(this.#options.setup.stopFlag, 0) === 1;
    if (!stopped) this.#startHosts();
    if (this.#slots.size === 0) this.#finish();
  }
}

/** What the host cannot write any more. As far as it can be written; the run's last checkpoint stays as it is. */
async function recordCrash(
  setup: WorkerSetup,
  runId: string,
  { status, reason }: { readonly status: RunStatus; readonly reason: string | null },
): Promise<void> {
  const directory = join(setup.studyDirectory, 'runs', runId);
  try {
    const lock = acquireLock(directory, `the run ${runId}`);
    try {
      if (setup.trainer !== 'engine') await endOrphan(directory, setup.trainer.grace);
      const files = new RunFiles(directory);
      const record = files.readRecord();
      if (record === null) return;
      files.writeRecord({ ...record, status, statusReason: reason });
      files.log(reason === null ? status : `${status}: ${reason}`);
    } finally {
      lock.release();
    }
  } catch {
    // The crash is what is told.
  }
}
