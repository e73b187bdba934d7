/** `bench step|kernels --device webgpu[:NAME]`: its options, and what it prints for a person. */
import { type Command, InvalidArgumentError } from 'commander';
import { requestError } from '../base/errors.js';
import { networkText, rowText, sumText } from './benchText.js';
import type { GpuBenchKernelsResult, GpuBenchStepResult, GpuPrecision, NetworkConfig } from './library.js';
import { formatBytes, formatDuration, print, printJson } from './output.js';

export type GpuDevice = 'webgpu' | `webgpu:${string}`;

export interface GpuFlags {
  readonly device: 'cpu' | GpuDevice;
  readonly batch: number;
  readonly replicas: number;
  readonly seconds: number;
  readonly precision?: GpuPrecision;
  readonly tune: boolean;
  readonly tiles?: boolean;
  readonly json?: boolean;
}

export function benchDevice(text: string): GpuFlags['device'] {
  if (text === 'cpu' || text === 'webgpu' || /^webgpu:.+/.test(text)) return text as GpuFlags['device'];
  throw new InvalidArgumentError('It must be cpu, webgpu, or webgpu:NAME.');
}

/** Options of one kind of device, by their names in the flags. */
const onlyCpu = ['threads', 'steps', 'cpuVectors', 'study'];
const onlyGpu = ['replicas', 'seconds', 'precision', 'tune', 'tiles'];

/** @throws a request error for an option that the device does not have */
export function checkDeviceOptions(command: Command, device: GpuFlags['device']): void {
  const absent = device === 'cpu' ? onlyGpu : onlyCpu;
  const given = command.options.find(
    (option) =>
      absent.includes(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return;
  throw requestError({
    what: `this option is for ${device === 'cpu' ? 'a GPU' : 'the CPU'}`,
    where: given.long ?? given.flags,
    value: `--device ${device}`,
    advice:
      device === 'cpu' ? 'name a GPU with --device webgpu' : 'leave it out, or measure with --device cpu',
  });
}

export async function benchGpuStep(
  network: NetworkConfig,
  flags: GpuFlags,
  device: GpuDevice,
): Promise<void> {
  const library = await import('./library.js');
  const { batch, replicas, seconds, precision, tune } = flags;
  const result = await library.benchGpuStep({ network, batch, replicas, seconds, precision, tune, device });
  if (flags.json) printJson(result);
  else print(describeGpuStep(result));
}

export async function benchGpuKernels(
  network: NetworkConfig,
  flags: GpuFlags,
  device: GpuDevice,
): Promise<void> {
  const library = await import('./library.js');
  const { batch, replicas, precision, tune, tiles } = flags;
  const options = { network, batch, replicas, precision, tune, tiles, device };
  const result = await library.benchGpuKernels(options);
  if (flags.json) printJson(result);
  else print(describeGpuKernels(result));
}

function heading({
  network,
  batch,
  replicas,
  precision,
  tiles,
  node,
}: GpuBenchStepResult | GpuBenchKernelsResult): string {
  const runs = replicas === 1 ? '1 run' : `${replicas} runs in lockstep`;
  return `${networkText(network)}, batch ${batch}, ${runs}, ${precision}, on ${tiles.device}, Node ${node}`;
}

const peakText = ({ gflops, gigabytesPerSecond, clock }: GpuBenchStepResult['peak']): string =>
  `this device, measured now by ${clock}: ${gflops.toFixed(0)} GFLOPS (multiply-adds in registers), copies ${gigabytesPerSecond.toFixed(0)} GB/s`;

const digits = (ms: number): string => ms.toFixed(ms < 10 ? 3 : ms < 100 ? 2 : 1);

function stepText(name: string, step: GpuBenchStepResult['train']): string {
  const [low, high] = step.quartilesMs;
  return `${name} step: ${digits(step.medianMs)} ms (quartiles ${digits(low)} to ${digits(high)}, all ${digits(step.minMs)} to ${digits(step.maxMs)}), ${digits(step.runMs)} a run; host ${digits(step.hostMs)} ms; ${step.imagesPerSecond.toFixed(0)} images/s, ${step.gflop.toFixed(1)} GFLOP, ${step.gflops.toFixed(0)} GFLOPS: ${(100 * step.shareOfPeak).toFixed(0)}% of the peak`;
}

function describeGpuStep(result: GpuBenchStepResult): string {
  const { tiles, kinds } = result;
  const all = kinds.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const row = (name: string, dispatches: string, ms: string) =>
    `${name.padEnd(36)}${dispatches.padStart(12)}${ms.padStart(12)}`;
  return [
    heading(result),
    peakText(result.peak),
    '',
    stepText('training', result.train),
    stepText('evaluation', result.evaluate),
    `${result.dispatches} dispatches of ${result.pipelines} kernels; compiled in ${digits(result.compileMs)} ms, ready after ${digits(result.startMs)} ms, first step done after ${digits(result.firstStepMs)} ms`,
    `memory ${formatBytes(result.memoryBytes)} beside the dataset`,
    '',
    row('kernel', 'dispatches', 'ms'),
    ...kinds.map(({ kernel, dispatches, milliseconds }) =>
      row(kernel, String(dispatches), milliseconds.toFixed(3)),
    ),
    row('together, each in a pass of its own', '', all.toFixed(3)),
    '',
    ...tileLines(tiles),
    `one epoch of 40,000 images, and validation on 10,000: ${formatDuration(result.epochSeconds)}`,
  ].join('\n');
}

function tileLines({ device: _, ...tiles }: GpuBenchStepResult['tiles']): string[] {
  const lines = Object.entries(tiles).map(([part, tile]) => `  ${part}: ${tile}`);
  return lines.length === 0 ? [] : ['tiles:', ...lines, ''];
}

function describeGpuKernels(result: GpuBenchKernelsResult): string {
  const { rows, sums, tileRows } = result;
  const total = sums.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    `${heading(result)}; one training step`,
    peakText(result.peak),
    '',
    'kernel                             shape                   calls   ms a call  speed         bound by  share of limit',
    ...rows.map((row) => rowText(row, { kernel: 35, shape: 24, digits: 4 })),
    '',
    'kernel                             ms a step   limit     share of limit',
    ...sums.map((sum) => sumText(sum, 35, 3)),
    `${'together'.padEnd(35)}${total.toFixed(3).padStart(9)}`,
    '',
    '(above 100%: the tensors still lay in a cache)',
    ...(tileRows === null ? [] : ['', 'every tile, fastest first:', ...tileRows.map(tileText)]),
  ].join('\n');
}

function tileText({ kernel, tiles }: NonNullable<GpuBenchKernelsResult['tileRows']>[number]): string {
  if (tiles.length === 0) return `${kernel}: larger than this device binds`;
  const texts = tiles.map(
    ({ tile, milliseconds, gflops, gigabytesPerSecond, isEqual }) =>
      `${tile} ${milliseconds.toFixed(3)} ms ${(gflops / 1e3).toFixed(1)} TF ${(gigabytesPerSecond / 1e3).toFixed(2)} TB/s${isEqual ? '' : ' OTHER BITS'}`,
  );
  return `${kernel}: ${texts.join(' | ')}`;
}
