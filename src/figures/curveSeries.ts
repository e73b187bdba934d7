/** Levels of a factor -> series of a panel, and the axes that a study's figures share. */

import {
  type CurveName,
  curveMetricsOf,
  curveOf,
  type MeanPoint,
  type Point,
} from '../analysis/measures/curves.js';
import { ownMetrics } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { Troubles } from '../analysis/trials/troubles.js';
import { count, formatNumber, formatValue } from '../analysis/words/format.js';
import { metricLabel, metricUnit } from '../analysis/words/labels.js';
import { type AxisRange, axisRange, wholeRange } from './axisRange.js';
import type { ColourOf } from './palette.js';
import type { PanelSeries } from './panel.js';
import { isTroubled } from './trouble.js';

/** What the curve figures of a study share. */
export interface CurveLook {
  readonly colourOf: ColourOf;
  readonly axes: CurveAxes;
  readonly troubles: Troubles;
}

export interface CurveAxes {
  readonly epochs: readonly [number, number];
  readonly loss: AxisRange;
  readonly accuracy: AxisRange;
  /** Of each metric that has a name of its own, in the order of their panels. */
  readonly own: Readonly<Record<CurveName, AxisRange>>;
}

type Runs = RunGroup['runs'];
const LOSSES = curveMetricsOf('loss');
const ACCURACIES = curveMetricsOf('accuracy');

/**
 * Axes for all curve figures of a study, so that they can be compared. The axes of losses, and of metrics with a name of
 * their own, follow the runs that did not diverge, and of those the ones that learned and did not collapse, by the rule of
 * axisRange.ts; a curve beyond one is drawn at its border, and marked.
 */
export function curveAxes(runs: Runs, troubles: Troubles): CurveAxes {
  const last = runs.reduce(
    (most, run) => run.metrics.reduce((max, row) => Math.max(max, row.epoch), most),
    1,
  );
  const sound = runs.filter((run) => run.record.status !== 'diverged');
  const followed = sound.length > 0 ? sound : runs;
  const curvesOf = (own: Runs, names: readonly CurveName[]) =>
    own.flatMap((run) => names.map((name) => curveOf(run, name).map(({ value }) => value)));
  const learned = followed.filter((run) => !isTroubled(run, troubles));
  const dead = followed.filter((run) => isTroubled(run, troubles));
  const accuracy = (names: readonly CurveName[]): AxisRange => ({
    domain: [0, accuracyTop(runs, names)],
    scale: 'linear',
    beyond: 0,
  });
  const own = ownMetrics(runs).map((name) => {
    const isAccuracy = metricUnit(name) === 'accuracy';
    return [
      name,
      isAccuracy ? accuracy([name]) : wholeRange(curvesOf(learned, [name]), curvesOf(dead, [name])),
    ] as const;
  });
  return {
    epochs: last === 1 ? [0, 2] : [1, last],
    loss: axisRange(curvesOf(learned, LOSSES), curvesOf(dead, LOSSES)),
    accuracy: accuracy(ACCURACIES),
    own: Object.fromEntries(own),
  };
}

/** The next ten per cent above the highest accuracy, at most 100%. */
function accuracyTop(runs: Runs, names: readonly CurveName[]): number {
  const highest = runs.reduce(
    (most, run) =>
      names.reduce(
        (max, name) => curveOf(run, name).reduce((top, one) => Math.max(top, one.value), max),
        most,
      ),
    0,
  );
  return Math.min(1, Math.ceil(highest * 10 + 0.2) / 10 || 1);
}

/** How a metric of a group of runs is drawn: the mean with its band and the runs thin behind, or the one run. */
export function seriesOf(
  group: RunGroup,
  name: CurveName,
  look: Pick<PanelSeries, 'colour' | 'style' | 'dash' | 'label'>,
): PanelSeries {
  const { mean, runs, diverged } = group.curve(name);
  const crosses = look.style === 'dots' ? [] : diverged;
  return { ...look, curve: mean, runs, band: isMeaningful(mean), diverged: crosses };
}

/** Of fewer runs the interval says nothing: of two runs it is 12.7 standard errors to each side. */
const FEWEST_RUNS_OF_A_BAND = 3;

