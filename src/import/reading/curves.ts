/** The curves of a run: accuracies as fractions, epochs from 1. They stay in typed arrays; rows are made when they are written. */

import type { MetricsRow } from '../../store/records.js';
import { metricOf } from '../../study/metrics.js';
import type { Axis } from './axis.js';
import { type Curve, METRICS } from './headers.js';
import type { CurveRun } from './runs.js';
import type { ColumnStats } from './scan.js';
import type { Series } from './series.js';
import { accuracyIn, type Unit } from './units.js';

/** Values by epoch, NaN where nothing was measured; only of metrics that the run holds. */
export type CurveValues = Readonly<Partial<Record<Curve, Float64Array>>>;

export interface RunCurves {
  /** In rising order. */
  readonly epochs: Float64Array;
  readonly values: CurveValues;
  /** What does not stay finite, from which epoch on; `null` where the run did not diverge. */
  readonly diverged: { readonly metric: string; readonly epoch: number } | null;
  readonly torn: boolean;
  /** The last epoch that was measured, also beyond what is cut away; 0 where there is none. */
  readonly end: number;
  readonly notes: readonly string[];
}

type Values = Partial<Record<Curve, Float64Array>>;

/** Cells that were written as not finite; never stored. */
const BROKEN = Number.POSITIVE_INFINITY;

export function curvesOf(
  run: CurveRun,
  axis: Axis,
  units: ReadonlyMap<ColumnStats, Unit>,
  until: number | undefined,
): RunCurves {
  const all = epochsOf(run, axis);
  const epochs = until === undefined ? all : all.filter((epoch) => epoch <= until);
  const end = all.at(-1) ?? 0;
  const index = new Map<number, number>();
  for (const [i, epoch] of epochs.entries()) index.set(epoch, i);
  const values: Values = {};
  for (const piece of run.pieces) {
    for (const [metric, series] of piece.series) {
      const unit = units.get(piece.chosen.metrics[metric]!) ?? 'fraction';
      values[metric] ??= new Float64Array(epochs.length).fill(Number.NaN);
      fill(values[metric], series, unit, (at) => axis.epochOf(piece, at), index, metric);
    }
  }
  const notes: string[] = [];
  const diverged = divergence(run.name, epochs, values, notes);
  dropBroken(values);
  // What is asked for is there: that the log goes on beyond it, torn, is no matter.
  const reached = until !== undefined && end >= until;
  return { epochs, values, diverged, torn: !reached && run.pieces.some((piece) => piece.torn), end, notes };
}

/** What was not finite is no value; a metric without any is none. */
function dropBroken(values: Values): void {
  for (const [metric, own] of Object.entries(values) as [Curve, Float64Array][]) {
    for (let i = 0; i < own.length; i++) if (own[i] === BROKEN) own[i] = Number.NaN;
    if (own.every(Number.isNaN)) delete values[metric];
  }
}

/** `null` where nothing was measured. */
export function valueAt(values: CurveValues, metric: Curve, i: number): number | null {
  const value = values[metric]?.[i];
  return value === undefined || Number.isNaN(value) ? null : value;
}

function epochsOf({ pieces }: CurveRun, axis: Axis): Float64Array {
  const all = new Set<number>();
  for (const piece of pieces)
    for (const one of piece.series.values())
      for (let i = 0; i < one.length; i++) {
        const epoch = axis.epochOf(piece, one.at(i));
        if (epoch !== null) all.add(epoch);
      }
  return Float64Array.from(all).sort();
}

