/**
 * Steps on their way: they are put into blocks, each block is one submission and one read-back, and a bounded number of
 * blocks is under way. Rows of step data and read-back buffers belong to the blocks: nothing is made while training. A block
 * is one write, one compute pass and one copy.
 */
import { workError } from '../../base/errors.js';
import { type Engine, GPUBufferUsageBits, mapModeRead } from './engine.js';
import { blockBytes } from './memory.js';
import { blockCount, blockSteps, StepRow } from './stepData.js';

export type JobKind = 'train' | 'evaluate';

/** One call of `train` or `evaluate`. */
export interface Job {
  readonly kind: JobKind;
  readonly count: number;
  readonly logits: boolean;
  /** Labels of the batch, per replica, are in the row. */
  readonly row: StepRow;
}

interface Block {
  readonly rows: readonly StepRow[];
  /** The rows, one after another as on the device. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Number of the first row on the device. */
  readonly firstRow: number;
  readonly staging: GPUBuffer;
  jobs: Job[];
  /** Settles when the results have been collected. */
  done: Promise<void> | null;
}

/** What came back of a block: `floats` and `words` are views of the same memory, valid during the call only. */
export interface BlockResults {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
  readonly jobs: readonly Job[];
}

export class Blocks {
  readonly #engine: Engine;
  readonly #collect: (results: BlockResults) => void;
  readonly #failure: () => Error | null;
  readonly #blocks: readonly Block[];
  #filling: Block | null;
  #inFlight: Block[] = [];

  constructor(engine: Engine, failure: () => Error | null, collect: (results: BlockResults) => void) {
    this.#engine = engine;
    this.#collect = collect;
    this.#failure = failure;
    this.#blocks = Array.from({ length: blockCount }, (_, i) => newBlock(engine, i));
    this.#filling = this.#blocks[0];
  }

  /** The bytes' normalized values, which every row has. */
  setTable(table: Float32Array): void {
    for (const { rows } of this.#blocks) for (const row of rows) row.writeTable(table);
  }

  /** `null`: one more job may come. Else settles when there is room. */
  room(): Promise<void> | null {
    return this.#filling === null ? this.#oldest() : null;
  }

  /**
   * Puts a job in; `fill` writes its row.
   * @throws an error where there is no room
   */
  add(job: Omit<Job, 'row'>, fill: (row: StepRow) => void): void {
    const block = this.#filling;
    if (block === null) throw new Error('a step was enqueued without asking for room');
    const slot = block.jobs.length;
    const row = block.rows[slot];
    row.writeSlot(slot);
    fill(row);
    block.jobs.push({ ...job, row });
    if (block.jobs.length === blockSteps || this.#inFlight.length === 0) this.#submit(block);
  }

  /** Submits what waits, and waits until everything has been collected. */
  async drain(): Promise<void> {
    this.flush();
    while (this.#inFlight.length > 0) await this.#oldest();
    const failure = this.#failure();
    if (failure !== null) throw failure;
  }

  /** Submits what waits. */
  flush(): void {
    const block = this.#filling;
    if (block !== null && block.jobs.length > 0) this.#submit(block);
  }

  destroy(): void {
    for (const { staging } of this.#blocks) staging.destroy();
  }

  async #oldest(): Promise<void> {
    await this.#inFlight[0]?.done;
  }

  #submit(block: Block): void {
    const { device, plan } = this.#engine;
    const { named, step, results } = plan;
    const { jobs, staging, firstRow, words } = block;
    const rows = this.#engine.buffer(named.step);
    device.queue.writeBuffer(rows, 4 * firstRow * step.rowStride, words, 0, jobs.length * step.rowStride);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    jobs.forEach(({ kind }, i) => {
      this.#engine.encode(pass, kind, firstRow + i);
    });
    pass.end();
    const from = this.#engine.buffer(plan.named.results);
    const heads = 4 * results.slots * results.head;
    const withLogits = jobs.some(({ logits }) => logits);
    const bytes = withLogits ? heads + 4 * jobs.length * results.logits : 4 * jobs.length * results.head;
    encoder.copyBufferToBuffer(from, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    const before = this.#inFlight.at(-1)?.done ?? Promise.resolve();
    block.done = this.#finish(block, bytes, before);
    // Whoever waits meets the failure; nobody needs to.
    block.done.catch(() => {});
    this.#inFlight.push(block);
    this.#filling = this.#blocks.find((one) => one.done === null) ?? null;
  }

  /** Blocks are collected in the order of their submission. */
  async #finish(block: Block, bytes: number, before: Promise<void>): Promise<void> {
    try {
      const mapped = block.staging.mapAsync(mapModeRead, 0, bytes);
      await Promise.all([mapped, before]);
      const range = block.staging.getMappedRange(0, bytes);
      const results = { words: new Uint32Array(range), floats: new Float32Array(range), jobs: block.jobs };
      this.#collect(results);
      block.staging.unmap();
    } catch (error) {
      throw this.#failure() ?? lostResults(error);
    } finally {
      block.jobs = [];
      block.done = null;
      this.#inFlight = this.#inFlight.filter((one) => one !== block);
      this.#filling ??= block;
    }
  }
}

function newBlock({ device, plan }: Engine, number: number): Block {
  const { step } = plan;
  const words = new Uint32Array(blockSteps * step.rowStride);
  const { copyDst, mapRead } = GPUBufferUsageBits;
  return {
    words,
    rows: Array.from({ length: blockSteps }, (_, i) => {
      const first = i * step.rowStride;
      return new StepRow(step, words.subarray(first, first + step.words + step.table));
    }),
    firstRow: number * blockSteps,
    staging: device.createBuffer({
      label: `read-back ${number}`,
      size: blockBytes(plan),
      usage: mapRead | copyDst,
    }),
    jobs: [],
    done: null,
  };
}

function lostResults(error: unknown): Error {
  return workError({
    what: 'the GPU did not give back what it had computed',
    value: error instanceof Error ? error.message : String(error),
    advice: 'start the command again: runs go on from their last checkpoint; ceteris doctor shows the device',
    cause: error,
  });
}
