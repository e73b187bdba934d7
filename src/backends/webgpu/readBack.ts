/** Reading arrays back from the device, one at a time, through one buffer that is made once. */
import { type Engine, GPUBufferUsageBits, mapModeRead } from './engine.js';
import { readBackBytes } from './memory.js';
import type { Resource } from './resources.js';

export class ReadBack {
  readonly #engine: Engine;
  readonly #staging: GPUBuffer;
  readonly #failure: () => Error | null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, failure: () => Error | null) {
    this.#engine = engine;
    this.#failure = failure;
    const { mapRead, copyDst } = GPUBufferUsageBits;
    this.#staging = engine.device.createBuffer({
      label: 'read-back of arrays',
      size: readBackBytes(engine.plan),
      usage: mapRead | copyDst,
    });
  }

  /** Elements `first` .. of a resource; `before` encodes what makes them. */
  read(
    resource: Resource,
    first: number,
    elements: number,
    before?: (encoder: GPUCommandEncoder) => void,
  ): Promise<Float32Array> {
    const result = this.#last.then(() => this.#readNow(resource, first, elements, before));
    this.#last = result.catch(() => {});
    return result;
  }

  destroy(): void {
    this.#staging.destroy();
  }

  async #readNow(
    resource: Resource,
    first: number,
    elements: number,
    before?: (encoder: GPUCommandEncoder) => void,
  ): Promise<Float32Array> {
    if (elements === 0) return new Float32Array(0);
    const { device } = this.#engine;
    const encoder = device.createCommandEncoder();
    before?.(encoder);
    encoder.copyBufferToBuffer(this.#engine.buffer(resource), 4 * first, this.#staging, 0, 4 * elements);
    device.queue.submit([encoder.finish()]);
    try {
      await this.#staging.mapAsync(mapModeRead, 0, 4 * elements);
    } catch (error) {
      throw this.#failure() ?? error;
    }
    const values = new Float32Array(this.#staging.getMappedRange(0, 4 * elements)).slice();
    this.#staging.unmap();
    const failure = this.#failure();
    if (failure !== null) throw failure;
    return values;
  }
}
