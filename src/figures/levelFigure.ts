/** The curves of one level: loss and accuracy per epoch, training and validation. */

import { stateText } from '../analysis/trials/counts.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { maxOf } from '../base/extremes.js';
import { composeFigure, type Drawn, FIGURE_WIDTH, type FigureContext, type LegendEntry } from './canvas.js';
import { axisSentences, repeatSentences, titleOf } from './curveCaption.js';
import { type CurveAxes, type CurveLook, isMeasured, seriesNotes, seriesOf } from './curveSeries.js';
import { TRAINING_DASH } from './palette.js';
import { curvePanel } from './panel.js';
import { troubleNotes, withTrouble } from './trouble.js';

const HEIGHT = 280;

/**
 * Two panels side by side, loss and accuracy: training dashed, validation solid, training in evaluation mode as points.
 * With several runs: mean, band of its 95% interval over seeds, single runs thin.
 */
export function levelFigure(context: FigureContext, group: RunGroup, look: CurveLook): Drawn {
  const { axes, troubles } = look;
  const colour = look.colourOf(group.name);
  const panel = (kind: 'loss' | 'accuracy') => {
    const suffix = kind === 'loss' ? 'Loss' : 'Accuracy';
    const series = [
      seriesOf(group, `train${suffix}`, { colour, style: 'line', dash: TRAINING_DASH }),
      seriesOf(group, `trainEval${suffix}`, { colour, style: 'dots' }),
      seriesOf(group, `valid${suffix}`, { colour, style: 'line' }),
    ];
    return curvePanel(context, series, {
      width: FIGURE_WIDTH / 2,
      height: HEIGHT,
      heading: withTrouble(suffix, group, troubles),
      x: axes.epochs,
      y: axes[kind],
      kind,
    });
  };
  const panels = [
    { svg: panel('loss'), x: 0, y: 0 },
    { svg: panel('accuracy'), x: FIGURE_WIDTH / 2, y: 0 },
  ];
  const svg = composeFigure(context, panels, {
    height: HEIGHT,
    title: `${group.fullLabel}: loss and accuracy per epoch, training and validation`,
    legend: [...levelLegend(group, colour), ...beyondLegend(axes, colour)],
    notes: [...troubleNotes([group], troubles), ...seriesNotes([group], axes)],
  });
  return { svg, caption: captionOf(group, look) };
}

function captionOf(group: RunGroup, { axes, troubles }: CurveLook): string {
  const { declared, done } = group.counts;
  return [
    `${withTrouble(titleOf(group), group, troubles)}. Loss and accuracy per epoch, training dashed, validation solid.`,
    ...repeatSentences([group], ['trainLoss', 'validLoss', 'trainAccuracy', 'validAccuracy'], axes),
    ...(declared === done ? [] : [`${stateText(group.counts)}.`]),
    ...axisSentences([group], axes),
  ].join(' ');
}

function levelLegend(group: RunGroup, colour: string): LegendEntry[] {
  const legend: LegendEntry[] = [
    { label: 'training', colour, kind: 'line', dash: TRAINING_DASH },
    { label: 'validation', colour, kind: 'line' },
  ];
  if (isMeasured([group], 'trainEvalAccuracy') || isMeasured([group], 'trainEvalLoss')) {
    legend.push({ label: 'training, evaluation mode', colour, kind: 'dot' });
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
  if (most > 1) {
    entries.push({ label: 'single runs: their spread', colour, kind: 'thin' });
    if (most > 2) entries.push({ label: '95% interval of the mean', colour, kind: 'band' });
  }
  if (groups.some((group) => group.runs.some((run) => run.record.status === 'diverged'))) {
    entries.push({ label: 'diverged', colour, kind: 'cross' });
  }
  return entries;
}
