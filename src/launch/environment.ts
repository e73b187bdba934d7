/** The machine and the versions a run was made with: recorded in run.json. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, hostname } from 'node:os';
import type { RunRecord } from '../store/records.js';

interface PackageDescription {
  readonly version: string;
}

/** Version of this package. */
function packageVersion(): string {
  const path = createRequire(import.meta.url).resolve('#package');
  const description = JSON.parse(readFileSync(path, 'utf8')) as PackageDescription;
  return description.version;
}

export function currentVersions(): Record<string, string> {
  return { ceteris: packageVersion(), node: process.versions.node, v8: process.versions.v8 };
}

/** A function that gives relaxed_madd(1 + 2^-12, 1 + 2^-12, -1 - 2^-11): 2^-24 where the product is not rounded. */
const fusedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 125, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 31, 1, 29, 0,
  67, 0, 8, 128, 63, 253, 19, 67, 0, 8, 128, 63, 253, 19, 67, 0, 16, 128, 191, 253, 19, 253, 133, 2, 253, 31,
  0, 11,
]);

/** What of the processor decides bits: whether relaxed SIMD is there, and whether its multiply-add rounds once. */
export function simdFeatures(): string[] {
  if (!WebAssembly.validate(fusedProbe)) return ['simd'];
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(fusedProbe)).exports;
  const fused = (f as () => number)() !== 0;
  return ['simd', 'relaxed-simd', ...(fused ? ['fused multiply-add'] : [])];
}

export function currentHost(): NonNullable<RunRecord['host']> {
  return {
    name: hostname(),
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    features: simdFeatures(),
  };
}

/** Commit of the repository that `directory` lies in, with `+` where it has changes; `null` outside of one. */
export function gitCommit(directory: string): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const commit = git('rev-parse', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`;
  } catch {
    return null;
  }
}
