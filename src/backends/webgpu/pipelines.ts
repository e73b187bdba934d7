/** A device's compiled kernels: each text is compiled once, however many Programs use it. */
import { notCompiled } from './deviceErrors.js';
import type { Kernel } from './kernel.js';

/** GPUShaderStage.COMPUTE. */
const computeStage = 4;

const known = new WeakMap<GPUDevice, Pipelines>();

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #deviceName: string;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  private constructor(device: GPUDevice, deviceName: string) {
    this.#device = device;
    this.#deviceName = deviceName;
  }

  static of(device: GPUDevice, deviceName: string): Pipelines {
    const pipelines = known.get(device) ?? new Pipelines(device, deviceName);
    known.set(device, pipelines);
    return pipelines;
  }

  /** @throws a work error where the driver does not compile the kernel */
  compile(kernel: Kernel): Promise<GPUComputePipeline> {
    const compiled = this.#pipelines.get(kernel.key) ?? this.#compile(kernel);
    this.#pipelines.set(kernel.key, compiled);
    return compiled;
  }

  /** The layout that a kernel's text declares; kernels of one layout share the object. */
  layout({ code }: Kernel): GPUBindGroupLayout {
    const accesses = [...code.matchAll(/@binding\((\d+)\)\s*var<storage,\s*(read_write|read)>/g)]
      .sort((a, b) => Number(a[1]) - Number(b[1]))
      .map(([, , access]) => access);
    const key = accesses.join(' ');
    const layout = this.#layouts.get(key) ?? this.#newLayout(accesses);
    this.#layouts.set(key, layout);
    return layout;
  }

  #newLayout(accesses: readonly string[]): GPUBindGroupLayout {
    return this.#device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility: computeStage, buffer: { type: 'uniform' } },
        ...accesses.map((access, i) => ({
          binding: i + 1,
          visibility: computeStage,
          buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
        })),
      ],
    });
  }

  async #compile(kernel: Kernel): Promise<GPUComputePipeline> {
    const { key: label, code } = kernel;
    try {
      return await this.#device.createComputePipelineAsync({
        label,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [this.layout(kernel)] }),
        compute: { module: this.#device.createShaderModule({ label, code }), entryPoint: 'main' },
      });
    } catch (error) {
      throw notCompiled(label, error, this.#deviceName);
    }
  }
}
