/** Levels of a factor -> series of a panel, and the axes that a study's figures share. */

import {
  type CurveName,
  curveMetricsOf,
  curveOf,
  type MeanPoint,
  type Point,
} from '../analysis/measures/curves.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { Troubles } from '../analysis/trials/troubles.js';
import { formatValue } from '../analysis/words/format.js';
import { type AxisRange, axisRange } from './axisRange.js';
import type { ColourOf } from './palette.js';
import type { PanelSeries } from './panel.js';

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
}

type Runs = RunGroup['runs'];
const LOSSES = curveMetricsOf('loss');

/**
 * Axes for all curve figures of a study, so that they can be compared. The loss axis follows the runs that did not diverge, by
 * the rule of axisRange.ts; a curve beyond it is drawn at its border, and marked.
 */
export function curveAxes(runs: Runs): CurveAxes {
  const last = runs.reduce(
    (most, run) => run.metrics.reduce((max, row) => Math.max(max, row.epoch), most),
    1,
  );
  const sound = runs.filter((run) => run.record.status !== 'diverged');
  const curves = (sound.length > 0 ? sound : runs).flatMap((run) =>
    LOSSES.map((name) => curveOf(run, name).map(({ value }) => value)),
  );
  return {
    epochs: last === 1 ? [0, 2] : [1, last],
    loss: axisRange(curves),
    accuracy: { domain: [0, accuracyTop(runs)], scale: 'linear', beyond: 0 },
  };
}

/** The next ten per cent above the highest accuracy, at most 100%. */
function accuracyTop(runs: Runs): number {
  const names = curveMetricsOf('accuracy');
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

/** The highest loss of a run that lies beyond the axis. */
function highestBeyond(run: RunGroup['runs'][number], { beyond, domain }: AxisRange): Point | null {
  if (beyond === 0) return null;
  const points = LOSSES.flatMap((name) => curveOf(run, name)).filter(({ value }) => value > domain[1]);
  return points.reduce<Point | null>(
    (most, one) => (most === null || one.value > most.value ? one : most),
    null,
  );
}

/** What must be said under a figure: runs that leave its loss axis, that are missing or diverged. */
export function seriesNotes(groups: readonly RunGroup[], { loss }: CurveAxes): string[] {
  const notes: string[] = [];
  for (const group of groups) {
    for (const run of group.runs) {
      const peak = highestBeyond(run, loss);
      if (peak !== null) {
        const value = formatValue(peak.value, 'loss');
        notes.push(
          `${group.fullLabel}, seed ${run.record.seed.label}: a loss of ${value} in epoch ${peak.epoch} is beyond the axis.`,
        );
      }
      if (run.record.status === 'diverged') {
        const at = run.record.statusReason ?? `after epoch ${run.metrics.at(-1)?.epoch ?? 0}`;
        notes.push(`${group.fullLabel}, seed ${run.record.seed.label}: diverged (${at}).`);
      }
    }
    if (group.runs.length === 0) notes.push(`${group.fullLabel}: no run yet.`);
  }
  return notes;
}
