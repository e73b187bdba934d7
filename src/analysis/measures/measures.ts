/** The measures of a run, each defined once: its formula is its `definition`, which the report shows. */

import { deviation, maxIndex, mean, minIndex } from 'd3-array';
import { metricsColumns } from '../../store/csv.js';
import type { LoadedRun } from '../../store/records.js';
import { curveMetrics, type DeclaredMetric, isTestMetric, metricOf } from '../../study/metrics.js';
import type { MetricConfiguration } from '../../study/types.js';
import type { Unit } from '../words/format.js';
import { metricLabel } from '../words/labels.js';
import { curveOf, lastPoints, type Point } from './curves.js';

export interface Measure {
  readonly id: string;
  readonly label: string;
  readonly unit: Unit;
  /** What it is and how it is computed, in one or two sentences. */
  readonly definition: string;
  /** Which way is better; `none` where neither is. */
  readonly goal: 'maximize' | 'minimize' | 'none';
  /** Describes the whole curve to its end: it has no value for a run that did not train to its end. */
  readonly needsEnd: boolean;
  /** May be "not reached": a missing value of a run that measured what it is of then means later than the run's end. */
  readonly censored: boolean;
  /** Of censored measures: whether a run measured what it is of. */
  readonly isMeasured?: (run: LoadedRun) => boolean;
  /** The value for one run, or `null` where it cannot be computed from what was measured. */
  readonly of: (run: LoadedRun) => number | null;
}

/** What a study says of metrics that are in no table. */
export type Declared = Readonly<Record<string, DeclaredMetric>>;

const average = (points: readonly Point[]): number | null => mean(points, (point) => point.value) ?? null;

