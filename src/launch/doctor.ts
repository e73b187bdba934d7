/** What this machine has for training: for `ceteris doctor`. Nothing is written. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { bestVariant } from '../backends/wasm/node/wide.js';
import { hardwareAdapter, shortName } from '../backends/webgpu/choose.js';
import { type AdapterReport, probeAdapters } from '../backends/webgpu/node/probe.js';
import { type DataPlace, placeOfData } from './dataPlace.js';
import { currentHost, currentVersions } from './environment.js';

export interface MachineReport {
  /** Of ceteris, Node and V8. */
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  /** `wide`: 256-bit vectors; `relaxed`: 128-bit with fused multiply-add; `plain`: the fallback. As a run would choose. */
  readonly kernels: string;
  /** Why not 256-bit vectors, where this Node has them; else `null`. */
  readonly kernelsNote: string | null;
  readonly webgpu: AdapterReport;
  /** What `--device auto` takes, and why. */
  readonly auto: { readonly device: 'cpu' | 'webgpu'; readonly reason: string };
  readonly data: readonly DataPlace[];
  readonly out: {
    readonly directory: string;
    readonly isWritable: boolean;
    /** Bytes; `null` where the system does not tell. */
    readonly free: number | null;
  };
  /** What stands in the way, each with what to do. */
  readonly problems: readonly string[];
}

export interface DoctorOptions {
  readonly out: string;
  readonly dataDir?: string | undefined;
}

/** A full-size run takes about 0.4 GB, and its files about 30 MB. */
const leastMemory = 1e9;
const leastDisk = 1e9;

/** Looks at versions, kernels, memory, data and disk. */
export async function inspectMachine({ out, dataDir }: DoctorOptions): Promise<MachineReport> {
  const { platform, cpu, cores } = currentHost();
  const data = await Promise.all(
    (['cifar100', 'cifar10'] as const).map((name) => placeOfData(name, dataDir)),
  );
  const webgpu = await probeAdapters();
  const { variant, refused } = await bestVariant();
  const report = {
    versions: currentVersions(),
    platform,
    cpu,
    cores,
    memory: { total: totalmem(), free: freemem() },
    kernels: variant,
    kernelsNote: refused,
    webgpu,
    auto: automaticDevice(webgpu),
    data,
    out: inspectOut(resolve(out)),
  };
  return { ...report, problems: problemsOf(report) };
}

function automaticDevice({ adapters }: AdapterReport): MachineReport['auto'] {
  const hardware = hardwareAdapter(adapters);
  const count = adapters.filter(({ type }) => type === 'hardware').length;
  const all = count > 1 ? `; --device webgpu trains on all ${count} of them, a group of runs each` : '';
  if (hardware !== null)
    return {
      device: 'webgpu',
      reason: `${hardware.name} is ${count > 1 ? 'the first' : 'a'} hardware GPU${all}`,
    };
  const software = adapters[0];
  if (software === undefined) return { device: 'cpu', reason: 'WebGPU has no adapter here' };
  const option = `--device webgpu:${shortName(software)}`;
  return { device: 'cpu', reason: `software adapters are for trying out, and taken by name only: ${option}` };
}

/** The directory itself, or the nearest one above it that exists. */
function inspectOut(directory: string): MachineReport['out'] {
  let existing = directory;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  return { directory, isWritable: isWritable(existing), free: freeSpace(existing) };
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function freeSpace(directory: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function problemsOf({ memory, out, kernels }: Omit<MachineReport, 'problems'>): string[] {
  const problems: string[] = [];
  if (kernels === 'plain')
    problems.push(
      'this Node has no relaxed SIMD: training is slower; use Node 22 or newer on x86-64 or arm64',
    );
  if (memory.free < leastMemory)
    problems.push('less than 1 GB of memory is free: use --workers 1, or a smaller network or batch');
  if (!out.isWritable) problems.push(`${out.directory} cannot be written to: name another place with --out`);
  if (out.free !== null && out.free < leastDisk)
    problems.push(`less than 1 GB is free for ${out.directory}: name another place with --out`);
  return problems;
}