function fill(
  target: Float64Array,
  series: Series,
  unit: Unit,
  epochOf: (at: number) => number | null,
  index: ReadonlyMap<number, number>,
  metric: Curve,
): void {
  const means = metricOf(metric).split === 'train' ? new Map<number, number>() : null;
  for (let i = 0; i < series.length; i++) {
    const epoch = epochOf(series.at(i));
    const place = epoch === null ? undefined : index.get(epoch);
    if (place === undefined) continue;
    const value = accuracyIn(unit, series.value(i));
    if (!Number.isFinite(value)) {
      if (Number.isNaN(target[place]!)) target[place] = BROKEN;
      continue;
    }
    const before = target[place]!;
    if (means === null || !Number.isFinite(before)) target[place] = value;
    else {
      // Several steps within an epoch: the mean of them while training, else the last.
      const n = (means.get(place) ?? 1) + 1;
      means.set(place, n);
      target[place] = before + (value - before) / n;
    }
  }
}

/** As metrics.csv has them. */
export function rowsOf({ epochs, values }: Pick<RunCurves, 'epochs' | 'values'>): MetricsRow[] {
  const at = (metric: Curve, i: number) => valueAt(values, metric, i);
  const own = ownCurves(values);
  return Array.from(epochs, (epoch, i) => ({
    epoch,
    trainLoss: at('trainLoss', i),
    trainAccuracy: at('trainAccuracy', i),
    validLoss: at('validLoss', i),
    validAccuracy: at('validAccuracy', i),
    trainEvalLoss: at('trainEvalLoss', i),
    trainEvalAccuracy: at('trainEvalAccuracy', i),
    learningRate: at('learningRate', i),
    imagesPerSecond: null,
    seconds: null,
    ...Object.fromEntries(own.map((metric) => [metric, at(metric, i)])),
  }));
}

/**
 * A run diverged where its training loss, or another metric, is not finite to its end. A value that is not finite and
 * that later ones follow is a note; where nothing was measured it is a gap, also at the end of a sparse curve.
 */
function divergence(
  name: string,
  epochs: Float64Array,
  values: Values,
  notes: string[],
): RunCurves['diverged'] {
  const order: Curve[] = [
    'trainLoss',
    ...METRICS.filter((metric) => metric !== 'trainLoss' && metric !== 'learningRate'),
    ...ownCurves(values),
  ];
  const trains = values.trainLoss?.some(Number.isFinite) ?? false;
  const lastTrained = epochs[values.trainLoss?.findLastIndex(Number.isFinite) ?? -1] ?? -1;
  for (const metric of order) {
    const own = values[metric];
    if (own?.includes(BROKEN) !== true) continue;
    const finite = Array.from(own.keys()).filter((i) => Number.isFinite(own[i]!));
    const broken = Array.from(own.keys()).filter((i) => own[i] === BROKEN);
    const last = finite.at(-1) ?? -1;
    const tail = broken.filter((i) => i > last);
    const spacing = usualSpacing(finite.map((i) => epochs[i]!));
    const isWhole = finite.length === 0 && (metric === 'trainLoss' || !trains);
    const end = tail.length > 0 ? epochs[tail.at(-1)!]! : 0;
    // One value at the very end of a training that goes on says no more than one in its middle.
    const least = metric !== 'trainLoss' && lastTrained >= end ? 2 * spacing : spacing;
    const isTail = finite.length > 0 && tail.length > 0 && end - epochs[last]! >= least;
    if (isWhole || isTail) return { metric, epoch: epochs[tail[0]!]! };
    if (finite.length === 0) notes.push(`${name}: ${metric} is never finite; it was read as not measured`);
    else if (spacing === 1) {
      const where = broken.length === 1 ? `epoch ${epochs[broken[0]!]}` : `${broken.length} epochs`;
      const later = broken.length > tail.length ? 'and finite again later' : 'its last; the training goes on';
      notes.push(`${name}: ${metric} is not finite at ${where}, ${later}`);
    }
  }
  return null;
}

/** Those with names of their own. */
function ownCurves(values: Values): Curve[] {
  const names = Object.keys(values) as Curve[];
  return names.filter((name) => !METRICS.some((metric) => metric === name));
}

/** The median distance of measured epochs. */
function usualSpacing(measured: readonly number[]): number {
  if (measured.length < 2) return 1;
  const distances = measured.slice(1).map((epoch, i) => epoch - measured[i]!);
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)]!;
}
