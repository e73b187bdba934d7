/** Runs single WebGPU kernels on the adapter at hand. */
import type { Kernel } from '../../src/backends/webgpu/kernel.js';
import { openDevice } from '../../src/backends/webgpu/node/adapters.js';
import { testAdapter } from './adapter.js';

/** One dispatch on arrays: what is bound read-only, and what is written (bound with its contents, then read back). */
export interface Trial {
  readonly kernel: Kernel;
  readonly uniforms: Uint32Array;
  /** In binding order from 1 on. */
  readonly arrays: readonly { readonly data: Float32Array | Uint32Array; readonly write: boolean }[];
  readonly groups: readonly [number, number, number];
}

export interface Runner {
  /** Kernels with barriers take long to compile there: one case of each kind. */
  readonly isSlow: boolean;
  /** The written arrays, in binding order. */
  run(trial: Trial): Promise<Float32Array[]>;
  close(): void;
}

/** Kept alive: Dawn crashes when its instance is collected while a device is in use. */
const alive: unknown[] = [];

/** `null` where there is no adapter: the tests are left out (see adapter.ts). */
export async function openRunner(): Promise<Runner | null> {
  if (testAdapter === null) return null;
  const opened = await openDevice(testAdapter.request);
  alive.push(opened);
  const { device } = opened;
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  return {
    isSlow: testAdapter.isSlow,
    run: (trial) => runOnce(device, pipelines, trial),
    close: () => device.destroy(),
  };
}

async function runOnce(
  device: GPUDevice,
  pipelines: Map<string, Promise<GPUComputePipeline>>,
  { kernel, uniforms, arrays, groups }: Trial,
): Promise<Float32Array[]> {
  device.pushErrorScope('validation');
  const pipeline = await (pipelines.get(kernel.key) ?? compile(device, pipelines, kernel));
  const block = upload(device, uniforms, GPUBufferUsage.UNIFORM);
  const buffers = arrays.map(({ data }) => upload(device, data, GPUBufferUsage.STORAGE));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [block, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  );
  pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  pass.end();
  const reads = buffers
    .filter((_, i) => arrays[i].write)
    .map((buffer) => {
      const copy = device.createBuffer({
        size: buffer.size,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
      return copy;
    });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error !== null) throw new Error(`${kernel.key}: ${error.message}`);
  const results: Float32Array[] = [];
  for (const copy of reads) {
    await copy.mapAsync(GPUMapMode.READ);
    results.push(new Float32Array(copy.getMappedRange().slice(0)));
  }
  for (const buffer of [block, ...buffers, ...reads]) buffer.destroy();
  return results;
}

async function compile(
  device: GPUDevice,
  pipelines: Map<string, Promise<GPUComputePipeline>>,
  kernel: Kernel,
): Promise<GPUComputePipeline> {
  const shader = device.createShaderModule({ code: kernel.code });
  const made = device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: shader, entryPoint: 'main' },
  });
  pipelines.set(kernel.key, made);
  const { messages } = await shader.getCompilationInfo();
  for (const { lineNum, message } of messages) {
    throw new Error(`${kernel.key}: ${message} in: ${kernel.code.split('\n')[lineNum - 1]}`);
  }
  return made;
}

function upload(device: GPUDevice, data: Float32Array | Uint32Array, usage: number): GPUBuffer {
  const buffer = device.createBuffer({
    size: Math.max(16, Math.ceil(data.byteLength / 16) * 16),
    usage: usage | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  device.queue.writeBuffer(buffer, 0, data.slice());
  return buffer;
}
