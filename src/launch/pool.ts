/**
 * Groups of runs -> hosts (worker threads, or a device's child process). Each host does one group at a time. A host
 * that dies fails the runs of its group only; another one takes its place.
 */
import { join } from 'node:path';
import { acquireLock } from '../store/node/lock.js';
import { RunFiles } from '../store/node/runFiles.js';
import type { Run } from '../study/types.js';
import { type Allotment, threadsFor } from './allotment.js';
import { endOrphan } from './command/childFile.js';
import type { Gpu } from './command/gpus.js';
import { type Host, type HostKind, startHost } from './hosts.js';
import type { WorkerMessage, WorkerReply, WorkerSetup } from './jobs.js';

export interface PoolOptions {
  /** One host each, `allotment.workers` of them. */
  readonly host: HostKind;
  readonly setup: WorkerSetup;
  readonly allotment: Allotment;
  /** GPUs for each host, none where runs see those of the machine. */
  readonly gpus: readonly (readonly Gpu[])[];
  readonly onMessage: (message: WorkerMessage) => void;
}

interface Slot {
  readonly host: Host;
  readonly gpus: readonly Gpu[] | undefined;
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
  readonly #freeGpus: (readonly Gpu[])[];
  /** Crashes that are being told. */
  readonly #crashing: Promise<void>[] = [];
  #finish: () => void = () => {};

  constructor(groups: readonly (readonly Run[])[], options: PoolOptions) {
    this.#waiting = [...groups];
    this.#options = options;
    this.#freeGpus = [...options.gpus];
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    for (let i = 0; i < options.allotment.workers && this.#waiting.length > 0; i++) this.#startHost();
    if (this.#slots.size === 0) this.#finish();
  }

  #startHost(): void {
    const { host: kind, setup } = this.#options;
    const host = startHost(kind, setup, {
      onMessage: (message) => this.#take(slot, message),
      onCrash: (reason) => this.#crashed(slot, reason),
      onExit: () => this.#exited(slot),
    });
    const allowedThreads = new Int32Array(new SharedArrayBuffer(4));
    const slot: Slot = { host, gpus: this.#freeGpus.shift(), allowedThreads, running: null };
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
    const runs = stopped ? undefined : this.#waiting.shift();
    slot.running = runs === undefined ? null : new Set(runs.map(({ id }) => id));
    const threads = this.#shareThreads();
    const { allowedThreads, gpus } = slot;
    if (runs === undefined) slot.host.post({ type: 'exit' });
    else slot.host.post({ type: 'group', job: { runs, threads, allowedThreads, gpus } });
  }

  /** Tells the groups under way how many threads each may have now. */
  #shareThreads(): number {
    const running = [...this.#slots].filter((slot) => slot.running !== null);
    const threads = threadsFor(this.#options.allotment, running.length + this.#waiting.length);
    for (const { allowedThreads } of running) Atomics.store(allowedThreads, 0, threads);
    return threads;
  }

  #crashed(slot: Slot, reason: string): void {
    const ids = [...(slot.running ?? [])];
    slot.running = null;
    this.#shareThreads();
    for (const runId of ids) this.#crashing.push(this.#conclude(runId, reason));
  }

  async #conclude(runId: string, reason: string): Promise<void> {
    await recordCrash(this.#options.setup, runId, reason);
    this.#options.onMessage({ type: 'run-ended', runId, status: 'failed', reason });
  }

  #exited(slot: Slot): void {
    void Promise.all(this.#crashing.splice(0)).then(() => this.#replace(slot));
  }

  #replace(slot: Slot): void {
    this.#slots.delete(slot);
    if (slot.gpus !== undefined) this.#freeGpus.push(slot.gpus);
    const stopped = Atomics.load(this.#options.setup.stopFlag, 0) === 1;
    if (this.#waiting.length > 0 && !stopped) this.#startHost();
    if (this.#slots.size === 0) this.#finish();
  }
}

/** What the host cannot write any more. As far as it can be written; the run's last checkpoint stays as it is. */
async function recordCrash(setup: WorkerSetup, runId: string, reason: string): Promise<void> {
  const directory = join(setup.studyDirectory, 'runs', runId);
  try {
    const lock = acquireLock(directory, `the run ${runId}`);
    try {
      if (setup.trainer !== 'engine') await endOrphan(directory, setup.trainer.grace);
      const files = new RunFiles(directory);
      const record = files.readRecord();
      if (record === null) return;
      files.writeRecord({ ...record, status: 'failed', statusReason: reason });
      files.log(`failed: ${reason}`);
    } finally {
      lock.release();
    }
  } catch {
    // The crash is what is told.
  }
}
