/** A network's step on a GPU with R runs in lockstep, on random images, ready to be timed: for `ceteris bench`. */
import { type AdapterRequest, chooseAdapter } from '../../backends/webgpu/choose.js';
import type { AdapterDescription } from '../../backends/webgpu/description.js';
import type { MatrixUnit } from '../../backends/webgpu/kernels/tiles.js';
import { requireMatrixUnit } from '../../backends/webgpu/matrices.js';
import { createWebgpuNodeStep } from '../../backends/webgpu/node/createStep.js';
import { probeAdapters } from '../../backends/webgpu/node/probe.js';
import type { GpuPrecision } from '../../backends/webgpu/precision.js';
import type { WebgpuStep } from '../../backends/webgpu/step.js';
import { compile } from '../../compile/compile.js';
import { initialState } from '../../compile/initial.js';
import type { BatchPlan, StepHyper } from '../../compile/step.js';
import { buildNetwork, type NetworkConfig } from '../../nn/build.js';
import { endsOf, examples, randomImages } from '../subject.js';

export interface GpuBenchOptions {
  readonly network: NetworkConfig;
  readonly batch: number;
  /** Runs in lockstep. */
  readonly replicas: number;
  readonly device: AdapterRequest;
  /** Default: f32. */
  readonly precision?: GpuPrecision | undefined;
  /** Choose tiles by measurement on hardware (default: true). */
  readonly tune?: boolean | undefined;
}

/** What both benches say of their subject. */
export interface GpuSetting extends Pick<GpuBenchOptions, 'network' | 'batch' | 'replicas'> {
  readonly device: 'webgpu';
  readonly precision: GpuPrecision;
  /** Adapter, driver and Dawn; tiles by part. */
  readonly tiles: Readonly<Record<string, string>>;
  readonly node: string;
}

export interface GpuSubject {
  readonly setting: GpuSetting;
  readonly step: WebgpuStep;
  readonly adapter: AdapterDescription;
  /** Subgroup matrices on which products are made in halves; null: they are made in float32. */
  readonly halves: MatrixUnit | null;
  /** Batches that differ from step to step, shared by all replicas, as in a study of one seed. */
  readonly plans: readonly BatchPlan[];
  readonly hyper: readonly StepHyper[];
  /** Milliseconds to open the device, tune, compile, allocate and draw the weights. */
  readonly startMs: number;
}

const batches = 16;

/** @throws a request error where a size is impossible or no adapter fits */
export async function openGpuSubject(options: GpuBenchOptions): Promise<GpuSubject> {
  const { network, batch, replicas, device, precision = 'f32', tune = true } = options;
  const images = randomImages(100);
  const { adapters, missing } = await probeAdapters();
  const adapter = chooseAdapter(device, adapters, missing);
  const halves = precision === 'f16-products' ? requireMatrixUnit(adapter) : null;
  const start = performance.now();
  const program = compile(buildNetwork(network, endsOf(100)), { batch, replicas });
  const step = await createWebgpuNodeStep(program, {
    adapter: `webgpu:${adapter.name}`,
    precision,
    tune: tune && adapter.type === 'hardware',
  });
  step.load(images);
  for (let r = 0; r < replicas; r++) await step.writeState(r, initialState(program, r));
  const startMs = performance.now() - start;
  const activations = program.network.activationSlots.map(() => 'relu' as const);
  const hyper = Array.from({ length: replicas }, () => ({
    optimizer: 'sgd' as const,
    learningRate: 0.01,
    momentum: 0.9,
    dampening: 0,
    nesterov: false,
    weightDecay: 0,
    activations,
  }));
  const { tiles } = step.description;
  const node = process.version;
  const setting = { network, batch, replicas, device: 'webgpu' as const, precision, tiles, node };
  return { setting, step, adapter, halves, plans: plansOf(batch, replicas), hyper, startMs };
}

function plansOf(batch: number, replicas: number): BatchPlan[] {
  return Array.from({ length: batches }, (_, k) => {
    const one = {
      indices: Int32Array.from({ length: batch }, (__, i) => (k * batch + i * 5) % examples),
      shiftY: Int8Array.from({ length: batch }, (__, i) => ((i + k) % 9) - 4),
      shiftX: Int8Array.from({ length: batch }, (__, i) => ((i * 3 + k) % 9) - 4),
      flip: Uint8Array.from({ length: batch }, (__, i) => (i + k) % 2),
    };
    return { count: batch, replicas: Array.from({ length: replicas }, () => one) };
  });
}
