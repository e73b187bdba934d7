/** Times a trial's tiles on a device, and compares what they write, bit by bit. */
import { GpuClock } from '../clock.js';
import { GPUBufferUsageBits, mapModeRead } from '../engine.js';
import type { Kernel } from '../kernel.js';
import type { PlannedDispatch } from '../kernels/products.js';
import { Pipelines } from '../pipelines.js';
import { declareKernel } from '../wgsl.js';
import type { Candidate, Trial } from './trials.js';

export interface TrialResult {
  readonly tile: string;
  /** Of one dispatch. */
  readonly milliseconds: number;
  /** Whether all that it writes has the bits of the first candidate. */
  readonly isEqual: boolean;
}

const compareKernel = declareKernel({
  key: 'compare bits',
  uniforms: { words: 'u32', counter: 'u32' },
  bindings: [
    { name: 'one', access: 'read', type: 'u32' },
    { name: 'other', access: 'read', type: 'u32' },
    { name: 'counters', access: 'read_write', type: 'atomic<u32>' },
  ],
  body: /* wgsl */ `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  var differing = 0u;
  for (var i = id.x; i < u.words; i += 64u * grid.x) {
    if (one[i] != other[i]) { differing++; }
  }
  if (differing > 0u) { atomicAdd(&counters[u.counter], differing); }
}
`,
});

/** Numbers in -1 .. 1 that repeat after 1 MiB. */
const noise = Float32Array.from(
  { length: 2 ** 18 },
  (_, i) => (Math.imul(i + 1, 2654435761) >>> 8) / 2 ** 23 - 1,
);

/** Dispatches of a window: about so many milliseconds, within bounds. */
const windowMs = 1;
const mostDispatches = 16;
const rounds = 3;
const mostCandidates = 64;

export interface RunnerOptions {
  readonly device: GPUDevice;
  readonly deviceName: string;
  /** Time by the device's own clock. Default: where it has one. */
  readonly timestamps?: boolean | undefined;
}

export class TrialRunner {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #noise: GPUBuffer;
  readonly #counters: GPUBuffer;
  readonly #answer: GPUBuffer;
  readonly #clock: GpuClock;
  /** Uniforms of the trial under way. */
  #blocks: GPUBuffer[] = [];

