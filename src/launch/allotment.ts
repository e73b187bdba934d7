/** How many runs go side by side, and with how many threads each. */
import { freemem } from 'node:os';
import { requestError } from '../base/errors.js';
import type { Program } from '../compile/program.js';

export interface Allotment {
  readonly workers: number;
  /** Threads of each run at the start. */
  readonly threads: number;
  /** Threads that the runs share out: the cores; with `--threads`, what one run has. */
  readonly threadsAtMost: number;
}

export interface AllotmentRequest {
  readonly runsLeft: number;
  readonly cores: number;
  /** Bytes. */
  readonly freeMemory: number;
  /** Bytes of one run. */
  readonly runMemory: number;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
}

/** Workers = min(runs left, cores, free memory / estimate); threads = cores / workers, rounded down. */
export function allot(request: AllotmentRequest): Allotment {
  const { cores, runsLeft } = request;
  checkCount('--workers', request.workers);
  checkCount('--threads', request.threads);
  const fitting = Math.max(1, Math.floor(request.freeMemory / request.runMemory));
  const byThreads = request.threads === undefined ? cores : Math.max(1, Math.floor(cores / request.threads));
  const workers = Math.max(1, Math.min(runsLeft, request.workers ?? Math.min(byThreads, fitting)));
  const threads = request.threads ?? Math.max(1, Math.floor(cores / workers));
  return { workers, threads, threadsAtMost: request.threads ?? cores };
}

/** Threads of each run when `runsLeft` runs are running or waiting: raised as runs run out, never lowered. */
export function threadsFor({ workers, threads, threadsAtMost }: Allotment, runsLeft: number): number {
  const running = Math.max(1, Math.min(workers, runsLeft));
  return Math.max(threads, Math.floor(threadsAtMost / running));
}

function checkCount(option: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw requestError({
    what: 'a count is not possible',
    where: option,
    rule: 'a whole number from 1',
    value: String(value),
  });
}

/** Bytes that one run takes beyond the dataset: arenas, gradients, optimizer state, packed copies, the interpreter. */
export function estimateRunMemory(program: Program): number {
  const interpreter = 60e6;
  const perReplica = program.arena.persistent + 4 * program.parameterElements + 2 * program.statisticElements;
  const packed = 6 * program.parameterElements;
  return interpreter + 4 * (program.arena.step + program.replicas * perReplica + packed);
}

/** Memory that new work may take, in bytes. */
export function freeMemory(): number {
  return 0.9 * freemem();
}
