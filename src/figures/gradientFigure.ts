/** Norms of the gradient of named tensors. */

import type { RunGroup } from '../analysis/trials/runGroup.js';
import { logRange } from './axisRange.js';
import { composeFigure, type Drawn, type FigureContext, twoInARow } from './canvas.js';
import { levelsLegend } from './comparisonFigure.js';
import type { CurveLook } from './curveSeries.js';
import { type EndLabel, endLabels, labelMargin } from './endLabels.js';
import { dashAt, FAINT } from './palette.js';
import { curvePanel, type PanelSeries } from './panel.js';

const HEIGHT = 250;

/**
 * L2 norm of the gradient at the last step of each epoch, on a logarithmic axis, one panel per tensor. Of several seeds the
 * line is the geometric mean. `null` where no run has recorded any of the tensors.
 */
export function gradientFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  tensors: readonly string[],
  look: CurveLook,
): Drawn | null {
  const known = tensors.filter((tensor) => groups.some((group) => group.gradient(tensor).mean.length > 0));
  if (known.length === 0) return null;
  const labels = endLabels(groups);
  const drawn = known.map((tensor) => {
    const series = groups.map((group, i) => tensorSeries(group, tensor, { look, labels, i }));
    const curves = series.flatMap(({ curve, runs }) => [
      curve.map(({ mean }) => mean),
      ...runs.map((run) => run.map(({ value }) => value)),
    ]);
    return { tensor, series, range: logRange(curves) };
  });
  const { panels, height } = twoInARow(drawn, HEIGHT, ({ tensor, series, range }, width) =>
    curvePanel(context, series, {
      width,
      height: HEIGHT,
      heading: `Gradient norm of ${tensor}`,
      x: look.axes.epochs,
      y: range,
      kind: 'norm',
      marginRight: labelMargin(labels),
    }),
  );
  const isRepeated = groups.some((group) => group.runs.length > 1);
  const isBeyond = drawn.some(({ range }) => range.beyond > 0);
  const svg = composeFigure(context, panels, {
    height,
    title: `Gradient norms of ${known.join(', ')} per epoch`,
    legend: [
      ...levelsLegend(
        groups,
        look.colourOf,
        labels.map(({ long }) => long),
      ),
      ...(isBeyond ? [{ label: 'beyond the axis', colour: FAINT, kind: 'beyond' } as const] : []),
    ],
  });
  const caption = [
    'L2 norm of the loss’s gradient, without the weight decay term, at the last step of each epoch, on a logarithmic axis.',
    ...(isRepeated ? ['Line: the geometric mean; thin: single runs.'] : []),
    ...(isBeyond ? ['A triangle: more than four powers of ten from the median, beyond the axis.'] : []),
  ].join(' ');
  return { svg, caption };
}

interface Named {
  readonly look: CurveLook;
  readonly labels: readonly EndLabel[];
  readonly i: number;
}

function tensorSeries(group: RunGroup, tensor: string, { look, labels, i }: Named): PanelSeries {
  const { mean, runs } = group.gradient(tensor);
  return {
    colour: look.colourOf(group.name),
    style: 'line',
    dash: dashAt(i),
    label: labels[i]!.short,
    curve: mean,
    runs,
    band: false,
    diverged: [],
  };
}
