import type { Command } from 'commander';
import { maxOf } from '../base/extremes.js';
import type { MachineReport } from './library.js';
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
  const { inspectMachine } = await import('./library.js');
  const report = await inspectMachine({ out: flags.out, dataDir: flags.dataDir });
  if (flags.json) printJson(report);
  else print(describe(report));
}

const kernelNames: Readonly<Record<string, string>> = {
  wide: 'wide (256-bit vectors, fused multiply-add)',
  relaxed: 'relaxed (fused multiply-add)',
};

function describe(report: MachineReport): string {
  const { versions, platform, cpu, cores, memory, kernels, kernelsNote } = report;
  const { webgpu, auto, data, out, problems } = report;
  const disk = out.free === null ? 'free space unknown' : `${formatBytes(out.free)} free`;
  const lines = [
    ['ceteris', `${versions.ceteris}; Node ${versions.node}, V8 ${versions.v8}, ${platform}`],
    ['cpu', `${cpu}, ${cores} core${cores === 1 ? '' : 's'}`],
    ['kernels', [kernelNames[kernels] ?? kernels, ...(kernelsNote === null ? [] : [kernelsNote])].join('; ')],
    ['memory', `${formatBytes(memory.free)} free of ${formatBytes(memory.total)}`],
    ...adapterLines(webgpu),
    ['auto', `--device auto takes ${auto.device}: ${auto.reason}`],
    ...data.map(({ name, path, directory }) => [name, path ?? `not in ${directory}: ceteris data ${name}`]),
    ['out', `${out.directory}, ${out.isWritable ? disk : 'cannot be written to'}`],
  ];
  const width = maxOf(lines.map(([name]) => name.length)) + 2;
  const found = problems.length === 0 ? ['nothing stands in the way of training'] : problems;
  return [...lines.map(([name, text]) => name.padEnd(width) + text), '', ...found.map((one) => `! ${one}`)]
    .join('\n')
    .replace('! nothing', 'nothing');
}

type Adapter = MachineReport['webgpu']['adapters'][number];

/** The adapters, each with what it can do, and what is missing. */
function adapterLines({ dawn, adapters, missing }: MachineReport['webgpu']): string[][] {
  const count =
    adapters.length === 0 ? 'no adapter' : `${adapters.length} adapter${adapters.length === 1 ? '' : 's'}`;
  return [
    ['webgpu', dawn === null ? 'not usable' : `${count} (webgpu ${dawn})`],
    ...adapters.flatMap((adapter) => describeAdapter(adapter).map((text) => ['', text])),
    ...missing.map((one) => ['', `missing: ${one}`]),
  ];
}

function describeAdapter({ name, type, api, driver, limits, ...rest }: Adapter): string[] {
  const { features, subgroupSizes, subgroupMatrices } = rest;
  const able = [
    ...(features.includes('timestamp-query') ? ['timestamps'] : []),
    ...(features.includes('shader-f16') ? ['f16'] : []),
    ...(subgroupSizes === null ? [] : [`subgroups of ${[...new Set(subgroupSizes)].join(' to ')}`]),
    ...(subgroupMatrices.length === 0 ? [] : [`subgroup matrices (${subgroupMatrices.join('; ')})`]),
  ];
  const buffers = `buffers to ${formatBytes(limits.maxBufferSize)}, ${formatBytes(limits.maxStorageBufferBindingSize)} bound at once`;
  const group = `${limits.maxComputeInvocationsPerWorkgroup} invocations and ${formatBytes(limits.maxComputeWorkgroupStorageSize)} a workgroup`;
  return [
    `${name}: ${type}, ${api}, ${driver}`,
    `  ${buffers}, ${limits.maxStorageBuffersPerShaderStage} storage buffers a kernel, ${group}`,
    `  ${able.length === 0 ? 'no further features' : able.join(', ')}`,
  ];
}
