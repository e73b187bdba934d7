/** The WebGPU backend in Node: the device by name, through Dawn. */
import type { Program } from '../../../compile/program.js';
import type { AdapterRequest } from '../choose.js';
import { fastKernels, fixedTiles, smallTiles } from '../families.js';
import { createWebgpuStep, type WebgpuStep } from '../step.js';
import { openDevice } from './adapters.js';

export interface WebgpuNodeOptions {
  readonly adapter: AdapterRequest;
}

/**
 * A Step on a GPU of this machine.
 * @throws a request error where no adapter fits, a work error where the device or the Program's buffers are not to be had
 */
export async function createWebgpuNodeStep(
  program: Program,
  options: WebgpuNodeOptions,
): Promise<WebgpuStep> {
  const { device, adapter, dawn } = await openDevice(options.adapter);
  return createWebgpuStep(program, {
    device,
    convolutions: fastKernels(adapter.type === 'software' ? smallTiles : fixedTiles),
    deviceName: `${adapter.name}, ${adapter.driver}, Dawn ${dawn}`,
  });
}
