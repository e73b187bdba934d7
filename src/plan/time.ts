/** How long a study will take on this machine, from the times of a few steps. The only place that says so before a run. */

import { maxOf, minOf } from '../base/extremes.js';
import type { Allotment } from '../launch/allotment.js';
import { measureSteps, type StepTimes } from '../launch/measureSteps.js';
import { canonicalJson } from '../study/paths.js';
import type { RunConfiguration } from '../study/types.js';
import type { RunSteps } from './sizes.js';

/** At most so many networks and batch sizes are measured; the others are scaled by their arithmetic. */
const mostMeasured = 4;

/** Runs of one network and batch size. */
export interface TimedKind {
  readonly configuration: RunConfiguration;
  /** Arithmetic of a training step. */
  readonly flops: number;
  /** Training steps of all its runs: the kinds with the most work are measured. */
  readonly steps: number;
}

export interface MeasuredKind extends StepTimes {
  readonly network: string;
  readonly batchSize: number;
  /** False: scaled from another kind by arithmetic. */
  readonly isMeasured: boolean;
}

/** What makes two runs take the same time for a step. */
export function timeKey({ network, training }: RunConfiguration): string {
  return canonicalJson([network, training.batchSize, training.optimizer.name]);
}

/** Times of each kind, in the order given. */
export async function timeKinds(
  kinds: readonly TimedKind[],
  classes: number,
  allotment: Allotment,
): Promise<MeasuredKind[]> {
  const byWork = [...kinds].sort((a, b) => b.flops * b.steps - a.flops * a.steps);
  const measured = new Map<TimedKind, StepTimes>();
  const left = byWork.filter(({ steps }) => steps > 0);
  for (const kind of (left.length > 0 ? left : byWork.slice(0, 1)).slice(0, mostMeasured)) {
    measured.set(kind, await measureSteps(kind.configuration, classes, allotment));
  }
  return scaledTimes(kinds, measured);
}

/** Times of each kind, in the order given: its own, or those of the most similar measured one in proportion to arithmetic. */
export function scaledTimes(
  kinds: readonly TimedKind[],
  measured: ReadonlyMap<TimedKind, StepTimes>,
): MeasuredKind[] {
  return kinds.map((kind) => {
    const { network, training } = kind.configuration;
    const own = measured.get(kind);
    const [reference, times] = own === undefined ? nearest(kind, measured) : [kind, own];
    const scale = kind.flops / reference.flops;
    return {
      network: nameOf(network),
      batchSize: training.batchSize,
      trainMs: times.trainMs * scale,
      evaluateMs: times.evaluateMs * scale,
      startMs: times.startMs,
      isMeasured: own !== undefined,
    };
  });
}

/** The measured kind whose step has the most similar amount of arithmetic. */
function nearest(kind: TimedKind, measured: ReadonlyMap<TimedKind, StepTimes>): [TimedKind, StepTimes] {
  const apart = (other: TimedKind) => Math.abs(Math.log(other.flops / kind.flops));
  return [...measured].reduce((best, one) => (apart(one[0]) < apart(best[0]) ? one : best));
}

function nameOf(network: RunConfiguration['network']): string {
  switch (network.name) {
    case 'mobilenet':
      return `mobilenet, width ${network.width}`;
    case 'cnn':
      return `cnn, channels ${network.channels.join(' ')}`;
    case 'mlp':
      return `mlp, hidden ${network.hidden.join(' ')}`;
    default:
      return network satisfies never;
  }
}

/** What of a study's work says how long it takes: see work.ts. */
export interface TimedWork {
  /** Of each run: its kind, the steps of the whole run, and those that are left. */
  readonly kindOf: readonly number[];
  readonly wholeSteps: readonly RunSteps[];
  readonly restSteps: readonly RunSteps[];
}

/** Expected seconds of each run: as a whole, and what is left of it. */
export function secondsOf(
  work: TimedWork,
  times: readonly MeasuredKind[],
): { whole: number[]; rest: number[] } {
  const seconds = (kind: number, { train, evaluate }: RunSteps) => {
    const { trainMs, evaluateMs, startMs } = times[kind];
    return train + evaluate === 0 ? 0 : (startMs + train * trainMs + evaluate * evaluateMs) / 1000;
  };
  return {
    whole: work.kindOf.map((kind, i) => seconds(kind, work.wholeSteps[i])),
    rest: work.kindOf.map((kind, i) => seconds(kind, work.restSteps[i])),
  };
}

/** Seconds until all runs have ended, each begun in order as soon as a worker is free. */
export function makespan(seconds: readonly number[], workers: number): number {
  const free = new Array<number>(Math.max(1, workers)).fill(0);
  for (const one of seconds) {
    const first = free.indexOf(minOf(free));
    free[first] += one;
  }
  return maxOf(free);
}
