/** The WebGPU backend in Node: the device by name, through Dawn, with its own tiles. */
import type { Program } from '../../../compile/program.js';
import type { AdapterRequest } from '../choose.js';
import { checkDispatches, longestDispatch } from '../dispatchTimes.js';
import type { MatrixUnit } from '../kernels/tiles.js';
import { requireMatrixUnit } from '../matrices.js';
import type { GpuPrecision } from '../precision.js';
import { createWebgpuStep, type WebgpuStep } from '../step.js';
import { fixedTiles, smallTiles, type TileChoice } from '../tileChoice.js';
import { tilesOf } from '../tuning/tileTable.js';
import { tuneTiles } from '../tuning/tune.js';
import { type OpenedDevice, openDevice } from './adapters.js';
import { TileCache, tileCacheDirectory } from './tileCache.js';

export interface WebgpuNodeOptions {
  readonly adapter: AdapterRequest;
  /** Default: `f32`. */
  readonly precision?: GpuPrecision | undefined;
  /** Whether tiles are chosen by measurement, once for each device and shape. Default: on hardware. No result depends on it. */
  readonly tune?: boolean | undefined;
  /** Where measured tiles are kept. Default: the user's cache. */
  readonly tileCache?: string | undefined;
  /** Milliseconds that a dispatch of several runs may take; `null`: any. Default: on hardware that of dispatchTimes.ts. */
  readonly longestDispatch?: number | null | undefined;
}

/**
 * A Step on a GPU of this machine.
 * @throws a request error where no adapter fits, a work error where the device or the Program's buffers are not to be had,
 * or several runs in lockstep keep the GPU busy for too long at a time
 */
export async function createWebgpuNodeStep(
  program: Program,
  options: WebgpuNodeOptions,
): Promise<WebgpuStep> {
  const opened = await openDevice(options.adapter);
  const { device, adapter, dawn } = opened;
  const deviceName = `${adapter.name}, ${adapter.driver}, Dawn ${dawn}`;
  const halves = options.precision === 'f16-products' ? requireMatrixUnit(adapter) : null;
  const tiles = await chooseTiles(program, opened, deviceName, halves, options);
  const step = await createWebgpuStep(program, { device, deviceName, tiles, halves });
  const { longestDispatch: most = adapter.type === 'hardware' ? longestDispatch : null } = options;
  try {
    if (most !== null) await checkDispatches(step, deviceName, most);
  } catch (error) {
    await step.dispose();
    throw error;
  }
  return step;
}

async function chooseTiles(
  program: Program,
  { device, adapter }: OpenedDevice,
  deviceName: string,
  unit: MatrixUnit | null,
  { tune, tileCache = tileCacheDirectory() }: WebgpuNodeOptions,
): Promise<TileChoice> {
  const fixed = adapter.type === 'software' ? smallTiles(unit) : fixedTiles(unit);
  if (!(tune ?? adapter.type === 'hardware')) return fixed;
  const cache = new TileCache(deviceName, tileCache);
  const known = cache.read();
  const tiles = await tuneTiles(program, { device, deviceName, known, fixed, unit });
  if (tiles !== known) cache.write(tiles);
  return tilesOf(tiles, fixed, unit);
}
