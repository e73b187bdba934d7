/** Times each kernel of a training step on a GPU at each shape, beside what the device allows; or every tile of each. */
import { fixedTiles } from '../../backends/webgpu/tileChoice.js';
import { shapeName } from '../../backends/webgpu/tuning/tileTable.js';
import { TrialRunner } from '../../backends/webgpu/tuning/trialRunner.js';
import { trialOf } from '../../backends/webgpu/tuning/trials.js';
import { tunedCalls } from '../../backends/webgpu/tuning/tune.js';
import { type KernelRow, type KernelSum, rowsOf, shapeOf, sumUp } from '../benchKernels.js';
import { workOf } from '../work.js';
import { type GpuPeak, measureGpuPeak } from './peak.js';
import { type GpuBenchOptions, type GpuSetting, type GpuSubject, openGpuSubject } from './subject.js';
import { measureUnits } from './units.js';

export interface GpuBenchKernelsOptions extends GpuBenchOptions {
  /** Also time every tile of each product and depthwise convolution. */
  readonly tiles?: boolean | undefined;
}

export interface TileRow {
  /** `forward 131072x32x64`. */
  readonly kernel: string;
  /** Fastest first. */
  readonly tiles: readonly {
    readonly tile: string;
    readonly milliseconds: number;
    readonly gflops: number;
    readonly gigabytesPerSecond: number;
    /** Whether it writes the bits of the first. */
    readonly isEqual: boolean;
  }[];
}

export interface GpuBenchKernelsResult extends GpuSetting {
  readonly peak: GpuPeak;
  /** Most time first. */
  readonly rows: readonly KernelRow[];
  readonly sums: readonly KernelSum[];
  /** `null`: not asked for. */
  readonly tileRows: readonly TileRow[] | null;
}

/** @throws a request error where a size is impossible or no adapter fits */
export async function benchGpuKernels(options: GpuBenchKernelsOptions): Promise<GpuBenchKernelsResult> {
  const subject = await openGpuSubject(options);
  const { step, setting } = subject;
  const { program } = step;
  try {
    const peak = await measureGpuPeak(step.engine.device, setting.tiles.device);
    step.train(subject.plans[0], subject.hyper);
    await step.metrics();
    const measured = (await measureUnits(step)).map(({ kernel, calls, milliseconds }) => {
      const { flops, bytes } = workOf(program, calls);
      const work = { flops: program.replicas * flops, bytes: program.replicas * bytes };
      return { kernel, shape: shapeOf(calls[calls.length - 1], program), work, milliseconds };
    });
    const rows = rowsOf(measured, peak);
    const tileRows = options.tiles ? await timeTiles(subject) : null;
    return { ...setting, peak, rows, sums: sumUp(rows), tileRows };
  } finally {
    await step.dispose();
  }
}

async function timeTiles({ step, setting, halves }: GpuSubject): Promise<TileRow[]> {
  const runner = new TrialRunner({ device: step.engine.device, deviceName: setting.tiles.device });
  const calls = tunedCalls(step.program, fixedTiles(halves), halves !== null);
  const trials = [...calls.values()].map(({ call }) => trialOf(call, halves));
  const rows: TileRow[] = [];
  try {
    await runner.compile(trials);
    for (const trial of trials) {
      const { call, work } = trial;
      const results = await runner.run(trial);
      const tiles = results
        .map((result) => ({
          ...result,
          gflops: (call.replicas * work.flops) / (1e6 * result.milliseconds),
          gigabytesPerSecond: (call.replicas * work.bytes) / (1e6 * result.milliseconds),
        }))
        .sort((a, b) => a.milliseconds - b.milliseconds);
      rows.push({ kernel: `${call.part} ${shapeName(call)}`, tiles });
    }
    return rows;
  } finally {
    runner.destroy();
  }
}
