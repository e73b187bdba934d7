/** The runs that are missing -> tasks -> job arrays. */
import type { Run } from '../../study/types.js';
import type { TrainPosition } from '../../train/events.js';
import { groupKey } from '../groupKey.js';
import { cut, type Lockstep } from '../groups.js';

/** Tasks that a study has in the queue at most, unless the launcher says how many runs a task has: what a shared queue bears. */
export const tasksAtMost = 1000;

export interface ChunkRequest {
  readonly runs: readonly Run[];
  readonly lockstep: Lockstep;
  /** They are trained on a GPU. */
  readonly onGpu: boolean;
  readonly runsPerJob: number | null;
  /** Where a run would go on. */
  readonly positionOf: (run: Run) => TrainPosition;
}

/** Runs in lockstep on a GPU unless the command says otherwise: more bring little there (docs/performance-gpu.md). */
const lockstepOnGpu = 8;

/**
 * Runs of each task. Runs that share a Program are one task where they are trained in lockstep; else a task has
 * `runsPerJob` runs one after another: one, and more in a study that would fill the queue.
 */
export function tasksOf(request: ChunkRequest): Run[][] {
  const { runs, runsPerJob } = request;
  const size = lockstepSize(request);
  if (size <= 1) {
    const each = runsPerJob ?? Math.ceil(runs.length / tasksAtMost);
    return runs.length === 0 ? [] : cut(runs, Math.max(1, each));
  }
  const alike = new Map<string, Run[]>();
  for (const run of runs) {
    const key = groupKey(run.trial.configuration, request.positionOf(run));
    const own = alike.get(key);
    if (own === undefined) alike.set(key, [run]);
    else own.push(run);
  }
  return [...alike.values()].flatMap((same) => cut(same, size));
}

/** On the CPU what pays is measured, and the machine that would measure it is not the one that trains. */
function lockstepSize({ lockstep, onGpu, runsPerJob }: ChunkRequest): number {
  if (typeof lockstep === 'number') return lockstep;
  if (lockstep === 'off' || !onGpu) return 1;
  return runsPerJob ?? lockstepOnGpu;
}
