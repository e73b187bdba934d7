/** Features of a curve, each a number with its formula: onset, rise, fluctuation, plateau, change, setback, mean, lead. */

import { maxIndex, mean, minIndex } from 'd3-array';
import type { LoadedRun } from '../../store/records.js';
import { metricOf } from '../../study/metrics.js';
import { unitOf } from '../../study/units.js';
import { formatValue, type Unit } from '../words/format.js';
import { metricLabel } from '../words/labels.js';
import { type CurveName, curveOf, isFinished, lastPoints, type Point } from './curves.js';
import type { FeatureSpec, LeadSpec } from './featureSchema.js';
import { type Declared, detrendedDeviation } from './measures.js';

/** A number of a run, with its unit; accuracies as fractions. */
export interface Feature {
  /** Within a sentence: `rise of the validation loss after its minimum`. */
  readonly phrase: string;
  readonly unit: Unit;
  /** Names an epoch of the protocol, so that shorter runs cannot be held against it. */
  readonly namesEpoch: boolean;
  /** `null` where it was not measured. */
  readonly of: (run: LoadedRun) => number | null;
}

/** The other trial of a `lead`: its runs, and what it is called. */
export interface Rival {
  readonly runs: readonly LoadedRun[];
  readonly label: string;
}

type CurveFeature = FeatureSpec | LeadSpec;
type Spec<K extends CurveFeature['feature']> = Extract<CurveFeature, { feature: K }>;

/** Whether less is better. */
const isLossCurve = (name: string, declared: Declared) => metricOf(name, declared).goal === 'minimize';
/** Of a difference of two values of the curve. */
const differenceOf = (name: string): Unit => unitOf(metricOf(name).unit).difference;

/**
 * @param rival the other trial of a `lead`; no other feature needs it
 * @param declared what the study says of metrics that are in no table
 */
export function featureOf(spec: CurveFeature, rival: Rival, declared: Declared = {}): Feature {
  switch (spec.feature) {
    case 'onset':
      return onsetFeature(spec, declared);
    case 'rise':
      return riseFeature(spec, declared);
    case 'fluctuation':
      return fluctuationFeature(spec);
    case 'plateau':
      return plateauFeature(spec);
    case 'change':
      return changeFeature(spec);
    case 'setback':
      return setbackFeature(spec, declared);
    case 'mean':
      return meanFeature(spec);
    case 'lead':
      return leadFeature(spec, rival);
    default:
      return spec satisfies never;
  }
}

function onsetFeature({ of }: Spec<'onset'>, declared: Declared): Feature {
  const isLoss = isLossCurve(of, declared);
  return {
    phrase: `epoch of the ${isLoss ? 'lowest' : 'highest'} ${metricLabel(of)}`,
    unit: 'epoch',
    namesEpoch: true,
    of: (run) => best(curveOf(run, of), isLoss)?.epoch ?? null,
  };
}

function riseFeature({ of }: Spec<'rise'>, declared: Declared): Feature {
  const isLoss = isLossCurve(of, declared);
  const name = metricLabel(of);
  return {
    phrase: isLoss ? `rise of the ${name} after its minimum` : `fall of the ${name} after its maximum`,
    unit: differenceOf(of),
    namesEpoch: false,
    of: (run) => worsening(average(lastPoints(run, of)), best(curveOf(run, of), isLoss)?.value, isLoss),
  };
}

function fluctuationFeature({ of, over }: Spec<'fluctuation'>): Feature {
  const epochs = over === undefined ? 'epochs' : `${over} epochs`;
  return {
    phrase: `fluctuation of the ${metricLabel(of)} over the last ${epochs}`,
    unit: differenceOf(of),
    namesEpoch: false,
    of: (run) => detrendedDeviation(over === undefined ? lastPoints(run, of) : ending(run, of, over)),
  };
}

function plateauFeature({ of, within, window }: Spec<'plateau'>): Feature {
  const unit = differenceOf(of);
  const near = within / unitOf(unit).scale;
  return {
    phrase: `epoch from which on the ${metricLabel(of)} stays within ${formatValue(near, unit)} of its last level`,
    unit: 'epoch',
    namesEpoch: true,
    of: (run) => plateau(curveOf(run, of), average(lastPoints(run, of)), near, window),
  };
}

function changeFeature({ of, from, window }: Spec<'change'>): Feature {
  return {
    phrase: `change of the ${metricLabel(of)} from epoch ${from} to the end`,
    unit: differenceOf(of),
    namesEpoch: true,
    of: (run) => change(run, of, from, window),
  };
}

