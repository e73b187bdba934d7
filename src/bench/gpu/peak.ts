/** What a GPU can do at most, measured on the spot: multiply-adds in registers, and a copy of memory. */
import { GpuClock } from '../../backends/webgpu/clock.js';
import { GPUBufferUsageBits } from '../../backends/webgpu/engine.js';
import { Pipelines } from '../../backends/webgpu/pipelines.js';
import { declareKernel } from '../../backends/webgpu/wgsl.js';
import type { Peak } from '../work.js';

export interface GpuPeak extends Peak {
  /** How it was timed. */
  readonly clock: 'timestamps' | 'wall time';
}

const loops = 256;
const chains = 8;

/** Chains of multiply-adds that depend on nothing but themselves; written once, so that no compiler leaves them out. */
const productKernel = declareKernel({
  key: 'peak of multiply-adds',
  uniforms: { factor: 'f32', term: 'f32' },
  bindings: [{ name: 'output', access: 'read_write', type: 'vec4f' }],
  body: /* wgsl */ `
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4f(u.factor);
  ${Array.from({ length: chains }, (_, i) => `var v${i} = vec4f(u.term + f32(id.x + ${i}u));`).join(' ')}
  for (var i = 0u; i < ${loops}u; i++) {
    ${Array.from({ length: chains }, (_, i) => `v${i} = v${i} * factor + vec4f(u.term);`).join(' ')}
  }
  output[id.x % 1024u] = ${Array.from({ length: chains }, (_, i) => `v${i}`).join(' + ')};
}
`,
});

const copyKernel = declareKernel({
  key: 'peak of copying',
  uniforms: { quads: 'u32' },
  bindings: [
    { name: 'source', access: 'read', type: 'vec4f' },
    { name: 'copied', access: 'read_write', type: 'vec4f' },
  ],
  body: /* wgsl */ `
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  for (var i = id.x; i < u.quads; i += 256u * grid.x) { copied[i] = source[i]; }
}
`,
});

/** Bytes of the copy's source on a fast device: far more than its caches hold. */
const mostBytes = 2 ** 29;
/** A window that is this long says enough; a shorter one is made longer, in factors of four. */
const enoughMs = 2;
const rounds = 5;

export async function measureGpuPeak(device: GPUDevice, deviceName: string): Promise<GpuPeak> {
  const clock = new GpuClock(device);
  const bench = new PeakBench(device, Pipelines.of(device, deviceName), clock);
  try {
    return {
      gflops: await bench.products(),
      gigabytesPerSecond: await bench.copies(),
      clock: clock.isOfDevice ? 'timestamps' : 'wall time',
    };
  } finally {
    clock.destroy();
  }
}

class PeakBench {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #clock: GpuClock;

  constructor(device: GPUDevice, pipelines: Pipelines, clock: GpuClock) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.#clock = clock;
  }

  /** GFLOPS. */
  async products(): Promise<number> {
    const dispatch = productKernel.dispatch([null], { factor: 0.999, term: 0.5 }, [1, 1, 1]);
    const output = this.#buffer(16 * 1024);
    const run = await this.#ready(dispatch, [output]);
    let best = 0;
    for (let groups = 16; ; groups *= 4) {
      const ms = await this.#fastest((pass) => run(pass, Math.min(65_535, groups)));
      best = Math.max(best, (Math.min(65_535, groups) * 256 * loops * chains * 4 * 2) / ms / 1e6);
      if (ms > enoughMs || groups >= 65_535) break;
    }
    output.destroy();
    return best;
  }

  /** GB/s, read and written. */
  async copies(): Promise<number> {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#device.limits;
    const most = Math.min(mostBytes, maxStorageBufferBindingSize, maxBufferSize);
    let rate = 0;
    for (let bytes = 2 ** 23; ; bytes *= 4) {
      const size = Math.min(bytes, most - (most % 16));
      const [source, target] = [this.#buffer(size), this.#buffer(size)];
      const dispatch = copyKernel.dispatch([null, null], { quads: size / 16 }, [1, 1, 1]);
      const run = await this.#ready(dispatch, [source, target]);
      const ms = await this.#fastest((pass) => run(pass, Math.min(65_535, Math.ceil(size / 16 / 256))));
      // The last, largest one: small copies stay in caches.
      rate = (2 * size) / ms / 1e6;
      source.destroy();
      target.destroy();
      if (ms > enoughMs || size < bytes || bytes >= most) return rate;
    }
  }

  #buffer(size: number): GPUBuffer {
    return this.#device.createBuffer({ label: 'peak', size, usage: GPUBufferUsageBits.storage });
  }

  async #ready(
    { kernel, uniforms }: ReturnType<typeof productKernel.dispatch<null>>,
    arrays: readonly GPUBuffer[],
  ): Promise<(pass: GPUComputePassEncoder, groups: number) => void> {
    const pipeline = await this.#pipelines.compile(kernel);
    const { uniform, copyDst } = GPUBufferUsageBits;
    const block = this.#device.createBuffer({ size: uniforms.byteLength, usage: uniform | copyDst });
    this.#device.queue.writeBuffer(block, 0, Uint32Array.from(uniforms));
    const group = this.#device.createBindGroup({
      layout: this.#pipelines.layout(kernel),
      entries: [block, ...arrays].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    return (pass, groups) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(groups);
    };
  }

  async #fastest(work: (pass: GPUComputePassEncoder) => void): Promise<number> {
    await this.#clock.time([work]);
    const times = await this.#clock.time(Array.from({ length: rounds }, () => work));
    return Math.max(
      1e-6,
      times.reduce((least, ms) => Math.min(least, ms)),
    );
  }
}
