/**
 * The WebGPU adapter that tests run on: the first that this machine has, hardware or software, or the one that
 * CETERIS_TEST_ADAPTER names ("lavapipe"). Where there is none, tests are left out and the reason is printed; where
 * CETERIS_DEMAND_ADAPTER is set, as in CI, its absence is a failure.
 */

import { type AdapterRequest, chooseAdapter, hardwareAdapter } from '../../src/backends/webgpu/choose.js';
import type { AdapterDescription } from '../../src/backends/webgpu/description.js';
import { probeAdapters } from '../../src/backends/webgpu/node/probe.js';

export const isDemanded = (process.env.CETERIS_DEMAND_ADAPTER ?? '') !== '';

export interface TestAdapter {
  /** For openDevice: this adapter and no other. */
  readonly request: AdapterRequest;
  readonly description: AdapterDescription;
  /**
   * Software takes seconds to compile a kernel with barriers: the quick form of a suite. CETERIS_LONG_TESTS asks for the whole
   * of it (`npm run test:gpu`), which a hardware adapter always gets.
   */
  readonly isSlow: boolean;
}

/** Prints why what is left out; throws where CI demands it. */
export function leftOut(what: string, reason: string): void {
  if (isDemanded) throw new Error(`${what} cannot run, and CETERIS_DEMAND_ADAPTER is set: ${reason}`);
  process.stderr.write(`left out: ${what}. ${reason}\n`);
}

async function findAdapter(): Promise<TestAdapter | null> {
  const { adapters, missing } = await probeAdapters();
  const name = process.env.CETERIS_TEST_ADAPTER ?? '';
  const named = name === '' ? null : chooseAdapter(`webgpu:${name}`, adapters);
  const description = named ?? hardwareAdapter(adapters) ?? adapters[0];
  if (description === undefined) {
    leftOut('the WebGPU tests', `Missing: ${missing.join('; ') || 'an adapter'}`);
    return null;
  }
  const isLong = (process.env.CETERIS_LONG_TESTS ?? '') !== '';
  const isSlow = description.type === 'software' && !isLong;
  return { request: `webgpu:${description.name}`, description, isSlow };
}

/** `null`: leave the tests out (`describe.skipIf(testAdapter === null)`). */
export const testAdapter: TestAdapter | null = await findAdapter();
