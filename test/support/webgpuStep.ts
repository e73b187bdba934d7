/** Steps of tests on the adapter at hand: one device for all of a test file, so that kernels are compiled once. */

import { openDevice } from '../../src/backends/webgpu/node/adapters.js';
import { createWebgpuStep, type WebgpuStep } from '../../src/backends/webgpu/step.js';
import { fixedTiles, smallTiles, type TileChoice } from '../../src/backends/webgpu/tileChoice.js';
import type { Program } from '../../src/compile/program.js';
import { testAdapter } from './adapter.js';

let device: Promise<GPUDevice> | null = null;

export async function openTestStep(program: Program, tiles?: TileChoice): Promise<WebgpuStep> {
  if (testAdapter === null) throw new Error('no adapter');
  const { request, description } = testAdapter;
  device ??= openDevice(request).then((opened) => opened.device);
  return createWebgpuStep(program, {
    device: await device,
    deviceName: description.name,
    isShared: true,
    tiles: tiles ?? (description.type === 'software' ? smallTiles : fixedTiles),
  });
}
