/** How far runs are. */

import type { LoadedRun, RunStatus } from '../../store/records.js';

/** How many runs of a study, or of a group of its runs, are in each state. */
export interface RunCounts {
  readonly declared: number;
  readonly done: number;
  readonly diverged: number;
  readonly failed: number;
  /** Running, waiting or interrupted. */
  readonly unfinished: number;
  /** Named by the study, not on disk. */
  readonly missing: number;
}

/** @param missing how many runs the study names that are not on disk */
export function countRuns(runs: readonly LoadedRun[], missing: number): RunCounts {
  const of = (...states: RunStatus[]) => runs.filter(({ record }) => states.includes(record.status)).length;
  return {
    declared: runs.length + missing,
    done: of('done'),
    diverged: of('diverged'),
    failed: of('failed'),
    unfinished: of('waiting', 'running', 'interrupted'),
    missing,
  };
}

/** Runs that neither finished nor diverged, those not started included. */
export function openRuns({ declared, done, diverged }: RunCounts): number {
  return declared - done - diverged;
}

/** `3 of 3 finished`, `1 of 3 finished, 2 diverged`. */
export function stateText({ declared, done, diverged, failed, unfinished, missing }: RunCounts): string {
  const parts = [
    [diverged, 'diverged'],
    [failed, 'failed'],
    [unfinished, 'unfinished'],
    [missing, 'not started'],
  ] as const;
  const more = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return [`${done} of ${declared} finished`, ...more].join(', ');
}
