/** Where a study's runs are trained, and by which backend. */
import type { BackendChoice } from '../backends/node/openStep.js';
import { requireWide } from '../backends/wasm/node/wide.js';
import { requestError } from '../base/errors.js';

/** What a person may ask for. `auto` takes the fastest device that this version trains on: the CPU. */
export type Device = 'auto' | 'cpu';

export interface ChosenBackend {
  readonly device: 'cpu';
  readonly backend: 'wasm';
  /** The kernels' variant, where it is not what the machine suggests. */
  readonly variant: 'wide' | null;
}

export interface BackendRequest {
  readonly device?: Device | undefined;
  readonly cpuVectors?: 128 | 256 | undefined;
}

/** @throws a request error for a device that this version cannot train on, or wide vectors that do not pay here */
export function chooseBackend({ device = 'auto', cpuVectors }: BackendRequest): ChosenBackend {
  if (device !== 'auto' && device !== 'cpu') {
    throw requestError({
      what: 'this version trains on the CPU only',
      where: 'device',
      rule: 'auto or cpu',
      value: String(device),
      advice: 'leave the device out',
    });
  }
  if (cpuVectors === 256) requireWide();
  return { device: 'cpu', backend: 'wasm', variant: cpuVectors === 256 ? 'wide' : null };
}

/** What a group of runs is opened with. */
export function choiceOf({ backend, variant }: ChosenBackend, threads: number): BackendChoice {
  return { backend, threads, variant: variant ?? undefined };
}
