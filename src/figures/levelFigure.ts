/** The curves of one level: loss and accuracy per epoch, training and validation. */

import type { RunGroup } from '../analysis/trials/runGroup.js';
import { maxOf } from '../base/extremes.js';
import { composeFigure, type FigureContext, type LegendEntry } from './canvas.js';
import { type CurveAxes, isMeasured, seriesNotes, seriesOf } from './curveSeries.js';
import { lighter, TRAINING_DASH } from './palette.js';
import { curvePanel } from './panel.js';

const WIDTH = 800;
const HEIGHT = 280;

/**
 * Two panels side by side, loss and accuracy: training light, validation dark, training in evaluation mode as points.
 * With several runs: mean, band of its 95% interval over seeds, single runs thin.
 */
export function levelFigure(
  context: FigureContext,
  group: RunGroup,
  colour: string,
  axes: CurveAxes,
): string {
  const panel = (kind: 'loss' | 'accuracy') => {
    const suffix = kind === 'loss' ? 'Loss' : 'Accuracy';
    const series = [
      seriesOf(group, `train${suffix}`, { colour: lighter(colour), style: 'line', dash: TRAINING_DASH }),
      seriesOf(group, `trainEval${suffix}`, { colour: lighter(colour), style: 'dots' }),
      seriesOf(group, `valid${suffix}`, { colour, style: 'line' }),
    ];
    return curvePanel(context, series, {
      width: WIDTH / 2,
      height: HEIGHT,
      heading: suffix,
      x: axes.epochs,
      y: axes[kind],
      kind,
    });
  };
  const panels = [
    { svg: panel('loss'), x: 0, y: 0 },
    { svg: panel('accuracy'), x: WIDTH / 2, y: 0 },
  ];
  return composeFigure(context, panels, {
    height: HEIGHT,
    title: `${group.fullLabel}: loss and accuracy per epoch, training and validation`,
    legend: [...levelLegend(group, colour), ...beyondLegend(axes, colour)],
    notes: seriesNotes([group], axes),
  });
}

function levelLegend(group: RunGroup, colour: string): LegendEntry[] {
  const legend: LegendEntry[] = [
    { label: 'training', colour: lighter(colour), kind: 'line', dash: TRAINING_DASH },
    { label: 'validation', colour, kind: 'line' },
  ];
  if (isMeasured([group], 'trainEvalAccuracy') || isMeasured([group], 'trainEvalLoss')) {
    legend.push({ label: 'training, evaluation mode', colour: lighter(colour), kind: 'dot' });
  }
  return [...legend, ...repeatLegend([group], colour)];
}

/** Explains the triangles of curves that leave the loss axis, where there are any. */
export function beyondLegend({ loss }: CurveAxes, colour: string): LegendEntry[] {
  return loss.beyond === 0 ? [] : [{ label: 'beyond the axis', colour, kind: 'beyond' }];
}

/** Explains means, bands, single runs and crosses where the figure has them. */
export function repeatLegend(groups: readonly RunGroup[], colour: string): LegendEntry[] {
  const entries: LegendEntry[] = [];
  const most = maxOf(groups.map((group) => group.runs.length));
  const mixed = groups.some((group) => group.mixed);
  if (most > 1) {
    entries.push({ label: `${mixed ? 'single runs' : 'single seeds'} (line: mean)`, colour, kind: 'thin' });
    if (most > 2) entries.push({ label: '95% interval over seeds', colour, kind: 'band' });
  }
  if (groups.some((group) => group.runs.some((run) => run.record.status === 'diverged'))) {
    entries.push({ label: 'diverged', colour, kind: 'cross' });
  }
  return entries;
}
