/** The runs that are left -> groups that are trained in lockstep. */
import { availableParallelism } from 'node:os';
import { replicasThatFit } from '../backends/node/needs.js';
import { requestError } from '../base/errors.js';
import { flopsOfStep } from '../compile/flops.js';
import { peekPosition } from '../store/node/runFiles.js';
import type { Run } from '../study/types.js';
import { startPosition, type TrainPosition } from '../train/events.js';
import { type Allotment, allot } from './allotment.js';
import { type ChosenBackend, choiceOf, groupMemory } from './backend.js';
import type { HomeOf } from './begunOn.js';
import { compileRun } from './compileRun.js';
import { groupKey } from './groupKey.js';
import type { SharedDataset } from './jobs.js';
import { measureSteps } from './measureSteps.js';
import { runDirectory } from './status.js';

/** `auto`: on a GPU (of several, a group each), and on the CPU where it was measured to pay; a number: at most so many runs in a group. */
export type Lockstep = 'auto' | 'off' | number;

export interface GroupingRequest {
  readonly directory: string;
  readonly runs: readonly Run[];
  readonly dataset: SharedDataset;
  /** Several GPUs, or one device. */
  readonly backends: readonly [ChosenBackend, ...ChosenBackend[]];
  readonly homeOf: HomeOf;
  readonly lockstep: Lockstep;
  /** As the runs would be allotted if each were trained alone. */
  readonly alone: Allotment;
}

/** @throws a request error for a number of runs that is none */
export function checkLockstep(lockstep: Lockstep): void {
  if (lockstep === 'auto' || lockstep === 'off') return;
  if (Number.isInteger(lockstep) && lockstep >= 1) return;
  throw requestError({
    what: 'a number of runs in lockstep is not possible',
    where: '--lockstep',
    rule: 'auto, off, or a whole number from 1',
    value: String(lockstep),
  });
}

/** In the study's order, by the first run of each group. Groups that are alike are about equally large. */
export async function groupRuns(request: GroupingRequest): Promise<Run[][]> {
  const { runs, lockstep } = request;
  if (lockstep === 'off' || lockstep === 1) return runs.map((run) => [run]);
  const alike = new Map<string, Run[]>();
  for (const run of runs) {
    const home = request.homeOf(run);
    const at = home === null ? -1 : request.backends.indexOf(home);
    const key = `${at} ${groupKey(run.trial.configuration, positionOf(request.directory, run))}`;
    alike.set(key, [...(alike.get(key) ?? []), run]);
  }
  const groups: Run[][] = [];
  for (const same of alike.values()) {
    const home = request.homeOf(same[0]);
    const devices = home === null ? request.backends : [home];
    for (const group of cut(same, await largest(same, devices, request))) groups.push(group);
  }
  const place = new Map(runs.map((run, i) => [run, i]));
  return groups.sort((a, b) => (place.get(a[0]) ?? 0) - (place.get(b[0]) ?? 0));
}

function positionOf(directory: string, run: Run): TrainPosition {
  return (peekPosition(runDirectory(directory, run)) as TrainPosition | null) ?? startPosition;
}

/** Pieces of at most `size`, as equal as can be. */
export function cut<T>(all: readonly T[], size: number): T[][] {
  const pieces = Math.ceil(all.length / size);
  const border = (piece: number) => Math.round((piece * all.length) / pieces);
  return Array.from({ length: pieces }, (_, i) => all.slice(border(i), border(i + 1)));
}

/** How many of these runs, which are alike and may go to any of some devices, a group has at most. */
async function largest(
  runs: readonly Run[],
  devices: readonly ChosenBackend[],
  request: GroupingRequest,
): Promise<number> {
  const { lockstep, dataset, alone } = request;
  if (runs.length === 1) return 1;
  const { configuration } = runs[0].trial;
  const compile = (replicas: number) => compileRun(configuration, dataset, replicas);
  const wanted =
    typeof lockstep === 'number'
      ? lockstep
      : devices[0].device === 'cpu'
        ? await worthwhile(runs, request)
        : Math.ceil(runs.length / devices.length);
  let most = Math.min(wanted, runs.length);
  for (const device of devices) {
    const room = { most, bytes: groupMemory(device, alone.workers) };
    most = await replicasThatFit(compile, choiceOf(device, alone.threads), room);
  }
  return most;
}

/** Below so many seconds of work it is not worth the seconds that measuring takes. */
const worthMeasuring = 600;
/** Floating-point operations a second of a core, at a low guess: only to tell whether measuring is worth its time. */
const slowCore = 20e9;
/** By how much lockstep must be faster. */
const margin = 1.05;

/** On the CPU: the runs in a group where that is faster than the same runs side by side, else 1. */
async function worthwhile(runs: readonly Run[], request: GroupingRequest): Promise<number> {
  const { dataset, alone } = request;
  const { configuration } = runs[0].trial;
  const { epochs } = configuration.training;
  const program = compileRun(configuration, dataset);
  const steps = (runs.length * epochs * dataset.trainExamples) / program.batch;
  const seconds = (steps * flopsOfStep(program)) / (slowCore * availableParallelism());
  if (seconds < worthMeasuring) return 1;
  const compared = inLockstep(runs.length, alone);
  const together = await measureSteps(configuration, dataset.classes, compared);
  const apart = await measureSteps(configuration, dataset.classes, alone);
  const rate = (trainMs: number, { workers, replicas = 1 }: { workers: number; replicas?: number }) =>
    (workers * replicas) / trainMs;
  const pays = rate(together.trainMs, compared) > margin * rate(apart.trainMs, alone);
  return pays ? compared.replicas : 1;
}

/** As many groups side by side as there were runs; where each would be of one run, all runs in one. */
export function inLockstep(runs: number, alone: Allotment): Allotment & { readonly replicas: number } {
  const replicas = Math.ceil(runs / alone.workers);
  if (replicas > 1) return { ...alone, replicas };
  const together = allot({
    runsLeft: 1,
    cores: alone.threadsAtMost,
    freeMemory: Number.MAX_VALUE,
    runMemory: 1,
  });
  return { ...together, replicas: runs };
}
