/** Times each kernel at each of a network's shapes, beside what the machine allows. */
import { partnerOf } from '../backends/wasm/convolutions.js';
import type { MeasuredCall } from '../backends/wasm/step.js';
import type { KernelCall, PoolGeometry, Program } from '../compile/program.js';
import type { NetworkConfig } from '../nn/build.js';
import { type MeasuredPeak, measurePeak } from './peak.js';
import { quantile, repeat } from './statistics.js';
import { openSubject } from './subject.js';
import {
  convolutionOf,
  helperWork,
  isHelper,
  type Limit,
  limitOf,
  type Peak,
  type Work,
  workOf,
} from './work.js';

export interface BenchKernelsOptions {
  readonly network: NetworkConfig;
  readonly batch: number;
  readonly threads: number;
  /** Training steps to take the medians of. */
  readonly steps: number;
  /** Default: as a run has them. */
  readonly cpuVectors?: 128 | 256 | undefined;
}

/** Calls of one kernel at one shape, in one training step. */
export interface KernelRow {
  readonly kernel: string;
  /** E.g. `32x32x64 -> 128`, `16x16x128 3x3 /2`. */
  readonly shape: string;
  readonly calls: number;
  /** Of one call: median over steps, mean over the step's calls. */
  readonly milliseconds: number;
  readonly gflops: number;
  readonly gigabytesPerSecond: number;
  readonly limitMs: number;
  readonly boundBy: Limit['boundBy'];
  /** limitMs / milliseconds. */
  readonly shareOfLimit: number;
}

/** All shapes of one kernel in one training step. */
export interface KernelSum {
  readonly kernel: string;
  readonly milliseconds: number;
  readonly limitMs: number;
  readonly shareOfLimit: number;
}

export interface BenchKernelsResult {
  readonly network: NetworkConfig;
  readonly batch: number;
  readonly threads: number;
  readonly kernels: string;
  readonly node: string;
  readonly peak: MeasuredPeak;
  /** Most time first. */
  readonly rows: readonly KernelRow[];
  readonly sums: readonly KernelSum[];
}

/** @throws a request error where a size is impossible */
export async function benchKernels(options: BenchKernelsOptions): Promise<BenchKernelsResult> {
  const { network, batch, threads, steps, cpuVectors } = options;
  const subject = await openSubject({ network, batch, threads, cpuVectors });
  try {
    const peak = await measurePeak(threads, subject.variant);
    repeat(2, subject.train);
    const runs = Array.from({ length: steps }, () => subject.step.measure(subject.train));
    const rows = tabulate(medianCalls(runs), subject.program, peak);
    return {
      network,
      batch,
      threads,
      kernels: subject.step.description.variant,
      node: process.version,
      peak,
      rows,
      sums: sumUp(rows),
    };
  } finally {
    await subject.step.dispose();
  }
}

/** Every step runs the same list: the median of each place in it. */
export function medianCalls(steps: readonly (readonly MeasuredCall[])[]): readonly MeasuredCall[] {
  return steps[0].map((call, i) => {
    const times = steps.map((step) => step[i].milliseconds).sort((a, b) => a - b);
    return { ...call, milliseconds: quantile(times, 0.5) };
  });
}

/** Calls of one kernel and shape together, most time first. */
export function tabulate(
  measured: readonly MeasuredCall[],
  program: Program,
  peak: Peak,
): readonly KernelRow[] {
  return rowsOf(
    measured.map(({ kernel, call, milliseconds }) => ({
      kernel,
      shape: shapeOf(call, program),
      work: kernelWork(kernel, call, program),
      milliseconds,
    })),
    peak,
  );
}

/** A kernel as it ran once. */
export interface MeasuredWork {
  readonly kernel: string;
  readonly shape: string;
  readonly work: Work;
  readonly milliseconds: number;
}

export function rowsOf(measured: readonly MeasuredWork[], peak: Peak): readonly KernelRow[] {
  const groups = new Map<string, MeasuredWork[]>();
  for (const one of measured) {
    const key = `${one.kernel} ${one.shape}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .map((group) => rowOf(group, peak))
    .sort((a, b) => b.calls * b.milliseconds - a.calls * a.milliseconds);
}

function rowOf(group: readonly MeasuredWork[], peak: Peak): KernelRow {
  const [{ kernel, shape, work }] = group;
  const milliseconds = group.reduce((sum, one) => sum + one.milliseconds, 0) / group.length;
  const { milliseconds: limitMs, boundBy } = limitOf(work, peak);
  return {
    kernel,
    shape,
    calls: group.length,
    milliseconds,
    gflops: work.flops / (1e6 * milliseconds),
    gigabytesPerSecond: work.bytes / (1e6 * milliseconds),
    limitMs,
    boundBy,
    shareOfLimit: limitMs / milliseconds,
  };
}

function kernelWork(kernel: string, call: KernelCall, program: Program): Work {
  if (isHelper(kernel)) return helperWork(kernel, call);
  const joins = kernel === 'denseBackward' || kernel === 'depthwiseBackward';
  const partner = joins ? partnerOf(call, program.train[program.train.indexOf(call) + 1]) : null;
  return workOf(program, partner === null ? [call] : [call, partner]);
}

/** The size of a call, as people of the field write it. */
export function shapeOf(call: KernelCall, program: Program): string {
  const g = convolutionOf(call);
  if (g !== null) {
    const size = g.kernelHeight * g.kernelWidth === 1 ? '' : ` ${g.kernelHeight}x${g.kernelWidth}`;
    const stride = g.stride === 1 ? '' : ` /${g.stride}`;
    const to = g.depthwise ? '' : ` -> ${g.outChannels}`;
    return `${g.inHeight}x${g.inWidth}x${g.inChannels}${to}${size}${stride}`;
  }
  if ('geometry' in call) {
    const { inHeight, inWidth, channels } = call.geometry as PoolGeometry;
    return `${inHeight}x${inWidth}x${channels}`;
  }
  switch (call.kernel) {
    case 'softmaxCrossEntropy':
      return `${call.classes} classes`;
    case 'gather':
      return `${program.network.input.height}x${program.network.input.width}x${program.network.input.channels}`;
    case 'update':
      return `${program.parameterElements} parameters`;
    default:
      return 'rows' in call ? `${call.rows} rows, ${call.channels}` : '';
  }
}

export function sumUp(rows: readonly KernelRow[]): readonly KernelSum[] {
  const names = [...new Set(rows.map(({ kernel }) => kernel))];
  return names
    .map((kernel) => {
      const own = rows.filter((row) => row.kernel === kernel);
      const milliseconds = own.reduce((sum, row) => sum + row.calls * row.milliseconds, 0);
      const limitMs = own.reduce((sum, row) => sum + row.calls * row.limitMs, 0);
      return { kernel, milliseconds, limitMs, shareOfLimit: limitMs / milliseconds };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds);
}
