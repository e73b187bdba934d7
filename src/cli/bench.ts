import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { requestError } from '../base/errors.js';
import { benchDevice, benchGpuKernels, benchGpuStep, checkDeviceOptions, type GpuFlags } from './benchGpu.js';
import type { NetworkConfig } from './library.js';
import { print, printJson } from './output.js';
import { precisionOption, vectorBits } from './studyOptions.js';

interface NetworkFlags extends GpuFlags {
  readonly network: NetworkConfig['name'];
  readonly width?: number;
  readonly threads: number;
  readonly steps: number;
  readonly cpuVectors?: 128 | 256;
}

interface StepFlags extends NetworkFlags {
  readonly study?: string;
  readonly explain?: boolean;
}

export function registerBench(program: Command): void {
  const bench = program.command('bench').description('measure the engine on this machine');
  addNetworkOptions(bench.command('step').description('time training and evaluation steps'), 9)
    .addOption(
      new Option(
        '--study <study.yaml>',
        "time this study's network, and say how long the study takes",
      ).conflicts(['network', 'width', 'batch']),
    )
    .addOption(
      new Option(
        '--explain',
        'count the dispatches, bytes and operations of a step on a GPU, and measure nothing',
      ).conflicts(['study', 'threads', 'steps', 'cpuVectors']),
    )
    .option('--seconds <s>', 'on a GPU: seconds for training steps', numberTo(600), 4)
    .action(benchStep);
  addNetworkOptions(
    bench.command('kernels').description('time each kernel at each shape, beside what the machine allows'),
    5,
  )
    .option('--tiles', 'on a GPU: also time every tile of each product and depthwise convolution')
    .action(benchKernels);
}

function addNetworkOptions(command: Command, steps: number): Command {
  return command
    .addOption(
      new Option('--network <name>', 'what is trained')
        .choices(['mobilenet', 'cnn', 'mlp'])
        .default('mobilenet'),
    )
    .option('--device <device>', 'cpu, webgpu, or webgpu:NAME', benchDevice, 'cpu')
    .option('--replicas <n>', 'on a GPU (step: also with --explain): runs in lockstep', countTo(1024), 1)
    .addOption(precisionOption())
    .option('--no-tune', 'on a GPU: take fixed tiles')
    .option('--width <factor>', "multiplier of MobileNet's channels (default: 1)", numberTo(4))
    .option('--batch <n>', 'images of a step', countTo(4096), 128)
    .option('--threads <n>', 'threads', countTo(64), Math.min(64, availableParallelism()))
    .option('--steps <n>', 'steps to measure', countTo(1000), steps)
    .option(
      '--cpu-vectors <bits>',
      '128 or 256 (default: 256 where this Node has them and a check at start passes)',
      vectorBits,
    )
    .option('--json', 'print as JSON');
}

function countTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}

function numberTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (value > 0 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number above 0, at most ${most}.`);
  };
}

/** Sizes of the small networks: the study file's defaults. */
function networkOf({ network, width }: NetworkFlags): NetworkConfig {
  if (network === 'mobilenet') return { name: network, width: width ?? 1 };
  if (width !== undefined) {
    throw requestError({
      what: 'only MobileNet has a width',
      where: '--width',
      rule: '--width goes with --network mobilenet',
      value: `--network ${network} --width ${width}`,
    });
  }
  return network === 'cnn' ? { name: network, channels: [16, 32, 64] } : { name: network, hidden: [256] };
}

async function benchStep(flags: StepFlags, command: Command): Promise<void> {
  const library = await import('./library.js');
  const { describeExplained, describeStep } = await import('./benchText.js');
  const { batch, threads, steps, cpuVectors } = flags;
  if (flags.explain) {
    const { replicas, precision } = flags;
    const explained = library.explainSteps({ network: networkOf(flags), batch, replicas, precision });
    if (flags.json) printJson(explained);
    else print(describeExplained(explained));
    return;
  }
  checkDeviceOptions(command, flags.device);
  if (flags.device !== 'cpu') return benchGpuStep(networkOf(flags), flags, flags.device);
  const study = flags.study === undefined ? undefined : library.readStudyFile(flags.study);
  const result = await library.benchStep({
    network: networkOf(flags),
    batch,
    threads,
    steps,
    study,
    cpuVectors,
  });
  if (flags.json) printJson(result);
  else print(describeStep(result));
}

async function benchKernels(flags: NetworkFlags, command: Command): Promise<void> {
  checkDeviceOptions(command, flags.device);
  if (flags.device !== 'cpu') return benchGpuKernels(networkOf(flags), flags, flags.device);
  const library = await import('./library.js');
  const { describeKernels } = await import('./benchText.js');
  const { batch, threads, steps, cpuVectors } = flags;
  const result = await library.benchKernels({ network: networkOf(flags), batch, threads, steps, cpuVectors });
  if (flags.json) printJson(result);
  else print(describeKernels(result));
}
