/** Times whole steps of the engine on random images, and says what they make of an epoch and of a study. */
import type { NetworkConfig } from '../nn/build.js';
import { epochSteps } from '../plan/sizes.js';
import { type StudyDuration, studyDuration } from '../plan/studyDuration.js';
import { classesOf } from '../study/rules.js';
import type { ResolvedStudy } from '../study/types.js';
import { type MeasuredPeak, measurePeak } from './peak.js';
import { repeat, type Timing, timingOf } from './statistics.js';
import { openSubject, type Subject } from './subject.js';
import { sumOfFlops } from './work.js';

export interface BenchStepOptions {
  readonly network: NetworkConfig;
  readonly batch: number;
  readonly threads: number;
  /** Counted steps of each kind, after two that are not. */
  readonly steps: number;
  /** Default: as a run has them. */
  readonly cpuVectors?: 128 | 256 | undefined;
  /** Whose network, batch and classes are measured instead, and whose duration is told. */
  readonly study?: ResolvedStudy | undefined;
}

export interface StepTiming extends Timing {
  readonly imagesPerSecond: number;
  /** Of convolutions and linear layers. */
  readonly gflop: number;
  readonly gflops: number;
  /** Share of the peak that was measured just before. */
  readonly shareOfPeak: number;
}

export interface BenchStepResult {
  readonly network: NetworkConfig;
  readonly batch: number;
  readonly threads: number;
  readonly device: 'cpu';
  /** The variant of the kernels. */
  readonly kernels: string;
  readonly tiles: Readonly<Record<string, string>>;
  readonly node: string;
  readonly peak: MeasuredPeak;
  readonly train: StepTiming;
  readonly evaluate: StepTiming;
  /** Milliseconds to compile, plan, start the threads and draw the weights; and until the first step was done. */
  readonly startMs: number;
  readonly firstStepMs: number;
  /** The kernels' memory: all of a run but the dataset. */
  readonly memoryBytes: number;
  /** Resident memory of this process after the steps: with Node itself and what the peak was measured with. */
  readonly residentBytes: number;
  /** Milliseconds of a training and of an evaluation step by kind of kernel. */
  readonly byKernel: { readonly train: KernelTimes; readonly evaluate: KernelTimes };
  /** One epoch of 40,000 images, with the validation on 10,000. */
  readonly epochSeconds: number;
  readonly study: StudyDuration | null;
}

export type KernelTimes = Readonly<Record<string, number>>;

/** The source study's splits of CIFAR-100's training file. */
export const publishedSizes = { train: 40_000, validation: 10_000 };

/** @throws a request error where a size is impossible */
export async function benchStep(options: BenchStepOptions): Promise<BenchStepResult> {
  const { study, threads, cpuVectors, steps } = options;
  const baseline = study?.baseline;
  const network = baseline?.network ?? options.network;
  const batch = baseline?.training.batchSize ?? options.batch;
  const classes = baseline === undefined ? undefined : classesOf(baseline.dataset);
  const subject = await openSubject({ network, batch, threads, cpuVectors, classes });
  try {
    const { step } = subject;
    const [first] = repeat(1, subject.train);
    const peak = await measurePeak(threads, subject.variant);
    const train = timeStep(subject, 'train', steps, peak);
    const evaluate = timeStep(subject, 'evaluate', steps, peak);
    const times = { trainMs: train.medianMs, evaluateMs: evaluate.medianMs, startMs: subject.startMs };
    const epoch = epochSteps(publishedSizes, batch);
    return {
      network,
      batch,
      threads,
      device: 'cpu',
      kernels: step.description.variant,
      tiles: step.description.tiles,
      node: process.version,
      peak,
      train,
      evaluate,
      startMs: subject.startMs,
      firstStepMs: subject.startMs + first,
      memoryBytes: step.memoryBytes,
      residentBytes: process.memoryUsage().rss,
      byKernel: { train: kernelTimes(subject, 'train'), evaluate: kernelTimes(subject, 'evaluate') },
      epochSeconds: (epoch.train * times.trainMs + epoch.evaluate * times.evaluateMs) / 1000,
      study: study === undefined ? null : studyDuration(study, times),
    };
  } finally {
    await subject.step.dispose();
  }
}

type Mode = 'train' | 'evaluate';

function timeStep(subject: Subject, mode: Mode, steps: number, peak: MeasuredPeak): StepTiming {
  repeat(2, subject[mode]);
  const timing = timingOf(repeat(steps, subject[mode]));
  const gflop = sumOfFlops(subject.program[mode]) / 1e9;
  const gflops = (1000 * gflop) / timing.medianMs;
  return {
    ...timing,
    imagesPerSecond: (1000 * subject.program.batch) / timing.medianMs,
    gflop,
    gflops,
    shareOfPeak: gflops / peak.gflops,
  };
}

/** Steps that are measured kernel by kernel. */
const profiledSteps = 3;

function kernelTimes(subject: Subject, mode: Mode): KernelTimes {
  const sums = new Map<string, number>();
  const measured = subject.step.measure(() => void repeat(profiledSteps, subject[mode]));
  for (const { kernel, milliseconds } of measured)
    sums.set(kernel, (sums.get(kernel) ?? 0) + milliseconds / profiledSteps);
  return Object.fromEntries([...sums].sort(([, a], [, b]) => b - a));
}
