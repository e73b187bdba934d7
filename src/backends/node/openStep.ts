/** The one way from a Program into a backend. */
import { requestError, workError } from '../../base/errors.js';
import type { Program } from '../../compile/program.js';
import type { Step } from '../../compile/step.js';
import type { Precision } from '../reference/memory.js';
import type { Variant } from '../wasm/node/variants.js';
import type { MeasuredStep } from '../wasm/step.js';
import type { AdapterRequest } from '../webgpu/choose.js';
import type { DeviceLimits } from '../webgpu/plan.js';
import type { GpuPrecision } from '../webgpu/precision.js';

/** WebAssembly on the CPU. Any number of threads gives the same bits. */
export interface WasmChoice {
  readonly backend: 'wasm';
  readonly threads: number;
  /** Default: the fastest that this Node and machine have; 256-bit vectors after a check (see bestVariant). */
  readonly variant?: Variant | undefined;
}

/** Plain loops on the calling thread. */
export interface ReferenceChoice {
  readonly backend: 'reference';
  readonly precision: Precision;
}

/** A GPU through WebGPU. */
export interface WebgpuChoice {
  readonly backend: 'webgpu';
  readonly adapter: AdapterRequest;
  /** Default: f32. */
  readonly precision?: GpuPrecision;
  /** The adapter's, where they are known: what `needOf` goes by. */
  readonly limits?: DeviceLimits;
  /** Whether tiles are chosen by measurement. Default: on hardware. No result depends on it. */
  readonly tune?: boolean;
  /** Milliseconds that a dispatch of several runs may take; `null`: any. Default: on hardware 50. */
  readonly longestDispatch?: number | null;
}

export type BackendChoice = WasmChoice | ReferenceChoice | WebgpuChoice;

/**
 * A Step of the Program on the chosen backend, whose code is loaded only then. Parameters are zero until `writeState`.
 * @throws a request error where the threads are no count; a work error where the Program does not fit the device
 */
export async function openStep(program: Program, choice: WasmChoice): Promise<MeasuredStep>;
export async function openStep(program: Program, choice: BackendChoice): Promise<Step>;
export async function openStep(program: Program, choice: BackendChoice): Promise<Step> {
  switch (choice.backend) {
    case 'wasm': {
      checkThreads(choice.threads);
      const { createWasmStep } = await import('../wasm/node/createStep.js');
      const { bestVariant } = await import('../wasm/node/wide.js');
      const variant = choice.variant ?? (await bestVariant()).variant;
      return createWasmStep(program, { ...choice, variant });
    }
    case 'reference':
      return (await import('../reference/step.js')).createReferenceStep(program, choice);
    case 'webgpu':
      return (await import('../webgpu/node/createStep.js')).createWebgpuNodeStep(program, choice);
    default:
      choice satisfies never;
      throw workError({ what: 'there is no such backend', value: JSON.stringify(choice) });
  }
}

function checkThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1) return;
  throw requestError({
    what: 'this is no number of threads',
    where: 'threads',
    rule: 'a whole number from 1',
    value: String(threads),
  });
}
