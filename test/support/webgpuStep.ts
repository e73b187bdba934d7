/** Steps of tests on the adapter at hand: one device for all of a test file, so that kernels are compiled once. */

import type { MatrixUnit } from '../../src/backends/webgpu/kernels/tiles.js';
import { matrixUnitOf } from '../../src/backends/webgpu/matrices.js';
import { openDevice } from '../../src/backends/webgpu/node/adapters.js';
import { createWebgpuStep, type WebgpuStep } from '../../src/backends/webgpu/step.js';
import { fixedTiles, smallTiles, type TileChoice } from '../../src/backends/webgpu/tileChoice.js';
import type { Program } from '../../src/compile/program.js';
import { testAdapter } from './adapter.js';

let device: Promise<GPUDevice> | null = null;

export async function openTestStep(program: Program, tiles?: TileChoice): Promise<WebgpuStep> {
  return open(program, null, tiles);
}

/** Subgroup matrices of the adapter at hand; null: it has none, or there is no adapter. */
export const testUnit: MatrixUnit | null =
  testAdapter === null ? null : matrixUnitOf(testAdapter.description);

/** The same with products in halves. */
export async function openHalvesStep(program: Program, tiles?: TileChoice): Promise<WebgpuStep> {
  if (testUnit === null) throw new Error('no subgroup matrices');
  return open(program, testUnit, tiles);
}

/** The device of all Steps of a test file. */
export function testDevice(): Promise<GPUDevice> {
  if (testAdapter === null) throw new Error('no adapter');
  device ??= openDevice(testAdapter.request).then((opened) => opened.device);
  return device;
}

async function open(program: Program, halves: MatrixUnit | null, tiles?: TileChoice): Promise<WebgpuStep> {
  return openStepOn(await testDevice(), program, halves, tiles);
}

/** On a device that the test has made something else of. */
export async function openStepOn(
  on: GPUDevice,
  program: Program,
  halves: MatrixUnit | null = null,
  tiles?: TileChoice,
): Promise<WebgpuStep> {
  if (testAdapter === null) throw new Error('no adapter');
  const { description } = testAdapter;
  return createWebgpuStep(program, {
    device: on,
    deviceName: description.name,
    isShared: true,
    halves,
    tiles: tiles ?? (description.type === 'software' ? smallTiles(halves) : fixedTiles(halves)),
  });
}
