/** A metric over epochs, over the runs of a group. */

import type { LoadedRun } from '../../store/records.js';
import {
  type CurveName,
  curveOf,
  gradientCurve,
  type MeanPoint,
  meanCurve,
  type Point,
} from '../measures/curves.js';

export interface GroupCurve {
  /** Mean over the runs that did not diverge, with its 95% interval over seeds; of one run, the run itself. */
  readonly mean: readonly MeanPoint[];
  /** The single runs; empty where there is only one. */
  readonly runs: readonly (readonly Point[])[];
  /** The last finite point of each run that diverged. */
  readonly diverged: readonly Point[];
}

/** A metric of several runs; a diverged one is no part of the mean, unless it is the only one. */
export function groupCurve(runs: readonly LoadedRun[], name: CurveName): GroupCurve {
  const isSingle = runs.length === 1;
  const diverged = runs.filter(({ record }) => record.status === 'diverged');
  const sound = runs.filter(({ record }) => record.status !== 'diverged');
  return {
    mean: meanCurve(isSingle ? runs : sound, name),
    runs: isSingle ? [] : runs.map((run) => curveOf(run, name)),
    diverged: diverged.flatMap((run) => curveOf(run, name).slice(-1)),
  };
}

/** The gradient norm of a tensor: the geometric mean over runs. A norm of exactly 0 has no logarithm and is left out. */
export function groupGradient(runs: readonly LoadedRun[], tensor: string): Omit<GroupCurve, 'diverged'> {
  const curves = runs.map((run) => gradientCurve(run, tensor).filter((point) => point.value > 0));
  const byEpoch = new Map<number, number[]>();
  for (const { epoch, value } of curves.flat())
    byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), Math.log(value)]);
  const mean = [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, logs]): MeanPoint => {
      const middle = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
      return { epoch, mean: middle, n: logs.length, low: null, high: null };
    });
  return { mean, runs: curves.length > 1 ? curves : [] };
}