/** A band is drawn where it is an interval of at least three runs at every epoch that has one. */
export function isMeaningful(curve: readonly MeanPoint[]): boolean {
  return curve.every((point) => point.low === null || point.n >= FEWEST_RUNS_OF_A_BAND);
}

/** True where any run of the groups measured this metric. */
export function isMeasured(groups: readonly RunGroup[], name: CurveName): boolean {
  return groups.some((group) => group.runs.some((run) => curveOf(run, name).length > 0));
}

/** The axis that a metric is drawn on. */
export function axisOf(name: CurveName, axes: CurveAxes): AxisRange {
  if (Object.hasOwn(axes.own, name)) return axes.own[name]!;
  return metricUnit(name) === 'loss' ? axes.loss : axes.accuracy;
}

/** The metrics with a name of their own that any of the groups measured. */
export function ownShown(groups: readonly RunGroup[], axes: CurveAxes): CurveName[] {
  return Object.keys(axes.own).filter((name) => isMeasured(groups, name));
}

/** Those of the metrics that any of the groups measured; all of them where no metric was, so that a figure has its panels. */
export function shownOf<T extends CurveName>(
  groups: readonly RunGroup[],
  names: readonly T[],
  axes: CurveAxes,
): T[] {
  const measured = names.filter((name) => isMeasured(groups, name));
  const isEmpty = ![...LOSSES, ...ACCURACIES, ...Object.keys(axes.own)].some((name) =>
    isMeasured(groups, name),
  );
  return isEmpty ? [...names] : measured;
}

/** An axis that values may lie beyond, the metrics on it, and what its values are called. */
export interface LeftAxis {
  readonly names: readonly CurveName[];
  readonly range: AxisRange;
  readonly label: string;
}

/** The loss axis, and those of metrics with a name of their own. */
export function leftAxes({ loss, own }: CurveAxes): LeftAxis[] {
  return [
    { names: LOSSES, range: loss, label: 'loss' },
    ...Object.entries(own).map(([name, range]) => ({ names: [name], range, label: metricLabel(name) })),
  ];
}

/** The value of a run that lies farthest beyond the axis. */
export function farthestBeyond(run: RunGroup['runs'][number], { names, range }: LeftAxis): Point | null {
  const { domain } = range;
  const points = names.flatMap((name) => curveOf(run, name)).filter(({ value }) => value > domain[1]);
  return points.reduce<Point | null>(
    (most, one) => (most === null || one.value > most.value ? one : most),
    null,
  );
}

/** How far the runs of a group lie beyond an axis, in one sentence; `null` where none does. */
function beyondNote(group: RunGroup, axis: LeftAxis): string | null {
  const peaks = group.runs.flatMap((run) => {
    const point = farthestBeyond(run, axis);
    return point === null ? [] : [{ seed: run.record.seed.label, ...point }];
  });
  if (peaks.length === 0) return null;
  const { seed, epoch, value } = peaks.reduce((most, one) => (one.value > most.value ? one : most));
  const much = formatValue(value, metricUnit(axis.names[0]!));
  const size = much.startsWith('>') ? `above ${much.slice(2)}` : `of ${formatNumber(value)}`;
  return peaks.length === 1
    ? `${group.fullLabel}, seed ${seed}: a ${axis.label} ${size} in epoch ${epoch} is beyond the axis.`
    : `${group.fullLabel}: the ${axis.label} of ${count(peaks.length, 'run')} is beyond the axis, at most one ${size} (seed ${seed}, epoch ${epoch}).`;
}

/** What must be said under a figure: runs that leave an axis, that are missing or diverged. */
export function seriesNotes(groups: readonly RunGroup[], axes: CurveAxes): string[] {
  const notes: string[] = [];
  for (const group of groups) {
    for (const axis of leftAxes(axes)) {
      const note = beyondNote(group, axis);
      if (note !== null) notes.push(note);
    }
    for (const run of group.runs) {
      if (run.record.status === 'diverged') {
        const at = run.record.statusReason ?? `after epoch ${run.metrics.at(-1)?.epoch ?? 0}`;
        notes.push(`${group.fullLabel}, seed ${run.record.seed.label}: diverged (${at}).`);
      }
    }
    if (group.runs.length === 0) notes.push(`${group.fullLabel}: no run yet.`);
  }
  return notes;
}
