/** A plan's GPU objects: buffers, pipelines, bind groups. All are made at the start; encoding a step makes nothing. */
import { workError } from '../../base/errors.js';
import type { PixelSource } from '../../compile/step.js';
import type { Dispatch, Kernel } from './kernel.js';
import { bufferBytes, uniformBytes } from './memory.js';
import { Pipelines } from './pipelines.js';
import type { WebgpuPlan } from './plan.js';
import type { Resource } from './resources.js';

/** A dispatch with its objects. */
interface ReadyDispatch {
  readonly pipeline: GPUComputePipeline;
  /** One for each row of step data where it reads one, else one. */
  bindGroups: readonly GPUBindGroup[];
  readonly groups: Dispatch<Resource>['groups'];
  /** Place of its uniforms in the uniform buffer. */
  readonly uniformOffset: number;
  readonly source: Dispatch<Resource>;
}

export type ListName = 'train' | 'evaluate' | 'gradientSums';

/** Bytes copied to the device at a time. */
const uploadBytes = 8 * 2 ** 20;

export class Engine {
  readonly device: GPUDevice;
  readonly plan: WebgpuPlan;
  readonly #buffers: GPUBuffer[];
  readonly #uniforms: GPUBuffer;
  readonly #lists: { readonly [L in ListName]: readonly ReadyDispatch[] };
  readonly #pipelines: Pipelines;
  /** Kernels of all lists, and the milliseconds in which they were compiled. */
  readonly pipelines: number;
  readonly compileMs: number;

