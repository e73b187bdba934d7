/** The machine and the versions a run was made with: recorded in run.json. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, hostname } from 'node:os';

interface PackageDescription {
  readonly version: string;
}

/** Version of this package. */
export function packageVersion(): string {
  const path = createRequire(import.meta.url).resolve('#package');
  const description = JSON.parse(readFileSync(path, 'utf8')) as PackageDescription;
  return description.version;
}

export function currentVersions(): Record<string, string> {
  return { ceteris: packageVersion(), node: process.versions.node, v8: process.versions.v8 };
}

export function currentHost(): { name: string; platform: string; cpu: string; cores: number } {
  return {
    name: hostname(),
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
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
