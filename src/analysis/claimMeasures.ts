/** What a claim speaks of: a measure of a run or a feature of one of its curves, as a number with its unit. */

import { maxIndex, mean, minIndex } from 'd3-array';
import type { LoadedRun } from '../store/records.js';
import type { CurveFeature, MeasureSpec } from './claimSchema.js';
import { type CurveName, curveOf, isFinished, lastPoints, type Point } from './curves.js';
import { formatValue, type Unit } from './format.js';
import { metricLabel } from './labels.js';
import { detrendedDeviation, measureOf, measurePhrase } from './summaryMeasures.js';

/** A number per run. Values are in internal units (accuracies as fractions). */
export interface Quantity {
  /** Within a sentence: `mean validation accuracy of the last epochs`. */
  readonly phrase: string;
  readonly unit: Unit;
  /** A missing value means later than the end of the run. */
  readonly censored: boolean;
  /** Names an epoch of the protocol, so that shorter runs cannot be held against it. */
  readonly namesEpoch: boolean;
  /** `null` where it was not measured or not reached, and, for what describes the whole curve, where the run did not end. */
  readonly of: (run: LoadedRun) => number | null;
}

/** The factor between a claims file's numbers and internal ones: accuracies in per cent, differences of them in points. */
export function claimUnits(unit: Unit): number {
  return unit === 'accuracy' || unit === 'points' || unit === 'share' ? 0.01 : 1;
}

/** The unit of a difference of two values. */
export function differenceUnit(unit: Unit): Unit {
  return unit === 'accuracy' ? 'points' : unit;
}

/** The other trial of a `lead`: its runs, and what it is called. */
export interface Rival {
  readonly runs: readonly LoadedRun[];
  readonly label: string;
}

/** Of measures whose name alone, outside its table, does not say what the number is. */
const PHRASES: Readonly<Record<string, string>> = {
  accuracyDrop: 'change of the validation accuracy since the epoch of the lowest validation loss',
  overfittingRise: 'rise of the validation loss after its minimum',
  convergenceSpeed: 'convergence speed (mean training accuracy of all epochs)',
  stability: 'fluctuation of the validation accuracy over the last epochs',
};

export function quantityOf(spec: MeasureSpec | CurveFeature, rival?: Rival): Quantity {
  if (typeof spec === 'string') {
    const measure = measureOf(spec);
    return {
      phrase: PHRASES[spec] ?? measurePhrase(measure),
      unit: measure.unit,
      censored: measure.censored,
      namesEpoch: measure.unit === 'epoch',
      of: (run) => finite(measure.needsEnd && !isFinished(run) ? null : measure.of(run)),
    };
  }
  const feature = featureOf(spec, rival ?? { runs: [], label: '' });
  return { censored: false, ...feature, of: (run) => finite(isFinished(run) ? feature.of(run) : null) };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

type Feature = Omit<Quantity, 'censored'>;

function featureOf(spec: CurveFeature, rival: Rival): Feature {
  const name = metricLabel(spec.of);
  const isLoss = spec.of.endsWith('Loss');
  const unit: Unit = isLoss ? 'loss' : 'points';
  const curve = (run: LoadedRun) => curveOf(run, spec.of);
  switch (spec.feature) {
    case 'onset':
      return {
        phrase: `epoch of the ${isLoss ? 'lowest' : 'highest'} ${name}`,
        unit: 'epoch',
        namesEpoch: true,
        of: (run) => best(curve(run), isLoss)?.epoch ?? null,
      };
    case 'rise':
      return {
        phrase: isLoss ? `rise of the ${name} after its minimum` : `fall of the ${name} after its maximum`,
        unit,
        namesEpoch: false,
        of: (run) => worsening(average(lastPoints(run, spec.of)), best(curve(run), isLoss)?.value, isLoss),
      };
    case 'fluctuation':
      return {
        phrase: `fluctuation of the ${name} over the last ${spec.over === undefined ? '' : `${spec.over} `}epochs`,
        unit,
        namesEpoch: false,
        of: (run) =>
          detrendedDeviation(
            spec.over === undefined ? lastPoints(run, spec.of) : ending(run, spec.of, spec.over),
          ),
      };
    case 'plateau': {
      const within = spec.within * claimUnits(unit);
      return {
        phrase: `epoch from which on the ${name} stays within ${formatValue(within, unit)} of its last level`,
        unit: 'epoch',
        namesEpoch: true,
        of: (run) => plateau(curve(run), average(lastPoints(run, spec.of)), within, spec.window),
      };
    }
    case 'change':
      return {
        phrase: `change of the ${name} from epoch ${spec.from} to the end`,
        unit,
        namesEpoch: true,
        of: (run) => change(run, spec.of, spec.from, spec.window),
      };
    case 'setback':
      return {
        phrase: isLoss ? `largest rise of the ${name} on the way` : `largest fall of the ${name} on the way`,
        unit,
        namesEpoch: false,
        of: (run) => setback(curve(run), isLoss, spec.window),
      };
    case 'lead':
      return {
        phrase: `share of epochs at which the ${name} is ${spec.direction} than with ${rival.label}`,
        unit: 'share',
        namesEpoch: false,
        of: (run) => lead(run, rival.runs, spec.of, spec.direction),
      };
    default:
      return spec satisfies never;
  }
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
