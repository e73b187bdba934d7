/** Lists the adapters in a process of its own, so that a driver that crashes or hangs takes nothing with it. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import type { AdapterDescription } from '../description.js';

export interface AdapterReport {
  /** Version of the npm package `webgpu`; `null` where it is not installed or cannot be loaded. */
  readonly dawn: string | null;
  /** In order of preference: hardware first in Dawn's order, then software. */
  readonly adapters: readonly AdapterDescription[];
  /** What stands between WebGPU and a GPU, each with what to do; empty where a hardware GPU was found. */
  readonly missing: readonly string[];
}

/** What WebGPU has on this machine. Never throws. */
export function probeAdapters(): Promise<AdapterReport> {
  const script = createRequire(import.meta.url).resolve('#dist/backends/webgpu/node/probeMain.js');
  return runProbe(script, 60_000);
}

/** `timeout`: ms. */
export function runProbe(script: string, timeout: number): Promise<AdapterReport> {
  return new Promise((done) => {
    execFile(process.execPath, [script], { timeout, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (error === null) done(JSON.parse(stdout) as AdapterReport);
      else done(failed(error, stderr, timeout));
    });
  });
}

type ProbeError = Error & { readonly signal?: string | null; readonly killed?: boolean };

function failed(error: ProbeError, stderr: string, timeout: number): AdapterReport {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const how = error.killed
    ? `did not answer within ${timeout / 1000} seconds`
    : `crashed (${error.signal ?? error.message.split('\n')[0]})`;
  const words = last === '' ? '' : `, last words: ${last}`;
  const missing = `a graphics driver that works: listing the adapters ${how}${words}; bring the driver up to date`;
  return { dawn: null, adapters: [], missing: [missing] };
}