/** @param declared of metrics that are in no table */
function curveMeasures(name: string, declared: Declared = {}): Measure[] {
  const { unit, label, goal } = metricOf(name, declared);
  const isLeast = goal === 'minimize';
  const shared = { unit, goal, censored: false } as const;
  const best = (run: LoadedRun): Point | null => {
    const points = curveOf(run, name);
    const index = (isLeast ? minIndex : maxIndex)(points, (point) => point.value);
    return index < 0 ? null : points[index]!;
  };
  return [
    {
      ...shared,
      id: `${name}.final`,
      label: `${label}, final`,
      needsEnd: true,
      definition: `${label} at the last epoch at which it was measured.`,
      of: (run) => curveOf(run, name).at(-1)?.value ?? null,
    },
    {
      ...shared,
      id: `${name}.last`,
      label: `${label}, mean of the last epochs`,
      needsEnd: true,
      definition: `Mean of the ${label} over the last max(3, 10%) epochs of the run.`,
      of: (run) => average(lastPoints(run, name)),
    },
    {
      ...shared,
      id: `${name}.best`,
      label: `${label}, best`,
      needsEnd: false,
      definition: `${isLeast ? 'Lowest' : 'Highest'} ${label} of any epoch. It favours noisy runs, so no verdict rests on it unless the study declares it.`,
      of: (run) => best(run)?.value ?? null,
    },
    {
      id: `${name}.bestEpoch`,
      label: `epoch of the best ${label}`,
      unit: 'epoch',
      goal: 'none',
      needsEnd: false,
      censored: false,
      definition: `The first epoch with the ${isLeast ? 'lowest' : 'highest'} ${label}.`,
      of: (run) => best(run)?.epoch ?? null,
    },
  ];
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

/** Train-in-evaluation-mode value minus validation value at the last epoch at which both were measured. */
function gapOf(run: LoadedRun, kind: 'Accuracy' | 'Loss'): number | null {
  const train = curveOf(run, `trainEval${kind}`).at(-1);
  if (train === undefined) return null;
  const valid = curveOf(run, `valid${kind}`).find((point) => point.epoch === train.epoch);
  return difference(train.value, valid?.value ?? null);
}

const whole = { needsEnd: true, censored: false } as const;

const GAPS: readonly Measure[] = [
  {
    ...whole,
    id: 'generalizationGap',
    label: 'generalization gap',
    unit: 'points',
    goal: 'minimize',
    definition:
      'Training accuracy in evaluation mode (no augmentation, weights at rest) minus validation accuracy, at the last epoch that has both.',
    of: (run) => gapOf(run, 'Accuracy'),
  },
  {
    ...whole,
    id: 'lossGap',
    label: 'generalization gap of the loss',
    unit: 'loss',
    goal: 'none',
    definition: 'The same of the losses (negative: the validation loss is the higher one).',
    of: (run) => gapOf(run, 'Loss'),
  },
  {
    ...whole,
    id: 'apparentGap',
    label: 'apparent gap',
    unit: 'points',
    goal: 'none',
    definition:
      'Training accuracy while training (augmented images, moving weights) minus validation accuracy, means over the last max(3, 10%) epochs: not the generalization gap.',
    of: (run) =>
      difference(average(lastPoints(run, 'trainAccuracy')), average(lastPoints(run, 'validAccuracy'))),
  },
];

function lowestValidLoss(run: LoadedRun): Point | null {
  const points = curveOf(run, 'validLoss');
  const index = minIndex(points, (point) => point.value);
  return index < 0 ? null : points[index]!;
}

const OVERFITTING: readonly Measure[] = [
  {
    ...whole,
    id: 'overfittingOnset',
    label: 'epoch of the lowest validation loss',
    unit: 'epoch',
    goal: 'none',
    definition:
      'The first epoch with it; of a noisy curve a matter of luck: overfitting is said by its rule only.',
    of: (run) => lowestValidLoss(run)?.epoch ?? null,
  },
  {
    ...whole,
    id: 'overfittingRise',
    label: 'rise of the validation loss after its lowest value',
    unit: 'loss',
    goal: 'minimize',
    definition:
      'Mean validation loss of the last max(3, 10%) epochs minus the lowest of a single epoch: above 0 for any noisy curve.',
    of: (run) => difference(average(lastPoints(run, 'validLoss')), lowestValidLoss(run)?.value ?? null),
  },
  {
    ...whole,
    id: 'accuracyDrop',
    label: 'change of validation accuracy since the lowest validation loss',
    unit: 'points',
    goal: 'maximize',
    definition:
      'Mean validation accuracy of the last max(3, 10%) epochs minus that at the epoch of the lowest validation loss. Positive: it went on rising.',
    of: (run) => {
      const onset = lowestValidLoss(run)?.epoch;
      const there = curveOf(run, 'validAccuracy').find((point) => point.epoch === onset);
      return difference(average(lastPoints(run, 'validAccuracy')), there?.value ?? null);
    },
  },
];

function epochsTo(percent: 50 | 90 | 99): Measure {
  return {
    id: `epochsTo${percent}`,
    label: `epochs to ${percent}% training accuracy`,
    unit: 'epoch',
    goal: 'minimize',
    needsEnd: false,
    censored: true,
    isMeasured: (run) => curveOf(run, 'trainAccuracy').length > 0,
    definition: `The first epoch whose training accuracy is at least ${percent}%. "Not reached" where no epoch's is: the value is then only known to be larger than the number of epochs.`,
    of: (run) => curveOf(run, 'trainAccuracy').find((point) => point.value >= percent / 100)?.epoch ?? null,
  };
}

/** Residual standard deviation of a straight line fitted by least squares (n - 2 degrees of freedom). */
export function detrendedDeviation(points: readonly Point[]): number | null {
  if (points.length < 3) return null;
  const centre = mean(points, (point) => point.epoch) ?? 0;
  const level = average(points) ?? 0;
  let crossed = 0;
  let squared = 0;
  for (const { epoch, value } of points) {
    crossed += (epoch - centre) * (value - level);
    squared += (epoch - centre) ** 2;
  }
  const slope = squared === 0 ? 0 : crossed / squared;
  const residuals = points.map(({ epoch, value }) => value - level - slope * (epoch - centre));
  const spread = deviation(residuals);
  return spread === undefined ? null : spread * Math.sqrt((points.length - 1) / (points.length - 2));
}

const DYNAMICS: readonly Measure[] = [
  epochsTo(50),
  epochsTo(90),
  epochsTo(99),
  {
    ...whole,
    id: 'convergenceSpeed',
    label: 'convergence speed',
    unit: 'accuracy',
    goal: 'maximize',
    definition:
      'Mean training accuracy over all epochs (the area under the training curve), comparable between runs of equally many epochs only.',
    of: (run) => average(curveOf(run, 'trainAccuracy')),
  },
  {
    ...whole,
    id: 'stability',
    label: 'fluctuation of validation accuracy',
    unit: 'points',
    goal: 'minimize',
    definition:
      'Standard deviation of the validation accuracy over the last max(3, 10%) epochs around a fitted line. Partly the schedule’s own doing: annealing ends at rate 0, where nothing can fluctuate.',
    of: (run) => detrendedDeviation(lastPoints(run, 'validAccuracy')),
  },
];

const AT_THE_END: readonly Measure[] = [
  {
    ...whole,
    id: 'calibrationError',
    label: 'expected calibration error',
    unit: 'number',
    goal: 'minimize',
    definition:
      'Mean distance between confidence and accuracy over bins of confidence, weighted by their size, on the validation split at the end of the run.',
    of: (run) => run.record.calibration?.expectedCalibrationError ?? null,
  },
  {
    ...whole,
    id: 'lossAtTemperature',
    label: 'validation loss at the best temperature',
    unit: 'loss',
    goal: 'minimize',
    definition:
      'Validation loss at the end after dividing the logits by one temperature, fitted on one half of the validation split and measured on the other, both ways. What the loss loses by it was over-confidence.',
    of: (run) => run.record.calibration?.lossAtTemperature ?? null,
  },
  {
    ...whole,
    id: 'temperature',
    label: 'best temperature',
    unit: 'number',
    goal: 'none',
    definition: 'The temperature itself; above 1 the network is over-confident.',
    of: (run) => run.record.calibration?.temperature ?? null,
  },
  {
    ...whole,
    id: 'testAccuracy',
    label: 'test accuracy',
    unit: 'accuracy',
    goal: 'maximize',
    definition:
      'Accuracy on the test split, evaluated once at the end of the run. Nothing is selected or sorted by it.',
    of: (run) => run.record.test?.accuracy ?? null,
  },
  {
    ...whole,
    id: 'testLoss',
    label: 'test loss',
    unit: 'loss',
    goal: 'minimize',
    definition: 'Mean loss on the test split, evaluated once at the end of the run.',
    of: (run) => run.record.test?.loss ?? null,
  },
];

/** Every measure of a run, in the order in which reports define them. */
export const MEASURES: readonly Measure[] = [
  ...curveMetrics.flatMap((name) => curveMeasures(name)),
  ...GAPS,
  ...OVERFITTING,
  ...DYNAMICS,
  ...AT_THE_END,
];

/** Of the epochs to an accuracy, all of them together. */
export const REACHED_DEFINITION: readonly [term: string, meaning: string] = [
  'epochs to an accuracy',
  'The first epoch whose training accuracy is at least this; “not reached”: it is only known to be larger than the number of epochs.',
];

/** True of the values of a curve: final, of the last epochs, best, and the epoch of the best. */
export function isCurveMeasure(measure: Measure): boolean {
  return curveIdOf(measure.id)[1] !== '';
}

/** The measure's name within a sentence: `mean validation accuracy of the last epochs`. */
export function measurePhrase(measure: Measure): string {
  const [name, at] = curveIdOf(measure.id);
  if (at === 'last') return `mean ${metricLabel(name)} of the last epochs`;
  return at === 'final' || at === 'best' ? `${at} ${metricLabel(name)}` : measure.label;
}

const byId = new Map(MEASURES.map((measure) => [measure.id, measure]));

/** `valid/bleu` and `last` of `valid/bleu.last`: the metric of a measure of a curve, and which value of it. */
export function curveIdOf(id: string): readonly [name: string, at: string] {
  const dot = id.lastIndexOf('.');
  return dot < 0 ? [id, ''] : [id.slice(0, dot), id.slice(dot + 1)];
}

/** Which values of a curve are measures. */
export const CURVE_VALUES = ['final', 'last', 'best', 'bestEpoch'] as const;

/** True of the ids that `measureOf` knows. */
export function isMeasureId(id: string): boolean {
  return byId.has(id) || CURVE_VALUES.some((one) => one === curveIdOf(id)[1]);
}

/**
 * The measure of that id, also of a metric of a command's own; throws for an unknown one (a mistake of the caller).
 * @param declared what the study says of metrics that are in no table
 */
export function measureOf(id: string, declared: Declared = {}): Measure {
  const measure = byId.get(id) ?? curveMeasures(curveIdOf(id)[0], declared).find((one) => one.id === id);
  if (measure === undefined) throw new Error(`unknown measure ${id}`);
  return measure;
}

/** The measure that a study's declared metric means: `validAccuracy.last`. Test metrics have one value only. */
export function declaredMeasure({ name, goal, at }: MetricConfiguration): Measure {
  if (isTestMetric(name)) return measureOf(name);
  return measureOf(`${name}.${at}`, { [name]: { goal } });
}

/** The measures of a table, in order: where the declared one is of a command's own metric, it comes before the others. */
export function withDeclared(declared: Measure): readonly Measure[] {
  return byId.has(declared.id) ? MEASURES : [declared, ...MEASURES];
}

/** Metrics of runs that have no name here: a command's own. */
export function ownMetrics(runs: readonly LoadedRun[]): string[] {
  const names = new Set(
    runs.flatMap(({ metrics }) => (metrics[0] === undefined ? [] : Object.keys(metrics[0]))),
  );
  return [...names].filter((name) => !usualColumns.has(name));
}

const usualColumns: ReadonlySet<string> = new Set(metricsColumns);
