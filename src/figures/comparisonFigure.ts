/** All levels of a factor in one figure. */

import type { RunGroup } from '../analysis/trials/runGroup.js';
import { maxOf } from '../base/extremes.js';
import type { AxisRange } from './axisRange.js';
import { composeFigure, type FigureContext, type LegendEntry } from './canvas.js';
import { type CurveAxes, seriesNotes, seriesOf } from './curveSeries.js';
import { beyondLegend, repeatLegend } from './levelFigure.js';
import { type ColourOf, dashAt, FAINT } from './palette.js';
import { curvePanel } from './panel.js';

const WIDTH = 800;
const LARGE = 290;
const SMALL = 190;

/** Validation accuracy and loss of every level, large; training accuracy and loss below, small. */
export function comparisonFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  colourOf: ColourOf,
  axes: CurveAxes,
): string {
  const panel = (split: 'valid' | 'train', kind: 'loss' | 'accuracy', height: number) => {
    const name = `${split}${kind === 'loss' ? 'Loss' : 'Accuracy'}` as const;
    const series = groups.map((group, i) =>
      seriesOf(group, name, { colour: colourOf(group.name), style: 'line', dash: dashAt(i) }),
    );
    const highest = Math.max(
      0,
      maxOf(
        series.flatMap(({ curve, runs }) => [
          ...curve.map((point) => point.mean),
          ...runs.flatMap((run) => run.map((point) => point.value)),
        ]),
      ),
    );
    const top = Math.min(1, Math.ceil(highest * 10 + 0.2) / 10 || 1);
    const range: AxisRange = kind === 'loss' ? axes.loss : { domain: [0, top], scale: 'linear', beyond: 0 };
    return curvePanel(context, series, {
      width: WIDTH / 2,
      height,
      heading: `${split === 'valid' ? 'Validation' : 'Training'} ${kind}`,
      x: axes.epochs,
      y: range,
      kind,
    });
  };
  const panels = [
    { svg: panel('valid', 'accuracy', LARGE), x: 0, y: 0 },
    { svg: panel('valid', 'loss', LARGE), x: WIDTH / 2, y: 0 },
    { svg: panel('train', 'accuracy', SMALL), x: 0, y: LARGE },
    { svg: panel('train', 'loss', SMALL), x: WIDTH / 2, y: LARGE },
  ];
  return composeFigure(context, panels, {
    height: LARGE + SMALL,
    title: `Comparison: ${groups.map((group) => group.fullLabel).join(', ')}`,
    legend: [...levelsLegend(groups, colourOf), ...repeatLegend(groups, FAINT), ...beyondLegend(axes, FAINT)],
    notes: seriesNotes(groups, axes),
  });
}

/** One entry per level, the baseline marked. */
export function levelsLegend(groups: readonly RunGroup[], colourOf: ColourOf): LegendEntry[] {
  return groups.map((group, i) => ({
    label: group.isBaseline ? `${group.fullLabel} (baseline)` : group.fullLabel,
    colour: colourOf(group.name),
    kind: 'line',
    dash: dashAt(i),
  }));
}
