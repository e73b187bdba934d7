/** What a training loop asks its surroundings, in Node. */
import type { TrainControl } from '../train/group.js';

/** Every replica stops where the signal is aborted. Timers and messages run between the steps. */
export function nodeControl(signal?: AbortSignal): TrainControl {
  return {
    stopRequested: () => signal?.aborted ?? false,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => performance.now() / 1000,
  };
}
