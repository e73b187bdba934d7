/** The one way from a Program into a backend. */
import { workError } from '../../base/errors.js';
import type { Program } from '../../compile/program.js';
import type { Step } from '../../compile/step.js';
import type { Precision } from '../reference/memory.js';
import type { Variant } from '../wasm/node/variants.js';
import type { WasmStep } from '../wasm/step.js';
import type { AdapterRequest } from '../webgpu/choose.js';
import type { DeviceLimits } from '../webgpu/plan.js';
import type { WebgpuStep } from '../webgpu/step.js';

/** WebAssembly on the CPU. Any number of threads gives the same bits. */
export interface WasmChoice {
  readonly backend: 'wasm';
  readonly threads: number;
  /** Default: relaxed SIMD where the machine has it. `wide` is never chosen by itself: see requireWide. */
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
  /** The adapter's, where they are known: what `needOf` goes by. */
  readonly limits?: DeviceLimits;
}

export type BackendChoice = WasmChoice | ReferenceChoice | WebgpuChoice;

/**
 * A Step of the Program on the chosen backend, whose code is loaded only then. Parameters are zero until `writeState`.
 * @throws a work error where the Program does not fit the device
 */
export async function openStep(program: Program, choice: WasmChoice): Promise<WasmStep>;
export async function openStep(program: Program, choice: WebgpuChoice): Promise<WebgpuStep>;
export async function openStep(program: Program, choice: BackendChoice): Promise<Step>;
export async function openStep(program: Program, choice: BackendChoice): Promise<Step> {
  switch (choice.backend) {
    case 'wasm':
      return (await import('../wasm/node/createStep.js')).createWasmStep(program, choice);
    case 'reference':
      return (await import('../reference/step.js')).createReferenceStep(program, choice);
    case 'webgpu':
      return (await import('../webgpu/node/createStep.js')).createWebgpuNodeStep(program, choice);
    default:
      choice satisfies never;
      throw workError({ what: 'there is no such backend', value: JSON.stringify(choice) });
  }
}
