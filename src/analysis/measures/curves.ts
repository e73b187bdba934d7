/** Curves of runs: a metric over epochs, and its mean over seeds. */

import type { LoadedRun } from '../../store/records.js';
import { byTrial, meanOverTrials } from './means.js';

export { curveMetricsOf } from '../../study/metrics.js';

/** A column of metrics.csv, of a command's own metrics too. */
export type CurveName = string;

export interface Point {
  readonly epoch: number;
  readonly value: number;
}

export interface MeanPoint {
  readonly epoch: number;
  readonly mean: number;
  /** Runs that have this epoch. */
  readonly n: number;
  /** 95% t-interval of the mean over seeds; `null` where a trial has fewer than two runs with this epoch. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A metric's measured, finite values by epoch; cells that are empty, NaN or infinite are left out. */
export function curveOf(run: LoadedRun, name: CurveName): Point[] {
  const points: Point[] = [];
  for (const row of run.metrics) {
    const value = row[name];
    if (value !== null && value !== undefined && Number.isFinite(value))
      points.push({ epoch: row.epoch, value });
  }
  return points;
}

/** Length of the window that `last` means: the last max(3, 10%) of the run's epochs. */
export function lastWindow(epochs: number): number {
  return Math.max(3, Math.round(epochs / 10));
}

/**
 * The points of the last max(3, 10%) epochs of a run, up to the last one at which the metric was measured: a validation
 * every fifth epoch need not fall on the end. Epochs are counted, not rows.
 */
export function lastPoints(run: LoadedRun, name: CurveName): Point[] {
  const points = curveOf(run, name);
  const end = run.metrics.reduce((latest, row) => Math.max(latest, row.epoch), 0);
  const first = (points.at(-1)?.epoch ?? 0) - lastWindow(end);
  return points.filter((point) => point.epoch > first);
}

/** Mean over runs at each epoch, with its 95% interval over seeds. Runs that ended earlier drop out of later epochs. */
export function meanCurve(runs: readonly LoadedRun[], name: CurveName): MeanPoint[] {
  const byEpoch = new Map<number, { run: LoadedRun; value: number }[]>();
  for (const run of runs) {
    for (const { epoch, value } of curveOf(run, name)) {
      const values = byEpoch.get(epoch);
      if (values === undefined) byEpoch.set(epoch, [{ run, value }]);
      else values.push({ run, value });
    }
  }
  const epochs = [...byEpoch.keys()].sort((a, b) => a - b);
  return epochs.map((epoch) => {
    const values = byEpoch.get(epoch) ?? [];
    const { mean, interval } = meanOverTrials(byTrial(values));
    return {
      epoch,
      mean: mean ?? 0,
      n: values.length,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
    };
  });
}

/** True where a run trained to its end. */
export function isFinished(run: LoadedRun): boolean {
  return run.record.status === 'done';
}

/** Values of a named tensor's gradient norm by epoch. */
export function gradientCurve(run: LoadedRun, tensor: string): Point[] {
  const points: Point[] = [];
  for (const row of run.gradients) {
    const value = row.norms[tensor];
    if (value !== undefined && Number.isFinite(value)) points.push({ epoch: row.epoch, value });
  }
  return points;
}
