import type { Command } from 'commander';
import type { MachineReport } from '../index.js';
import { formatBytes, print, printJson } from './output.js';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine has for training: versions, kernels, memory, data, disk')
    .option('--data-dir <directory>', 'where to look for the datasets')
    .option('--out <directory>', 'where studies are kept', 'out')
    .option('--json', 'print as JSON')
    .action(doctor);
}

async function doctor(flags: { dataDir?: string; out: string; json?: boolean }): Promise<void> {
  const { inspectMachine } = await import('../index.js');
  const report = await inspectMachine({ out: flags.out, dataDir: flags.dataDir });
  if (flags.json) printJson(report);
  else print(describe(report));
}

const kernelNames: Readonly<Record<string, string>> = {
  wide: 'wide (256-bit vectors, fused multiply-add)',
  relaxed: 'relaxed (fused multiply-add)',
};

function describe({
  versions,
  platform,
  cpu,
  cores,
  memory,
  kernels,
  kernelsNote,
  webgpu,
  ...rest
}: MachineReport): string {
  const { data, out, problems } = rest;
  const disk = out.free === null ? 'free space unknown' : `${formatBytes(out.free)} free`;
  const lines = [
    ['ceteris', `${versions.ceteris}; Node ${versions.node}, V8 ${versions.v8}, ${platform}`],
    ['cpu', `${cpu}, ${cores} core${cores === 1 ? '' : 's'}`],
    ['kernels', [kernelNames[kernels] ?? kernels, ...(kernelsNote === null ? [] : [kernelsNote])].join('; ')],
    ['memory', `${formatBytes(memory.free)} free of ${formatBytes(memory.total)}`],
    ['webgpu', webgpu.available ? 'available' : webgpu.reason],
    ...data.map(({ name, path, directory }) => [name, path ?? `not in ${directory}: ceteris data ${name}`]),
    ['out', `${out.directory}, ${out.isWritable ? disk : 'cannot be written to'}`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  const found = problems.length === 0 ? ['nothing stands in the way of training'] : problems;
  return [...lines.map(([name, text]) => name.padEnd(width) + text), '', ...found.map((one) => `! ${one}`)]
    .join('\n')
    .replace('! nothing', 'nothing');
}
