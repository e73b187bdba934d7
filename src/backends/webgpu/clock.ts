/** Times work on a device, each piece in a compute pass of its own: by the device's clock, or by the host's. */
import { GPUBufferUsageBits, mapModeRead } from './engine.js';

/** What stands in a pass, without its end. */
export type PassWork = (pass: GPUComputePassEncoder) => void;

/** Pieces that are timed in one submission. */
const most = 256;

export class GpuClock {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet | null;
  readonly #resolved: GPUBuffer;
  readonly #answer: GPUBuffer;

  /** @param timestamps default: where the device has them */
  constructor(device: GPUDevice, timestamps = device.features.has('timestamp-query')) {
    const { queryResolve, copySrc, copyDst, mapRead } = GPUBufferUsageBits;
    const buffer = (usage: number) => device.createBuffer({ label: 'clock', size: 16 * most, usage });
    this.#device = device;
    this.#queries = timestamps ? device.createQuerySet({ type: 'timestamp', count: 2 * most }) : null;
    this.#resolved = buffer(queryResolve | copySrc);
    this.#answer = buffer(copyDst | mapRead);
  }

  /** Whether it is the device's clock. */
  get isOfDevice(): boolean {
    return this.#queries !== null;
  }

  /** Milliseconds of each piece, in order. */
  async time(work: readonly PassWork[]): Promise<number[]> {
    const times: number[] = [];
    for (let first = 0; first < work.length; first += most) {
      const part = work.slice(first, first + most);
      const measured =
        this.#queries === null ? await this.#byHost(part) : await this.#byDevice(this.#queries, part);
      for (const ms of measured) times.push(ms);
    }
    return times;
  }

  destroy(): void {
    this.#queries?.destroy();
    this.#resolved.destroy();
    this.#answer.destroy();
  }

  async #byDevice(querySet: GPUQuerySet, work: readonly PassWork[]): Promise<number[]> {
    const encoder = this.#device.createCommandEncoder();
    work.forEach((encode, i) => {
      const timestampWrites = {
        querySet,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      };
      const pass = encoder.beginComputePass({ timestampWrites });
      encode(pass);
      pass.end();
    });
    const bytes = 16 * work.length;
    encoder.resolveQuerySet(querySet, 0, 2 * work.length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#answer, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    await this.#answer.mapAsync(mapModeRead, 0, bytes);
    const times = new BigUint64Array(this.#answer.getMappedRange(0, bytes).slice(0));
    this.#answer.unmap();
    return work.map((_, i) => Number(times[2 * i + 1] - times[2 * i]) / 1e6);
  }

  async #byHost(work: readonly PassWork[]): Promise<number[]> {
    const times: number[] = [];
    for (const encode of work) {
      const encoder = this.#device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      encode(pass);
      pass.end();
      const start = performance.now();
      this.#device.queue.submit([encoder.finish()]);
      await this.#device.queue.onSubmittedWorkDone();
      times.push(performance.now() - start);
    }
    return times;
  }
}
