/**
 * Runs -> workers. Each worker thread does one run at a time. A worker that dies fails its run only.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Run } from '../study/types.js';
import { type Allotment, threadsFor } from './allotment.js';
import type { WorkerMessage, WorkerRequest, WorkerSetup } from './jobs.js';

export interface PoolOptions {
  readonly setup: WorkerSetup;
  readonly allotment: Allotment;
  readonly onMessage: (message: WorkerMessage) => void;
}

interface Slot {
  readonly worker: Worker;
  /** What the worker's run may have: see RunJob. */
  readonly allowedThreads: Int32Array;
  run: Run | null;
}

/** Does all runs; resolves when each has ended. After a stop was asked for, waiting runs are not begun. */
export async function runPool(runs: readonly Run[], options: PoolOptions): Promise<void> {
  const pool = new Pool(runs, options);
  await pool.done;
}

class Pool {
  readonly done: Promise<void>;
  readonly #waiting: Run[];
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  #finish: () => void = () => {};

  constructor(runs: readonly Run[], options: PoolOptions) {
    this.#waiting = [...runs];
    this.#options = options;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    for (let i = 0; i < options.allotment.workers && this.#waiting.length > 0; i++) this.#startWorker();
    if (this.#slots.size === 0) this.#finish();
  }

  #startWorker(): void {
    const entry = createRequire(import.meta.url).resolve('#dist/launch/runWorker.js');
    const worker = new Worker(entry, { workerData: this.#options.setup });
    const slot: Slot = { worker, allowedThreads: new Int32Array(new SharedArrayBuffer(4)), run: null };
    this.#slots.add(slot);
    worker.on('message', (message: WorkerMessage) => {
      this.#options.onMessage(message);
      if (message.type === 'run-ended') this.#next(slot);
    });
    worker.on('error', (error) => this.#crashed(slot, error));
    worker.on('exit', () => this.#exited(slot));
    this.#next(slot);
  }

  #next(slot: Slot): void {
    const stopped = Atomics.load(this.#options.setup.stopFlag, 0) === 1;
    const run = stopped ? undefined : this.#waiting.shift();
    slot.run = run ?? null;
    const threads = this.#shareThreads();
    const { allowedThreads } = slot;
    if (run === undefined) this.#post(slot, { type: 'exit' });
    else this.#post(slot, { type: 'run', job: { run, threads, allowedThreads } });
  }

  /** Tells the runs under way how many threads each may have now. */
  #shareThreads(): number {
    const running = [...this.#slots].filter(({ run }) => run !== null);
    const threads = threadsFor(this.#options.allotment, running.length + this.#waiting.length);
    for (const { allowedThreads } of running) Atomics.store(allowedThreads, 0, threads);
    return threads;
  }

  #crashed(slot: Slot, error: Error): void {
    const { run } = slot;
    slot.run = null;
    if (run === null) return;
    this.#shareThreads();
    const reason = `the worker ended: ${error.message}`;
    this.#options.onMessage({ type: 'run-ended', runId: run.id, status: 'failed', reason });
  }

  #exited(slot: Slot): void {
    this.#slots.delete(slot);
    const stopped = Atomics.load(this.#options.setup.stopFlag, 0) === 1;
    if (this.#waiting.length > 0 && !stopped) this.#startWorker();
    if (this.#slots.size === 0) this.#finish();
  }

  #post(slot: Slot, request: WorkerRequest): void {
    slot.worker.postMessage(request);
  }
}
