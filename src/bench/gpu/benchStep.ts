/**
 * Times whole steps on a GPU: R runs in lockstep in a warm loop, the host planning ahead as it does while training, within
 * the bound on steps under way. A window of steps ends when its losses have come to the host.
 */
import type { WebgpuStep } from '../../backends/webgpu/step.js';
import { epochSteps } from '../../plan/sizes.js';
import { publishedSizes } from '../benchStep.js';
import { type Timing, timingOf } from '../statistics.js';
import { sumOfFlops } from '../work.js';
import { type GpuPeak, measureGpuPeak } from './peak.js';
import { type GpuBenchOptions, type GpuSetting, type GpuSubject, openGpuSubject } from './subject.js';
import { byKind, type KindTime, measureUnits } from './units.js';

export interface GpuBenchStepOptions extends GpuBenchOptions {
  /** Seconds for the windows of each kind of step. */
  readonly seconds: number;
}

/** Milliseconds of a step of all runs, over windows. */
export interface GpuStepTiming extends Timing {
  readonly runMs: number;
  /** The host's own work for a step: planning its data, and its part of a submission. */
  readonly hostMs: number;
  readonly imagesPerSecond: number;
  /** Of convolutions and linear layers, all runs. */
  readonly gflop: number;
  readonly gflops: number;
  readonly shareOfPeak: number;
}

export interface GpuBenchStepResult extends GpuSetting {
  readonly peak: GpuPeak;
  readonly train: GpuStepTiming;
  readonly evaluate: GpuStepTiming;
  readonly dispatches: number;
  readonly pipelines: number;
  /** Milliseconds in which the kernels were compiled, of those of the whole start. */
  readonly compileMs: number;
  readonly startMs: number;
  readonly firstStepMs: number;
  /** All buffers but the dataset's. */
  readonly memoryBytes: number;
  /** Kinds of kernels in a training step, each call in a pass of its own: together more than a step. */
  readonly kinds: readonly KindTime[];
  /** One epoch of 40,000 images with the validation on 10,000, of all runs. */
  readonly epochSeconds: number;
}

/** @throws a request error where a size is impossible or no adapter fits */
export async function benchGpuStep(options: GpuBenchStepOptions): Promise<GpuBenchStepResult> {
  const subject = await openGpuSubject(options);
  const { step, setting, startMs } = subject;
  const { plan, engine } = step;
  try {
    const first = await windowOf(subject, 'train', 1);
    const peak = await measureGpuPeak(engine.device, setting.tiles.device);
    const train = await timeSteps(subject, 'train', options.seconds, peak);
    const evaluate = await timeSteps(subject, 'evaluate', options.seconds / 4, peak);
    const epoch = epochSteps(publishedSizes, setting.batch);
    const kinds = byKind(await measureUnits(step));
    return {
      ...setting,
      peak,
      train,
      evaluate,
      dispatches: plan.train.reduce((sum, { dispatches }) => sum + dispatches.length, 0),
      pipelines: engine.pipelines,
      compileMs: engine.compileMs,
      startMs,
      firstStepMs: startMs + first.wallMs,
      memoryBytes: step.memoryBytes,
      kinds,
      epochSeconds: (epoch.train * train.medianMs + epoch.evaluate * evaluate.medianMs) / 1000,
    };
  } finally {
    await step.dispose();
  }
}

type Mode = 'train' | 'evaluate';

function enqueue({ plans, hyper }: GpuSubject, step: WebgpuStep, mode: Mode, i: number): void {
  const plan = plans[i % plans.length];
  if (mode === 'train') step.train(plan, hyper);
  else step.evaluate(plan, { activations: hyper.map(({ activations }) => activations) });
}

/** Milliseconds a step on the clock, and those of the host's own work. */
async function windowOf(
  subject: GpuSubject,
  mode: Mode,
  count: number,
): Promise<{ readonly wallMs: number; readonly hostMs: number }> {
  const { step } = subject;
  const start = performance.now();
  let host = 0;
  for (let i = 0; i < count; i++) {
    const room = step.room();
    if (room !== null) await room;
    const before = performance.now();
    enqueue(subject, step, mode, i);
    host += performance.now() - before;
  }
  await step.metrics();
  return { wallMs: (performance.now() - start) / count, hostMs: host / count };
}

const leastWindows = 3;
const mostWindows = 15;

async function timeSteps(
  subject: GpuSubject,
  mode: Mode,
  seconds: number,
  peak: GpuPeak,
): Promise<GpuStepTiming> {
  const { program } = subject.step;
  const least = seconds < 1 ? 1 : 4;
  const { wallMs: warm } = await windowOf(subject, mode, least);
  const count = Math.max(least, Math.min(1000, Math.ceil((1000 * seconds) / 5 / warm)));
  const windows: Awaited<ReturnType<typeof windowOf>>[] = [];
  const end = performance.now() + 1000 * seconds;
  while (windows.length < leastWindows || (performance.now() < end && windows.length < mostWindows)) {
    windows.push(await windowOf(subject, mode, count));
  }
  const timing = timingOf(windows.map(({ wallMs }) => wallMs));
  const { replicas, batch } = program;
  const gflop = (replicas * sumOfFlops(program[mode])) / 1e9;
  const gflops = (1000 * gflop) / timing.medianMs;
  return {
    ...timing,
    runMs: timing.medianMs / replicas,
    hostMs: timingOf(windows.map(({ hostMs }) => hostMs)).medianMs,
    imagesPerSecond: (1000 * batch * replicas) / timing.medianMs,
    gflop,
    gflops,
    shareOfPeak: gflops / peak.gflops,
  };
}
