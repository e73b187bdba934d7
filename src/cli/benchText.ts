/** What `bench` prints for a person. */
import type { BenchKernelsResult, BenchStepResult, ExplainResult, NetworkConfig } from './library.js';
import { formatBytes, formatDuration } from './output.js';

/** A kernel that takes less, in milliseconds, stands in no table. */
const least = 0.05;

export function describeStep(result: BenchStepResult): string {
  const { peak, study } = result;
  return [
    heading(result),
    describePeak(peak),
    '',
    stepLine('training', result.train),
    stepLine('evaluation', result.evaluate),
    `memory ${formatBytes(result.memoryBytes)} beside the dataset (this process: ${formatBytes(result.residentBytes)}); first step done after ${formatDuration(result.firstStepMs / 1000)}`,
    '',
    'kernel                  training  evaluation',
    ...kernelLines(result),
    '',
    `one epoch of 40,000 images, and validation on 10,000: ${formatDuration(result.epochSeconds)}`,
    ...(study === null
      ? []
      : [
          `${study.name}, ${study.runs} runs one after another: ${formatDuration(study.seconds)}${
            study.scaledRuns > 0
              ? ` (${study.scaledRuns} of them have another network, batch or optimizer: taken in proportion to operations)`
              : ''
          }`,
        ]),
  ].join('\n');
}

/** `bench step --explain`. */
export function describeExplained({
  network,
  batch,
  replicas,
  precision,
  train,
  evaluate,
  memoryBytes,
}: ExplainResult): string {
  const title = 'width' in network ? `${network.name}, width ${network.width}` : network.name;
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(28) : cell.padStart(12))).join('');
  const cost = (
    name: string,
    { dispatches, flops, bytes }: Pick<ExplainResult['train'], 'dispatches' | 'flops' | 'bytes'>,
  ) => row([name, String(dispatches), (bytes / 1e6).toFixed(1), (flops / 1e9).toFixed(1)]);
  return [
    `${title}, batch ${batch}, ${replicas} in lockstep, ${precision}, on WebGPU: counted, not measured`,
    row(['', 'dispatches', 'MB', 'GFLOP']),
    cost('training step', train),
    ...train.kinds.map((kind) => cost(`  ${kind.kind}`, kind)),
    cost('evaluation step', evaluate),
    `kernels compiled for training: ${train.pipelines}; memory ${formatBytes(memoryBytes)} beside the dataset`,
  ].join('\n');
}

function stepLine(name: string, step: BenchStepResult['train']): string {
  const [low, high] = step.quartilesMs.map(milliseconds);
  return `${name.padEnd(11)}${milliseconds(step.medianMs)} ms (quartiles ${low} to ${high}, all ${milliseconds(step.minMs)} to ${milliseconds(step.maxMs)}), ${step.imagesPerSecond.toFixed(0)} images/s, ${step.gflop.toFixed(1)} GFLOP, ${step.gflops.toFixed(1)} GFLOPS: ${percent(step.shareOfPeak)} of the peak`;
}

function kernelLines({ byKernel }: BenchStepResult): string[] {
  const names = [...new Set([...Object.keys(byKernel.train), ...Object.keys(byKernel.evaluate)])];
  const cell = (ms: number | undefined) => (ms === undefined ? '' : `${ms.toFixed(1)} ms`);
  return names
    .filter((name) => (byKernel.train[name] ?? 0) >= least || (byKernel.evaluate[name] ?? 0) >= least)
    .map((name) =>
      `${name.padEnd(22)}${cell(byKernel.train[name]).padStart(10)}${cell(byKernel.evaluate[name]).padStart(12)}`.trimEnd(),
    );
}

export function describeKernels(result: BenchKernelsResult): string {
  const total = result.sums.reduce((sum, one) => sum + one.milliseconds, 0);
  return [
    `${heading(result)}; one training step`,
    describePeak(result.peak),
    '',
    'kernel                shape                       calls   ms a call  speed         bound by  share of limit',
    ...result.rows
      .filter((row) => row.calls * row.milliseconds >= least)
      .map((row) => rowText(row, { kernel: 22, shape: 28, digits: 2 })),
    '',
    'kernel                  ms a step   limit     share of limit',
    ...result.sums.filter(({ milliseconds: ms }) => ms >= least).map((sum) => sumText(sum, 22, 1)),
    `${'together'.padEnd(22)}${total.toFixed(1).padStart(11)}`,
    '',
    `(left out: what takes less than ${least} ms; above 100%: the tensors still lay in a cache)`,
  ].join('\n');
}

/** Widths of the first columns, and digits of milliseconds. */
interface RowForm {
  readonly kernel: number;
  readonly shape: number;
  readonly digits: number;
}

export function rowText(row: BenchKernelsResult['rows'][number], form: RowForm): string {
  const speed =
    row.boundBy === 'compute'
      ? `${row.gflops.toFixed(1)} GFLOPS`
      : `${row.gigabytesPerSecond.toFixed(1)} GB/s`;
  const ms = row.milliseconds.toFixed(form.digits).padStart(12);
  return `${row.kernel.padEnd(form.kernel)}${row.shape.padEnd(form.shape)}${String(row.calls).padStart(5)}${ms}  ${speed.padEnd(14)}${row.boundBy.padEnd(10)}${percent(row.shareOfLimit).padStart(5)}`;
}

export function sumText(sum: BenchKernelsResult['sums'][number], width: number, digits: number): string {
  const [ms, limit] = [sum.milliseconds, sum.limitMs].map((value) => value.toFixed(digits));
  return `${sum.kernel.padEnd(width)}${ms.padStart(11)}${limit.padStart(8)}${percent(sum.shareOfLimit).padStart(13)}`;
}

interface Setting {
  readonly network: NetworkConfig;
  readonly batch: number;
  readonly threads: number;
  readonly kernels: string;
  readonly node: string;
}

function heading({ network, batch, threads, kernels, node }: Setting): string {
  return `${networkText(network)}, batch ${batch}, ${threads} thread${threads === 1 ? '' : 's'}, ${kernels} kernels, Node ${node}`;
}

export function networkText(network: NetworkConfig): string {
  switch (network.name) {
    case 'mobilenet':
      return `MobileNet, width ${network.width}`;
    case 'cnn':
      return `cnn, channels ${network.channels.join(', ')}, ${network.pooling ?? 'average'} pooling`;
    case 'mlp':
      return `mlp, hidden ${network.hidden.join(', ')}`;
    default:
      return network satisfies never;
  }
}

function describePeak(peak: BenchStepResult['peak']): string {
  return `this machine, measured now: ${peak.gflops.toFixed(1)} GFLOPS (${peak.vectorBits}-bit multiply-add), reads ${peak.readGigabytesPerSecond.toFixed(1)} GB/s, copies ${peak.copyGigabytesPerSecond.toFixed(1)} GB/s`;
}

function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
