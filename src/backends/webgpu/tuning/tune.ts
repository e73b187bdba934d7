/**
 * Tiles by measurement: every product and depthwise convolution of a Program is timed on its device with every tile, on
 * arrays of its own, and the fastest is taken of those that write the bits of the first. So no result depends on tuning.
 */
import type { Program } from '../../../compile/program.js';
import { fastKernels } from '../families.js';
import type { MatrixUnit } from '../kernels/tiles.js';
import { askKernels } from '../plan.js';
import type { TileChoice } from '../tileChoice.js';
import { keyOf, observed, type TileTable, type UsedTiles } from './tileTable.js';
import { type TrialResult, TrialRunner } from './trialRunner.js';
import { type Trial, trialOf } from './trials.js';

export interface TuneOptions {
  readonly device: GPUDevice;
  readonly deviceName: string;
  /** What is known already: not measured again. */
  readonly known: TileTable;
  /** The choice without tuning. */
  readonly fixed: TileChoice;
  /** Given: products are made in halves, on these subgroup matrices. */
  readonly unit?: MatrixUnit | null;
  /** Seconds for measuring; what is left then keeps its fixed tile. Default: 4. */
  readonly seconds?: number;
  readonly timestamps?: boolean | undefined;
}

/** By how much another tile must be faster than the fixed one: less is noise. */
const margin = 0.97;

/** The Program's kernels whose tile is a choice, each shape once, with the tile of `choice`. */
export function tunedCalls(program: Program, choice: TileChoice, inHalves: boolean): UsedTiles {
  const used: UsedTiles = new Map();
  const limits = { maxStorageBufferBindingSize: 2 ** 52, maxBufferSize: 2 ** 52 };
  askKernels(program, { limits, slots: 1, convolutions: fastKernels(observed(choice, used)), inHalves });
  return used;
}

/**
 * @returns the table with what was found, `known` itself where nothing was or something went wrong: the Step then meets it.
 * Nothing of the device is kept but compiled kernels.
 */
export async function tuneTiles(program: Program, options: TuneOptions): Promise<TileTable> {
  const { known, fixed, seconds = 4, unit = null } = options;
  const missing = [...tunedCalls(program, fixed, unit !== null).values()].filter(
    ({ call }) => known[keyOf(call)] === undefined,
  );
  if (missing.length === 0) return known;
  const trials = missing.map(({ call, tile }) => ({ tile, trial: trialOf(call, unit) }));
  // The largest first, as far as the time goes.
  trials.sort((a, b) => b.trial.work.bytes - a.trial.work.bytes);
  const { device } = options;
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const runner = new TrialRunner(options);
  let found: Record<string, string> = {};
  try {
    found = await measureAll(runner, trials, 1000 * seconds);
  } catch {
    // What was not measured keeps its fixed tile.
  } finally {
    runner.destroy();
  }
  // A submission that the device refused has written nothing and taken no time: its numbers mean nothing.
  const isSound = await Promise.all([device.popErrorScope(), device.popErrorScope()]).then(
    (errors) => errors.every((error) => error === null),
    () => false,
  );
  return isSound && Object.keys(found).length > 0 ? { ...known, ...found } : known;
}

interface TileTrial {
  readonly trial: Trial;
  /** The fixed choice. */
  readonly tile: string;
}

async function measureAll(
  runner: TrialRunner,
  trials: readonly TileTrial[],
  milliseconds: number,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  await runner.compile(trials.map(({ trial }) => trial));
  const end = performance.now() + milliseconds;
  for (const { trial, tile } of trials) {
    if (performance.now() > end) break;
    const best = fastest(await runner.run(trial), tile);
    if (best !== null) found[keyOf(trial.call)] = best;
  }
  return found;
}

/** Of the results that have the bits of the first; `fixed` unless another one is clearly faster. `null`: none. */
export function fastest(results: readonly TrialResult[], fixed: string): string | null {
  const sound = results.filter(({ isEqual }) => isEqual).sort((a, b) => a.milliseconds - b.milliseconds);
  const [best] = sound;
  if (best === undefined) return null;
  const own = sound.find(({ tile }) => tile === fixed);
  return own === undefined || best.milliseconds < margin * own.milliseconds ? best.tile : fixed;
}