function setbackFeature({ of, window }: Spec<'setback'>, declared: Declared): Feature {
  const isLoss = isLossCurve(of, declared);
  return {
    phrase: `largest ${isLoss ? 'rise' : 'fall'} of the ${metricLabel(of)} on the way`,
    unit: differenceOf(of),
    namesEpoch: false,
    of: (run) => setback(curveOf(run, of), isLoss, window),
  };
}

function meanFeature({ of, over }: Spec<'mean'>): Feature {
  return {
    phrase: `mean ${metricLabel(of)} of the last ${over} epochs`,
    unit: metricOf(of).unit,
    namesEpoch: false,
    of: (run) => average(ending(run, of, over)),
  };
}

function leadFeature({ of, direction }: Spec<'lead'>, rival: Rival): Feature {
  return {
    phrase: `share of epochs at which the ${metricLabel(of)} is ${direction} than with ${rival.label}`,
    unit: 'share',
    namesEpoch: false,
    of: (run) => lead(run, rival.runs, of, direction),
  };
}

const average = (points: readonly Point[]): number | null => mean(points, (point) => point.value) ?? null;

function best(points: readonly Point[], isLoss: boolean): Point | null {
  const index = (isLoss ? minIndex : maxIndex)(points, (point) => point.value);
  return index < 0 ? null : points[index]!;
}

/** How much worse `last` is than `before`: positive where a loss rose or an accuracy fell. */
function worsening(last: number | null, before: number | undefined, isLoss: boolean): number | null {
  if (last === null || before === undefined) return null;
  return isLoss ? last - before : before - last;
}

/** The points of the last `length` epochs; none where the run is shorter. */
function ending(run: LoadedRun, name: CurveName, length: number): Point[] {
  const end = run.metrics.reduce((latest, row) => Math.max(latest, row.epoch), 0);
  return end < length ? [] : curveOf(run, name).filter((point) => point.epoch > end - length);
}

/** Means over the `window` epochs that end at each point; the first points, without a whole window before them, have none. */
function trailing(points: readonly Point[], window: number): Point[] {
  return points.flatMap(({ epoch }, i) => {
    if (epoch < window) return [];
    let from = i;
    while (from > 0 && points[from - 1]!.epoch > epoch - window) from--;
    const value = average(points.slice(from, i + 1));
    return value === null ? [] : [{ epoch, value }];
  });
}

/** The first epoch from which on the smoothed curve stays near its last level. */
function plateau(
  points: readonly Point[],
  level: number | null,
  within: number,
  window: number,
): number | null {
  if (level === null) return null;
  const smooth = trailing(points, window);
  const outside = smooth.findLastIndex(({ value }) => Math.abs(value - level) > within);
  return smooth[outside + 1]?.epoch ?? null;
}

/** Mean of the last `window` epochs minus the mean of the `window` epochs that end at `from`. */
function change(run: LoadedRun, name: CurveName, from: number, window: number): number | null {
  const points = curveOf(run, name);
  const end = points.at(-1)?.epoch ?? 0;
  if (end <= from) return null;
  const before = average(points.filter(({ epoch }) => epoch > from - window && epoch <= from));
  const after = average(points.filter(({ epoch }) => epoch > end - window));
  return before === null || after === null ? null : after - before;
}

/** The largest distance of the smoothed curve from the best value that it had before. */
function setback(points: readonly Point[], isLoss: boolean, window: number): number | null {
  const smooth = trailing(points, window);
  if (smooth.length === 0) return null;
  let reached = smooth[0]!.value;
  let largest = 0;
  for (const { value } of smooth) {
    reached = isLoss ? Math.min(reached, value) : Math.max(reached, value);
    largest = Math.max(largest, Math.abs(value - reached));
  }
  return largest;
}

/** Share of common epochs at which a run lies on one side of the other trial's run of the same seed. */
function lead(
  run: LoadedRun,
  rivals: readonly LoadedRun[],
  name: CurveName,
  direction: 'higher' | 'lower',
): number | null {
  const rival = rivals.find(({ record }) => record.seed.label === run.record.seed.label);
  if (rival === undefined || !isFinished(rival)) return null;
  const other = new Map(curveOf(rival, name).map(({ epoch, value }) => [epoch, value]));
  const pairs = curveOf(run, name).flatMap(({ epoch, value }) => {
    const against = other.get(epoch);
    return against === undefined ? [] : [value - against];
  });
  if (pairs.length === 0) return null;
  return (
    pairs.filter((difference) => (direction === 'higher' ? difference > 0 : difference < 0)).length /
    pairs.length
  );
}
