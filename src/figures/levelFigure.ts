/** The curves of one level: loss and accuracy per epoch, training and validation. */

import { stateText } from '../analysis/trials/counts.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { capital, joinWords } from '../analysis/words/format.js';
import { metricLabel } from '../analysis/words/labels.js';
import { maxOf } from '../base/extremes.js';
import { composeFigure, type Drawn, type FigureContext, type LegendEntry, twoInARow } from './canvas.js';
import { axisSentences, repeatSentences, titleOf } from './curveCaption.js';
import {
  axisOf,
  type CurveAxes,
  type CurveLook,
  farthestBeyond,
  isMeasured,
  leftAxes,
  ownShown,
  seriesNotes,
  seriesOf,
  shownOf,
} from './curveSeries.js';
import { TRAINING_DASH } from './palette.js';
import { curvePanel, kindOf } from './panel.js';
import { troubleNotes, withTrouble } from './trouble.js';

const HEIGHT = 280;

/** Metrics of one panel: those of training dashed, in evaluation mode as points. */
interface LevelPanel {
  readonly title: string;
  readonly train?: string;
  readonly trainEval?: string;
  /** Solid. */
  readonly main: string;
}

/**
 * Panels side by side, loss and accuracy: training dashed, validation solid, training in evaluation mode as points. Below
 * them one for each metric that has a name of its own. With several runs: mean, band of its 95% interval over seeds, single runs thin.
 */
export function levelFigure(context: FigureContext, group: RunGroup, look: CurveLook): Drawn {
  const { axes, troubles } = look;
  const colour = look.colourOf(group.name);
  const panels = panelsOf(group, axes);
  const drawn = twoInARow(panels, HEIGHT, ({ title, train, trainEval, main }, width) =>
    curvePanel(
      context,
      [
        ...(train === undefined
          ? []
          : [seriesOf(group, train, { colour, style: 'line', dash: TRAINING_DASH })]),
        ...(trainEval === undefined ? [] : [seriesOf(group, trainEval, { colour, style: 'dots' })]),
        seriesOf(group, main, { colour, style: 'line' }),
      ],
      {
        width,
        height: HEIGHT,
        heading: withTrouble(title, group, troubles),
        x: axes.epochs,
        y: axisOf(main, axes),
        kind: kindOf(main),
      },
    ),
  );
  const splits = splitsOf(panels).map(({ name }) => name);
  const svg = composeFigure(context, drawn.panels, {
    height: drawn.height,
    title: `${group.fullLabel}: ${namesOf(panels)} per epoch${splits.length === 0 ? '' : `, ${joinWords(splits)}`}`,
    legend: [...levelLegend(group, panels, colour), ...beyondLegend([group], axes, colour)],
    notes: [...troubleNotes([group], troubles), ...seriesNotes([group], axes)],
  });
  return { svg, caption: captionOf(group, panels, look) };
}

function panelsOf(group: RunGroup, axes: CurveAxes): LevelPanel[] {
  const usual = (['Loss', 'Accuracy'] as const).flatMap((title): LevelPanel[] => {
    const [train, trainEval, main] = [`train${title}`, `trainEval${title}`, `valid${title}`] as const;
    return shownOf([group], [train, trainEval, main], axes).length === 0
      ? []
      : [{ title, train, trainEval, main }];
  });
  return [...usual, ...ownShown([group], axes).map((main) => ({ title: capital(metricLabel(main)), main }))];
}

/** `loss, accuracy and valid f1`. */
function namesOf(panels: readonly LevelPanel[]): string {
  return joinWords(
    panels.map(({ title, main, train }) => (train === undefined ? metricLabel(main) : title.toLowerCase())),
  );
}

/** How the lines of the splits are told apart; nothing where no panel has both. */
function splitsOf(panels: readonly LevelPanel[]): { name: string; look: string }[] {
  const hasBoth = panels.some(({ train }) => train !== undefined);
  return hasBoth
    ? [
        { name: 'training', look: 'dashed' },
        { name: 'validation', look: 'solid' },
      ]
    : [];
}

function captionOf(group: RunGroup, panels: readonly LevelPanel[], { axes, troubles }: CurveLook): string {
  const { declared, done } = group.counts;
  const splits = splitsOf(panels).map(({ name, look }) => `, ${name} ${look}`);
  const names = panels.flatMap(({ train, main }) => (train === undefined ? [main] : [train, main]));
  return [
    `${withTrouble(titleOf(group), group, troubles)}. ${capital(namesOf(panels))} per epoch${splits.join('')}.`,
    ...repeatSentences([group], names, axes),
    ...(declared === done ? [] : [`${stateText(group.counts)}.`]),
    ...axisSentences([group], axes),
  ].join(' ');
}

function levelLegend(group: RunGroup, panels: readonly LevelPanel[], colour: string): LegendEntry[] {
  const legend: LegendEntry[] = splitsOf(panels).map(({ name, look }) => ({
    label: name,
    colour,
    kind: 'line',
    ...(look === 'dashed' ? { dash: TRAINING_DASH } : {}),
  }));
  if (isMeasured([group], 'trainEvalAccuracy') || isMeasured([group], 'trainEvalLoss')) {
    legend.push({ label: 'training, evaluation mode', colour, kind: 'dot' });
  }
  return [...legend, ...repeatLegend([group], colour)];
}

/** Explains the triangles of curves that leave their axis, where there are any. */
export function beyondLegend(groups: readonly RunGroup[], axes: CurveAxes, colour: string): LegendEntry[] {
  const isLeft = leftAxes(axes).some((axis) =>
    groups.some(({ runs }) => runs.some((run) => farthestBeyond(run, axis) !== null)),
  );
  return isLeft ? [{ label: 'beyond the axis', colour, kind: 'beyond' }] : [];
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
