/** Milliseconds of each part of a training step on a GPU, each in a pass of its own. */
import { GpuClock } from '../../backends/webgpu/clock.js';
import { kernelKind } from '../../backends/webgpu/kernel.js';
import type { WebgpuStep } from '../../backends/webgpu/step.js';
import type { KernelCall } from '../../compile/program.js';
import { median } from '../../stats/summary.js';

/** Calls of the Program that are dispatched together. */
export interface MeasuredUnit {
  /** Kinds of the kernels: `forward`, `depthwise backward`. */
  readonly kernel: string;
  readonly calls: readonly KernelCall[];
  readonly dispatches: number;
  readonly milliseconds: number;
}

const rounds = 7;

/** The median of some steps after two that are not counted; to be called when nothing is under way. */
export async function measureUnits({ engine, plan }: WebgpuStep): Promise<MeasuredUnit[]> {
  const clock = new GpuClock(engine.device);
  const work = plan.train.map((_, unit) => (pass: GPUComputePassEncoder) => {
    engine.encodeUnit(pass, 'train', unit);
  });
  const times: number[][] = [];
  try {
    for (let round = 0; round < rounds + 2; round++) {
      const measured = await clock.time(work);
      if (round > 1) times.push(measured);
    }
  } finally {
    clock.destroy();
  }
  return plan.train.map(({ calls, dispatches }, unit) => ({
    kernel: [...new Set(dispatches.map(({ kernel }) => kernelKind(kernel)))].join(' + '),
    calls,
    dispatches: dispatches.length,
    milliseconds: median(times.map((one) => one[unit])) ?? Number.NaN,
  }));
}

export interface KindTime {
  readonly kernel: string;
  readonly dispatches: number;
  readonly milliseconds: number;
}

/** By kind of kernel, most time first. */
export function byKind(units: readonly MeasuredUnit[]): KindTime[] {
  const kinds = new Map<string, KindTime>();
  for (const { kernel, dispatches, milliseconds } of units) {
    const known = kinds.get(kernel) ?? { kernel, dispatches: 0, milliseconds: 0 };
    kinds.set(kernel, {
      kernel,
      dispatches: known.dispatches + dispatches,
      milliseconds: known.milliseconds + milliseconds,
    });
  }
  return [...kinds.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}
