import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { BenchResult } from '../index.js';
import { formatBytes, formatDuration, print, printJson } from './output.js';

interface BenchFlags {
  readonly width: string;
  readonly batch: string;
  readonly threads: string;
  readonly steps: string;
  readonly json?: boolean;
}

export function registerBench(program: Command): void {
  const bench = program.command('bench').description('measure the engine on this machine');
  bench
    .command('step')
    .description('training and evaluation steps of MobileNet with 100 classes')
    .option('--width <factor>', 'width of the network', '1')
    .option('--batch <n>', 'images in a batch', '128')
    .option('--threads <n>', 'threads', String(availableParallelism()))
    .option('--steps <n>', 'steps to measure', '9')
    .option('--json', 'print as JSON')
    .action(async (flags: BenchFlags) => {
      const { benchStep } = await import('../index.js');
      const { width, batch, threads, steps } = flags;
      const result = await benchStep({
        width: Number(width),
        batch: Number(batch),
        threads: Number(threads),
        steps: Number(steps),
      });
      if (flags.json) printJson(result);
      else print(describe(result));
    });
}

function describe(result: BenchResult): string {
  const { train, evaluate, byKernel } = result;
  const line = (name: string, { medianMs, minMs, maxMs, imagesPerSecond }: BenchResult['train']) =>
    `${name.padEnd(9)} median ${medianMs.toFixed(0)} ms (${minMs.toFixed(0)} to ${maxMs.toFixed(0)}), ${imagesPerSecond.toFixed(0)} images/s`;
  return [
    `MobileNet, width ${result.width}, batch ${result.batch}, ${result.threads} threads, ${result.kernels} kernels, Node ${result.node}`,
    line('training', train),
    line('evaluation', evaluate),
    `${result.gflopPerStep.toFixed(1)} GFLOP a step, ${result.gflops.toFixed(1)} GFLOPS; memory ${formatBytes(result.memoryBytes)}; start ${formatDuration(result.startMs / 1000)}`,
    `one epoch of 40,000 images: ${formatDuration((40000 / result.batch) * (train.medianMs / 1000))}`,
    ...Object.entries(byKernel)
      .filter(([, ms]) => ms >= 0.05)
      .map(([name, ms]) => `  ${name.padEnd(24)} ${ms.toFixed(1)} ms`),
  ].join('\n');
}
