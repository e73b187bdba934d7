import { isLocked } from '../store/node/lock.js';

/** Waits up to so many seconds for a process that is about to end: one whose ceteris was killed. */
export async function untilFree(directory: string, seconds = 5): Promise<void> {
  for (let look = 0; look < 10 * seconds && isLocked(directory); look++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
