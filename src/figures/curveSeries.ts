/** Levels of a factor -> series of a panel, and the axes that a study's figures share. */

import { median } from 'd3-array';
import { type CurveName, curveOf, meanCurve, type Point } from '../analysis/measures/curves.js';
import type { LevelGroup } from '../analysis/trials/levels.js';
import type { PanelSeries } from './panel.js';

export interface CurveAxes {
  readonly epochs: readonly [number, number];
  readonly loss: readonly [number, number];
  readonly accuracy: readonly [number, number];
}

type Runs = LevelGroup['runs'];
const LOSSES = ['trainLoss', 'validLoss', 'trainEvalLoss'] as const;

/**
 * Axes for all curve figures of a study, so that they can be compared. The loss axis holds the runs that did not diverge,
 * but a single spike may not flatten all curves: it ends at the larger of twice a typical first epoch's loss and the
 * largest loss of a last epoch, and a curve beyond is drawn at the border.
 */
export function curveAxes(runs: Runs): CurveAxes {
  const last = runs.reduce(
    (most, run) => run.metrics.reduce((max, row) => Math.max(max, row.epoch), most),
    1,
  );
  const sound = runs.filter((run) => run.record.status !== 'diverged');
  const values = (sound.length > 0 ? sound : runs).flatMap((run) => LOSSES.map((name) => curveOf(run, name)));
  const largest = values.reduce(
    (most, curve) => curve.reduce((max, { value }) => Math.max(max, value), most),
    0,
  );
  const first = median(values.flatMap((curve) => curve[0]?.value ?? [])) ?? 0;
  const end = values.reduce((most, curve) => Math.max(most, curve.at(-1)?.value ?? 0), 0);
  const top = Math.min(largest, Math.max(2 * first, 1.1 * end));
  return {
    epochs: last === 1 ? [0, 2] : [1, last],
    loss: [0, top > 0 ? top * 1.04 : 1],
    accuracy: [0, accuracyTop(runs)],
  };
}

/** The next ten per cent above the highest accuracy, at most 100%. */
function accuracyTop(runs: Runs): number {
  const names = ['trainAccuracy', 'validAccuracy', 'trainEvalAccuracy'] as const;
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
  group: Pick<LevelGroup, 'runs'>,
  name: CurveName,
  look: Pick<PanelSeries, 'colour' | 'style'>,
): PanelSeries {
  const finished = group.runs.filter((run) => run.record.status !== 'diverged');
  const diverged = group.runs.filter((run) => run.record.status === 'diverged');
  const single = group.runs.length === 1;
  return {
    ...look,
    curve: meanCurve(single ? group.runs : finished, name),
    runs: single ? [] : group.runs.map((run) => curveOf(run, name)),
    band: true,
    diverged: look.style === 'dots' ? [] : diverged.flatMap((run): Point[] => curveOf(run, name).slice(-1)),
  };
}

/** True where any run of the groups measured this metric. */
export function isMeasured(groups: readonly Pick<LevelGroup, 'runs'>[], name: CurveName): boolean {
  return groups.some((group) => group.runs.some((run) => curveOf(run, name).length > 0));
}

/** What must be said under a figure: runs that are missing or diverged, curves that have no data. */
export function seriesNotes(groups: readonly LevelGroup[]): string[] {
  const notes: string[] = [];
  for (const group of groups) {
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
