/** Where a study's runs are trained, and by which backend. */
import type { BackendChoice } from '../backends/node/openStep.js';
import { probeVariant, type Variant } from '../backends/wasm/node/variants.js';
import { type BestVariant, bestVariant, requireWide } from '../backends/wasm/node/wide.js';
import {
  type AdapterRequest,
  chooseAdapters,
  hardwareAdapter,
  isAdapterRequest,
} from '../backends/webgpu/choose.js';
import type { AdapterDescription } from '../backends/webgpu/description.js';
import { requireMatrixUnit } from '../backends/webgpu/matrices.js';
import { probeAdapters } from '../backends/webgpu/node/probe.js';
import type { GpuPrecision } from '../backends/webgpu/precision.js';
import { requestError } from '../base/errors.js';
import { freeMemory } from './allotment.js';

/** What a person may ask for. `auto` takes a hardware GPU where there is one, else the CPU. */
export type Device = 'auto' | 'cpu' | AdapterRequest;

export type ChosenBackend =
  | {
      readonly device: 'cpu';
      readonly backend: 'wasm';
      /** The kernels' variant; `null`: the best that this Node has, found when there is something to train (settled). */
      readonly variant: Variant | null;
    }
  | {
      readonly device: 'webgpu';
      readonly backend: 'webgpu';
      readonly adapter: AdapterDescription;
      readonly precision: GpuPrecision;
      /** Whether tiles are chosen by measurement on a hardware GPU. */
      readonly tune: boolean;
    };

export interface BackendRequest {
  readonly device?: Device | undefined;
  /** Vectors are the CPU's: whoever names them means the CPU. Default: 256 where this Node has them and they pay, else 128. */
  readonly cpuVectors?: 128 | 256 | undefined;
  /** Of a GPU (default: f32). */
  readonly precision?: GpuPrecision | undefined;
  /** Choose a GPU's tiles by measurement (default: true; never on a software adapter). No result depends on it. */
  readonly tune?: boolean | undefined;
  /** GPUs at most: those of a cluster's job. */
  readonly gpus?: number | undefined;
}

/**
 * One, or several GPUs: `webgpu` means every hardware GPU, `auto` the first.
 * @throws a request error for a device that is not there or lacks what the precision needs, or wide vectors that do not pay here
 */
export async function chooseBackends(
  request: BackendRequest,
): Promise<readonly [ChosenBackend, ...ChosenBackend[]]> {
  const { device = 'auto', cpuVectors, precision = 'f32', tune = true, gpus } = request;
  if (device !== 'auto' && device !== 'cpu' && !isAdapterRequest(device)) {
    throw requestError({
      what: 'there is no such device',
      where: '--device',
      rule: 'auto, cpu, webgpu, webgpu:NAME, or several of these: webgpu:NAME,webgpu:NAME',
      value: String(device),
      advice: '`ceteris doctor` lists the GPUs of this machine',
    });
  }
  const [first, ...others] = await adaptersFor(device, cpuVectors, gpus);
  const on = (adapter: AdapterDescription): ChosenBackend => ({
    device: 'webgpu',
    backend: 'webgpu',
    adapter,
    precision,
    tune,
  });
  if (precision === 'f16-products') checkHalves([first, ...others]);
  if (first !== undefined) return [on(first), ...others.map(on)];
  const variant = cpuVectors === undefined ? null : (await chooseVariant(cpuVectors)).variant;
  return [{ device: 'cpu', backend: 'wasm', variant }];
}

/** None: the CPU. */
function checkHalves(adapters: readonly (AdapterDescription | undefined)[]): void {
  for (const adapter of adapters) {
    if (adapter !== undefined) requireMatrixUnit(adapter);
    else {
      throw requestError({
        what: 'only a GPU makes products in halves',
        where: '--precision f16-products',
        rule: 'with --device webgpu or webgpu:NAME, on a GPU that has subgroup matrices',
        advice:
          'leave it out to train on the CPU, in float32; `ceteris doctor` lists the GPUs of this machine',
      });
    }
  }
}

/** @throws a request error where 256-bit vectors are asked for and do not pay here */
export async function chooseVariant(cpuVectors: 128 | 256 | undefined): Promise<BestVariant> {
  if (cpuVectors === undefined) return bestVariant();
  if (cpuVectors === 256) await requireWide();
  return { variant: cpuVectors === 256 ? 'wide' : probeVariant(), refused: null };
}

/** The choice with its variant of the kernels, and what a person should know of it. */
export async function settled(
  chosen: ChosenBackend,
): Promise<{ readonly backend: ChosenBackend; readonly notes: readonly string[] }> {
  if (chosen.device !== 'cpu' || chosen.variant !== null) return { backend: chosen, notes: [] };
  const { variant, refused } = await bestVariant();
  return { backend: { ...chosen, variant }, notes: refused === null ? [] : [refused] };
}

/** None: the CPU. */
async function adaptersFor(
  device: Device,
  cpuVectors: 128 | 256 | undefined,
  most: number | undefined,
): Promise<readonly AdapterDescription[]> {
  if (device === 'cpu' || (device === 'auto' && cpuVectors !== undefined)) return [];
  const { adapters, missing } = await probeAdapters();
  if (device !== 'auto') return chooseAdapters(device, adapters, { most, missing });
  const first = hardwareAdapter(adapters);
  return first === null ? [] : [first];
}

/** What a group of runs is opened with. */
export function choiceOf(chosen: ChosenBackend, threads: number): BackendChoice {
  if (chosen.device === 'cpu') return { backend: 'wasm', threads, variant: chosen.variant ?? undefined };
  const { precision, tune } = chosen;
  const { name, limits, type } = chosen.adapter;
  return {
    backend: 'webgpu',
    adapter: `webgpu:${name}`,
    precision,
    limits,
    tune: tune && type === 'hardware',
  };
}

/** In words, for people. */
export function deviceName(chosen: ChosenBackend): string {
  return chosen.device === 'cpu' ? 'CPU' : chosen.adapter.name;
}

/**
 * Bytes that a group may take. A GPU does not tell its memory: its limits bound a group, and where that is still too
 * much, halves are tried (executeGroup.ts).
 */
export function groupMemory(chosen: ChosenBackend, workers: number): number {
  if (chosen.device === 'webgpu' && chosen.adapter.type === 'hardware') return Number.MAX_VALUE;
  return freeMemory() / workers;
}
