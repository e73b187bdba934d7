/** What a Program takes on a device, told before it is opened. */
import type { Program } from '../../compile/program.js';
import type { DeviceNeed } from '../need.js';
import type { BackendChoice } from './openStep.js';

const unlimited = { maxStorageBufferBindingSize: 2 ** 52, maxBufferSize: 2 ** 52 };

/** Pure planning: nothing is allocated. */
export async function needOf(program: Program, choice: BackendChoice): Promise<DeviceNeed> {
  switch (choice.backend) {
    case 'wasm':
      return (await import('../wasm/node/createStep.js')).wasmNeed(program, choice);
    case 'reference':
      return {
        bytes: (await import('../reference/memory.js')).referenceBytes(program, choice.precision),
        refusal: null,
      };
    case 'webgpu':
      return (await import('../webgpu/need.js')).webgpuNeed(
        program,
        choice.limits ?? unlimited,
        choice.precision,
      );
    default:
      return choice satisfies never;
  }
}

/**
 * The largest number of replicas, at most `most`, that the device can hold in so many bytes; at least 1.
 * @param compile the Program of so many replicas
 */
export async function replicasThatFit(
  compile: (replicas: number) => Program,
  choice: BackendChoice,
  { most, bytes }: { readonly most: number; readonly bytes: number },
): Promise<number> {
  const fits = async (replicas: number) => {
    const need = await needOf(compile(replicas), choice);
    return need.refusal === null && need.bytes <= bytes;
  };
  if (most <= 1 || (await fits(most))) return Math.max(1, most);
  let [fitting, above] = [1, most];
  while (above - fitting > 1) {
    const middle = Math.floor((fitting + above) / 2);
    if (await fits(middle)) fitting = middle;
    else above = middle;
  }
  return fitting;
}
