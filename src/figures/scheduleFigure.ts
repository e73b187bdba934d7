/** The learning rate over the epochs, where schedules differ. */

import type { RunGroup } from '../analysis/trials/runGroup.js';
import { maxOf } from '../base/extremes.js';
import { composeFigure, type Drawn, FIGURE_WIDTH, type FigureContext } from './canvas.js';
import { levelsLegend } from './comparisonFigure.js';
import { type CurveLook, seriesOf } from './curveSeries.js';
import { endLabels, labelMargin } from './endLabels.js';
import { dashAt } from './palette.js';
import { curvePanel } from './panel.js';

const HEIGHT = 220;
/** Relative to the highest rate: recorded rates are rounded. */
const SAME = 1e-6;

/** `null` where all groups follow one course, whatever its height: constant rates of different levels need no figure. */
export function scheduleFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  look: CurveLook,
  /** Of crossed factors, the levels of the others: `learning rate 0.05`. */
  where: string | null = null,
): Drawn | null {
  const known = groups.filter((group) => courseOf(group).length > 0);
  const [first, ...others] = known.map(courseOf);
  if (first === undefined || others.every((one) => isSameCourse(first, one))) return null;
  const labels = endLabels(known);
  const series = known.map((group, i) => ({
    ...seriesOf(group, 'learningRate', {
      colour: look.colourOf(group.name),
      style: 'line',
      dash: dashAt(i),
      label: labels[i]!.short,
    }),
    // A schedule does not depend on the seed.
    runs: [],
    band: false,
  }));
  const rates = known.flatMap((group) => group.curve('learningRate').mean.map(({ mean }) => mean));
  const highest = maxOf(rates);
  const svg = curvePanel(context, series, {
    width: FIGURE_WIDTH,
    height: HEIGHT,
    heading: 'Learning rate',
    x: look.axes.epochs,
    y: { domain: [0, highest > 0 ? highest * 1.06 : 1], scale: 'linear', beyond: 0 },
    kind: 'rate',
    marginRight: labelMargin(labels),
  });
  return {
    svg: composeFigure(context, [{ svg, x: 0, y: 0 }], {
      height: HEIGHT,
      title: 'Learning rate per epoch',
      legend: levelsLegend(
        known,
        look.colourOf,
        labels.map(({ long }) => long),
      ),
    }),
    caption: `The learning rate of each epoch, as it was recorded${where === null ? '' : `, at ${where}`}.`,
  };
}

/** The rates by epoch as shares of the highest. */
function courseOf(group: RunGroup): readonly { readonly epoch: number; readonly share: number }[] {
  const { mean } = group.curve('learningRate');
  const highest = mean.reduce((most, point) => Math.max(most, point.mean), 0);
  return highest === 0 ? [] : mean.map(({ epoch, mean: rate }) => ({ epoch, share: rate / highest }));
}

type Course = ReturnType<typeof courseOf>;

/** On the epochs that both have. */
function isSameCourse(a: Course, b: Course): boolean {
  const other = new Map(b.map(({ epoch, share }) => [epoch, share]));
  return a.every(({ epoch, share }) => Math.abs((other.get(epoch) ?? share) - share) <= SAME);
}