  constructor({ device, deviceName, timestamps }: RunnerOptions) {
    this.#device = device;
    this.#pipelines = Pipelines.of(device, deviceName);
    this.#clock = new GpuClock(device, timestamps);
    const { storage, copySrc, copyDst, mapRead } = GPUBufferUsageBits;
    const buffer = (size: number, usage: number) => device.createBuffer({ label: 'tuning', size, usage });
    this.#noise = buffer(noise.byteLength, copySrc | copyDst);
    device.queue.writeBuffer(this.#noise, 0, noise);
    this.#counters = buffer(4 * mostCandidates, storage | copySrc | copyDst);
    this.#answer = buffer(4 * mostCandidates, copyDst | mapRead);
  }

  /** Compiles what trials need, all at once: drivers compile on several threads. Kernels that do not compile are left out. */
  async compile(trials: readonly Trial[]): Promise<void> {
    const kernels = new Map<string, Kernel>();
    for (const { candidates } of trials) {
      for (const { dispatch } of candidates) kernels.set(dispatch.kernel.key, dispatch.kernel);
    }
    await Promise.allSettled(
      [...kernels.values(), compareKernel.kernel].map((one) => this.#pipelines.compile(one)),
    );
  }

  /** In the order of the candidates; empty where the arrays are larger than the device binds. */
  async run(trial: Trial): Promise<TrialResult[]> {
    const { call, elements, written, candidates } = trial;
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    if (Object.values(elements).some((count) => 4 * count > most)) return [];
    const arrays = this.#arrays(elements);
    const reference = new Map(written.map((name) => [name, this.#array(elements[name])]));
    try {
      this.#setCodes(arrays, call.replicas);
      const ready = await this.#prepare(candidates, arrays);
      if (ready.length === 0) return [];
      const differing = await this.#compare(ready, arrays, reference, trial);
      const times = await this.#time(ready);
      return ready.map(({ tile }, i) => ({ tile, milliseconds: times[i], isEqual: differing[i] === 0 }));
    } finally {
      for (const buffer of [...arrays.values(), ...reference.values(), ...this.#blocks]) buffer.destroy();
      this.#blocks = [];
    }
  }

  destroy(): void {
    for (const buffer of [this.#noise, this.#counters, this.#answer]) buffer.destroy();
    this.#clock.destroy();
  }

  #array(elements: number): GPUBuffer {
    const { storage, copySrc, copyDst } = GPUBufferUsageBits;
    const size = Math.max(16, 4 * elements);
    return this.#device.createBuffer({ label: 'tuning', size, usage: storage | copySrc | copyDst });
  }

  /** Filled with noise. */
  #arrays(elements: Trial['elements']): Map<string, GPUBuffer> {
    const encoder = this.#device.createCommandEncoder();
    const arrays = new Map(Object.entries(elements).map(([name, count]) => [name, this.#array(count)]));
    for (const [name, buffer] of arrays) {
      if (name === 'flags') continue;
      for (let at = 0; at < buffer.size; at += noise.byteLength) {
        encoder.copyBufferToBuffer(this.#noise, 0, buffer, at, Math.min(noise.byteLength, buffer.size - at));
      }
    }
    this.#device.queue.submit([encoder.finish()]);
    return arrays;
  }

  /** ReLU for every replica. */
  #setCodes(arrays: ReadonlyMap<string, GPUBuffer>, replicas: number): void {
    const vectors = arrays.get('vectors');
    if (vectors === undefined) return;
    for (let r = 0; r < replicas; r++) {
      this.#device.queue.writeBuffer(vectors, (vectors.size / replicas) * r, Float32Array.of(1));
    }
  }

  async #prepare(candidates: readonly Candidate[], arrays: ReadonlyMap<string, GPUBuffer>): Promise<Ready[]> {
    const ready: Ready[] = [];
    for (const { tile, dispatch } of candidates) {
      const pipeline = await this.#pipelines.compile(dispatch.kernel).catch(() => null);
      if (pipeline === null) continue;
      const bound = dispatch.bindings.map((name) => {
        const buffer = arrays.get(name);
        if (buffer === undefined) throw new Error(`a trial without the array ${name}`);
        return buffer;
      });
      ready.push({ tile, pipeline, group: this.#bind(dispatch, bound), groups: dispatch.groups });
    }
    return ready;
  }

  #bind(
    { kernel, uniforms }: Pick<PlannedDispatch<string>, 'kernel' | 'uniforms'>,
    arrays: readonly GPUBuffer[],
  ): GPUBindGroup {
    const { uniform, copyDst } = GPUBufferUsageBits;
    const block = this.#device.createBuffer({ size: uniforms.byteLength, usage: uniform | copyDst });
    this.#device.queue.writeBuffer(block, 0, Uint32Array.from(uniforms));
    this.#blocks.push(block);
    return this.#device.createBindGroup({
      layout: this.#pipelines.layout(kernel),
      entries: [block, ...arrays].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }

  /** Words in which each candidate differs from the first. */
  async #compare(
    ready: readonly Ready[],
    arrays: ReadonlyMap<string, GPUBuffer>,
    reference: ReadonlyMap<string, GPUBuffer>,
    { elements, givenSums }: Pick<Trial, 'elements' | 'givenSums'>,
  ): Promise<Uint32Array> {
    const compare = await this.#pipelines.compile(compareKernel.kernel);
    const encoder = this.#device.createCommandEncoder();
    encoder.clearBuffer(this.#counters);
    // What was not written shows; what is read is there again.
    const clear = () => {
      for (const [name, kept] of reference) {
        const array = arrays.get(name) as GPUBuffer;
        encoder.clearBuffer(array);
        if (name !== 'sums' || givenSums === null) continue;
        encoder.copyBufferToBuffer(kept, 4 * givenSums, array, 4 * givenSums, kept.size - 4 * givenSums);
      }
    };
    for (const [counter, { pipeline, group, groups }] of ready.entries()) {
      if (counter > 0) clear();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
      pass.end();
      for (const [name, kept] of reference) {
        const array = arrays.get(name) as GPUBuffer;
        if (counter === 0) {
          encoder.copyBufferToBuffer(array, 0, kept, 0, kept.size);
          continue;
        }
        const dispatch = compareKernel.dispatch(
          [null, null, null],
          { words: elements[name], counter },
          [256, 1, 1],
        );
        const compared = encoder.beginComputePass();
        compared.setPipeline(compare);
        compared.setBindGroup(0, this.#bind(dispatch, [array, kept, this.#counters]));
        compared.dispatchWorkgroups(256, 1, 1);
        compared.end();
      }
    }
    encoder.copyBufferToBuffer(this.#counters, 0, this.#answer, 0, 4 * ready.length);
    this.#device.queue.submit([encoder.finish()]);
    return new Uint32Array(await this.#read(4 * ready.length));
  }

  /** Milliseconds of a dispatch of each: the least of some rounds, in which all take turns. */
  async #time(ready: readonly Ready[]): Promise<number[]> {
    const first = await this.#window(
      ready,
      ready.map(() => 1),
    );
    const counts = first.map((ms) =>
      Math.max(2, Math.min(mostDispatches, Math.round(windowMs / Math.max(1e-3, ms)))),
    );
    const times = first.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < rounds; round++) {
      const window = await this.#window(ready, counts);
      window.forEach((ms, i) => {
        times[i] = Math.min(times[i], ms);
      });
    }
    return times;
  }

  async #window(ready: readonly Ready[], counts: readonly number[]): Promise<number[]> {
    const times = await this.#clock.time(ready.map((one, i) => (pass) => repeat(pass, one, counts[i])));
    return times.map((ms, i) => ms / counts[i]);
  }

  async #read(bytes: number): Promise<ArrayBuffer> {
    await this.#answer.mapAsync(mapModeRead, 0, bytes);
    const answer = this.#answer.getMappedRange(0, bytes).slice(0);
    this.#answer.unmap();
    return answer;
  }
}

interface Ready {
  readonly tile: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly groups: readonly [number, number, number];
}

function repeat(pass: GPUComputePassEncoder, { pipeline, group, groups }: Ready, count: number): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  for (let i = 0; i < count; i++) pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
}
