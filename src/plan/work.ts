/** The steps and the memory that a study's runs take. */
import { flopsOfStep } from '../compile/flops.js';
import { estimateRunMemory } from '../launch/allotment.js';
import { checkedProgram, compileRun } from '../launch/compileRun.js';
import type { SharedDataset } from '../launch/jobs.js';
import { canonicalJson } from '../study/paths.js';
import type { PlannedRunState } from './runs.js';
import { type RunSteps, splitSizes, stepsOf } from './sizes.js';
import { type TimedKind, type TimedWork, timeKey } from './time.js';

export interface PlannedWork extends TimedWork {
  /** The networks and batch sizes of the runs that are left (of all runs where none is left). */
  readonly kinds: readonly TimedKind[];
  /** Bytes of the largest run. */
  readonly runMemory: number;
  /** Images in the smallest validation split. */
  readonly validation: number;
}

/** @throws a request error where a run cannot be trained, as `run` would */
export function plannedWork(runs: readonly PlannedRunState[], outline: SharedDataset): PlannedWork {
  const sizesOf = splitSizes(outline);
  const kinds = new Map<string, { index: number; kind: TimedKind }>();
  const checked = new Set<string>();
  const kindOf: number[] = [];
  const wholeSteps: RunSteps[] = [];
  const restSteps: RunSteps[] = [];
  let runMemory = 0;
  let validation = Number.POSITIVE_INFINITY;
  for (const { trial, state, epochsDone } of runs) {
    const run = { trial, seed: { label: 0, data: 0, initial: 0 } };
    const { configuration } = trial;
    const isOver = state === 'done' || state === 'diverged';
    const sizes = sizesOf(run);
    validation = Math.min(validation, sizes.validation);
    const whole = stepsOf(run, sizes, 0);
    const rest = isOver ? { train: 0, evaluate: 0 } : stepsOf(run, sizes, epochsDone);
    wholeSteps.push(whole);
    restSteps.push(rest);
    const key = timeKey(configuration);
    const found = kinds.get(key);
    const place = `${key} ${canonicalJson(configuration.dataset)}`;
    if (!checked.has(place)) {
      checked.add(place);
      runMemory = Math.max(runMemory, estimateRunMemory(checkedProgram(run, outline)));
    }
    if (found !== undefined) {
      found.kind = { ...found.kind, steps: found.kind.steps + rest.train };
      kindOf.push(found.index);
      continue;
    }
    const program = compileRun(configuration, outline);
    const kind = { configuration, flops: flopsOfStep(program), steps: rest.train };
    kinds.set(key, { index: kinds.size, kind });
    kindOf.push(kinds.size - 1);
  }
  const all = [...kinds.values()].map(({ kind }) => kind);
  return { kinds: all, kindOf, wholeSteps, restSteps, runMemory, validation };
}
