import { isLocked } from '../store/node/lock.js';
import type { WorkerSetup } from './jobs.js';

/** Waits up to so many seconds for a process that is about to end, or until a stop is asked for. */
export async function untilFree(directory: string, seconds: number, stopFlag: Int32Array): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  while (performance.now() < deadline && Atomics.load(stopFlag, 0) === 0 && isLocked(directory)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Seconds to wait for it: a process whose ceteris was killed ends in a moment; the lock of a node that was lost falls after a
 * minute of silence, so that a cluster's job waits for that.
 */
export function patienceOf({ sitting }: Pick<WorkerSetup, 'sitting'>, seconds = 5): number {
  return sitting === undefined ? seconds : Math.max(90, seconds);
}

/** What is told of a run that a cluster's job finds in the hands of another process. */
export const leftToAnother = 'another process works on it, and it is left to that one';