  private constructor(
    device: GPUDevice,
    plan: WebgpuPlan,
    pipelines: Pipelines,
    compiled: ReadonlyMap<string, GPUComputePipeline>,
    compileMs: number,
  ) {
    this.pipelines = compiled.size;
    this.compileMs = compileMs;
    this.device = device;
    this.plan = plan;
    this.#pipelines = pipelines;
    this.#buffers = plan.resources.map(({ name, bytes }) => this.#buffer(name, bufferBytes(bytes)));
    const sources = {
      train: plan.train.flatMap(({ dispatches }) => dispatches),
      evaluate: plan.evaluate.flatMap(({ dispatches }) => dispatches),
      gradientSums: plan.gradientSums,
    };
    const all = Object.values(sources).flat();
    const offsets = new Map<Dispatch<Resource>, number>();
    let next = 0;
    for (const dispatch of all) {
      offsets.set(dispatch, next);
      next += uniformBytes(dispatch.uniforms);
    }
    this.#uniforms = device.createBuffer({
      label: 'uniforms',
      size: next,
      usage: GPUBufferUsageBits.uniform | GPUBufferUsageBits.copyDst,
    });
    for (const dispatch of all) {
      device.queue.writeBuffer(this.#uniforms, offsets.get(dispatch) ?? 0, copied(dispatch.uniforms));
    }
    const ready = (list: readonly Dispatch<Resource>[]) =>
      list.map((dispatch): ReadyDispatch => {
        const pipeline = compiled.get(dispatch.kernel.key);
        if (pipeline === undefined) throw new Error(`no pipeline ${dispatch.kernel.key}`);
        const uniformOffset = offsets.get(dispatch) ?? 0;
        const bindGroups = this.#bindGroups(dispatch, uniformOffset);
        return { pipeline, bindGroups, groups: dispatch.groups, uniformOffset, source: dispatch };
      });
    this.#lists = {
      train: ready(sources.train),
      evaluate: ready(sources.evaluate),
      gradientSums: ready(sources.gradientSums),
    };
    device.queue.writeBuffer(this.buffer(plan.named.table), 0, plan.blockTable);
  }

  /** @throws a work error where a kernel does not compile */
  static async create(device: GPUDevice, plan: WebgpuPlan, deviceName: string): Promise<Engine> {
    const kernels = new Map<string, Kernel>();
    for (const dispatch of [...plan.train, ...plan.evaluate].flatMap(({ dispatches }) => dispatches)) {
      kernels.set(dispatch.kernel.key, dispatch.kernel);
    }
    for (const { kernel } of plan.gradientSums) kernels.set(kernel.key, kernel);
    const pipelines = Pipelines.of(device, deviceName);
    const compiled = new Map<string, GPUComputePipeline>();
    const start = performance.now();
    await Promise.all(
      [...kernels.values()].map(async (kernel) => {
        compiled.set(kernel.key, await pipelines.compile(kernel));
      }),
    );
    return new Engine(device, plan, pipelines, compiled, performance.now() - start);
  }

  buffer(resource: Resource): GPUBuffer {
    return this.#buffers[resource];
  }

  /** Dispatches of a list, on a row of step data. */
  encode(pass: GPUComputePassEncoder, list: ListName, row = 0): void {
    this.#encode(pass, this.#lists[list], row);
  }

  /** The dispatches of one unit alone: for tests and for `bench kernels`. */
  encodeUnit(pass: GPUComputePassEncoder, list: 'train' | 'evaluate', unit: number): void {
    const units = this.plan[list];
    const first = units.slice(0, unit).reduce((sum, { dispatches }) => sum + dispatches.length, 0);
    this.#encode(pass, this.#lists[list].slice(first, first + units[unit].dispatches.length), 0);
  }

  /** Sets one word of a list's uniforms, in the order of the queue. */
  writeUniform(list: ListName, word: number, value: number): void {
    for (const { uniformOffset } of this.#lists[list]) {
      this.device.queue.writeBuffer(this.#uniforms, uniformOffset + 4 * word, Uint32Array.of(value));
    }
  }

  /**
   * Puts the dataset's bytes on the device, in parts. What they mean goes with every step (blocks.ts).
   * @throws a work error where the device has no room for so many images
   */
  load(source: PixelSource): void {
    const { named, partImages } = this.plan;
    const imageBytes = source.channels * source.height * source.width;
    const images = source.labels.length;
    checkImages(images, named.data.length * partImages, named.data.length);
    named.data.forEach((resource, part) => {
      const first = part * partImages;
      const count = Math.max(0, Math.min(partImages, images - first));
      const bytes = count * imageBytes;
      this.#buffers[resource].destroy();
      this.#buffers[resource] = this.#buffer(`dataset ${part}`, bufferBytes(Math.ceil(bytes / 4) * 4));
      this.#upload(this.#buffers[resource], source.pixels, first * imageBytes, bytes);
    });
    const parts = new Set(named.data);
    for (const list of [this.#lists.train, this.#lists.evaluate]) {
      for (const ready of list) {
        if (!ready.source.bindings.some((resource) => parts.has(resource))) continue;
        ready.bindGroups = this.#bindGroups(ready.source, ready.uniformOffset);
      }
    }
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.#uniforms.destroy();
  }

  #encode(pass: GPUComputePassEncoder, list: readonly ReadyDispatch[], row: number): void {
    let current: GPUComputePipeline | null = null;
    for (const { pipeline, bindGroups, groups } of list) {
      if (pipeline !== current) pass.setPipeline(pipeline);
      current = pipeline;
      pass.setBindGroup(0, bindGroups[bindGroups.length === 1 ? 0 : row]);
      pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    }
  }

  #buffer(label: string, size: number): GPUBuffer {
    const { storage, copySrc, copyDst } = GPUBufferUsageBits;
    return this.device.createBuffer({ label, size, usage: storage | copySrc | copyDst });
  }

  #bindGroups(dispatch: Dispatch<Resource>, uniformOffset: number): GPUBindGroup[] {
    const { named, step } = this.plan;
    const rows = dispatch.bindings.includes(named.step)
      ? this.buffer(named.step).size / (4 * step.rowStride)
      : 1;
    return Array.from({ length: rows }, (_, row) => this.#bindGroup(dispatch, uniformOffset, row));
  }

  #bindGroup(dispatch: Dispatch<Resource>, uniformOffset: number, row: number): GPUBindGroup {
    const { named, step } = this.plan;
    const part = { offset: 4 * row * step.rowStride, size: 4 * (step.words + step.table) };

    return this.device.createBindGroup({
      label: dispatch.kernel.key,
      layout: this.#pipelines.layout(dispatch.kernel),
      entries: [
        {
          binding: 0,
          resource: { buffer: this.#uniforms, offset: uniformOffset, size: dispatch.uniforms.byteLength },
        },
        ...dispatch.bindings.map((resource, i) => ({
          binding: i + 1,
          resource: { buffer: this.#buffers[resource], ...(resource === named.step ? part : {}) },
        })),
      ],
    });
  }

  /** In pieces, each copied first: the pixels may lie in shared memory and end at any byte. */
  #upload(buffer: GPUBuffer, pixels: Uint8Array, first: number, bytes: number): void {
    for (let at = 0; at < bytes; at += uploadBytes) {
      const length = Math.min(uploadBytes, bytes - at);
      const padded = new Uint8Array(Math.ceil(length / 4) * 4);
      padded.set(pixels.subarray(first + at, first + at + length));
      this.device.queue.writeBuffer(buffer, at, padded);
    }
  }
}

function checkImages(images: number, most: number, parts: number): void {
  if (images <= most) return;
  throw workError({
    what: 'the dataset has more images than this device can hold',
    where: 'dataset',
    rule: `at most ${most}: ${parts} buffers, each as large as the device binds`,
    value: String(images),
    advice: 'make the dataset smaller (dataset.train of synthetic images), or train on another device',
  });
}

/** WebGPU's usage flags: Node has no global of that name. */
export const GPUBufferUsageBits = {
  mapRead: 1,
  copySrc: 4,
  copyDst: 8,
  uniform: 64,
  storage: 128,
  queryResolve: 512,
} as const;

/** GPUMapMode.READ. */
export const mapModeRead = 1;
function copied(words: Uint32Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(words);
}
