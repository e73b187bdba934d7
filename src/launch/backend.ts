/** Where a study's runs are trained, and by which backend. */
import { probeVariant, type Variant } from '../backends/wasm/node/variants.js';
import { bestVariant, requireWide } from '../backends/wasm/node/wide.js';
import { requestError } from '../base/errors.js';

/** What a person may ask for. `auto` takes the fastest device that this version trains on: the CPU. */
export type Device = 'auto' | 'cpu';

export interface ChosenBackend {
  readonly device: 'cpu';
  readonly backend: 'wasm';
  /** The kernels' variant. */
  readonly variant: Variant;
  /** What a person should know of the choice. */
  readonly notes: readonly string[];
}

export interface BackendRequest {
  readonly device?: Device | undefined;
  /** Default: 256 where this Node has them and they pay, else 128. */
  readonly cpuVectors?: 128 | 256 | undefined;
}

/** @throws a request error for a device that this version cannot train on, or 256-bit vectors that do not pay here */
export async function checkRequest({ device = 'auto', cpuVectors }: BackendRequest): Promise<void> {
  if (device !== 'auto' && device !== 'cpu') {
    throw requestError({
      what: 'this version trains on the CPU only',
      where: 'device',
      rule: 'auto or cpu',
      value: String(device),
      advice: 'leave the device out',
    });
  }
  if (cpuVectors === 256) await requireWide();
}

/** @throws as checkRequest */
export async function chooseBackend(request: BackendRequest): Promise<ChosenBackend> {
  await checkRequest(request);
  const { variant, refused } = await chooseVariant(request.cpuVectors);
  return { device: 'cpu', backend: 'wasm', variant, notes: refused === null ? [] : [refused] };
}

/** @throws a request error where 256-bit vectors are asked for and do not pay here */
export async function chooseVariant(
  cpuVectors: 128 | 256 | undefined,
): Promise<{ readonly variant: Variant; readonly refused: string | null }> {
  if (cpuVectors === undefined) return bestVariant();
  if (cpuVectors === 128) return { variant: probeVariant(), refused: null };
  await requireWide();
  return { variant: 'wide', refused: null };
}
