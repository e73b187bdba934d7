/** Norms of the gradient of named tensors. */

import type { RunGroup } from '../analysis/trials/runGroup.js';
import { composeFigure, type FigureContext } from './canvas.js';
import { levelsLegend } from './comparisonFigure.js';
import type { CurveAxes } from './curveSeries.js';
import { type ColourOf, dashAt } from './palette.js';
import { curvePanel, type PanelSeries } from './panel.js';

const WIDTH = 800;
const HEIGHT = 250;

/**
 * L2 norm of the gradient at the last step of each epoch, on a logarithmic axis, one panel per tensor. Of several seeds the
 * line is the geometric mean. `null` where no run has recorded any of the tensors.
 */
export function gradientFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  tensors: readonly string[],
  look: { readonly colourOf: ColourOf; readonly axes: CurveAxes },
): string | null {
  const known = tensors.filter((tensor) => groups.some((group) => group.gradient(tensor).mean.length > 0));
  if (known.length === 0) return null;
  const columns = known.length === 1 ? 1 : 2;
  const panels = known.map((tensor, i) => {
    const series = groups.map((group, i) => ({
      ...tensorSeries(group, tensor, look.colourOf(group.name)),
      dash: dashAt(i),
    }));
    const svg = curvePanel(context, series, {
      width: WIDTH / columns,
      height: HEIGHT,
      heading: `Gradient norm of ${tensor}`,
      x: look.axes.epochs,
      y: { domain: logDomain(series), scale: 'log', beyond: 0 },
      kind: 'norm',
    });
    return { svg, x: (i % columns) * (WIDTH / columns), y: Math.floor(i / columns) * HEIGHT };
  });
  return composeFigure(context, panels, {
    height: HEIGHT * Math.ceil(known.length / columns),
    title: `Gradient norms of ${known.join(', ')} per epoch`,
    legend: levelsLegend(groups, look.colourOf),
    notes: groups.some((group) => group.runs.length > 1) ? ['Thin: single seeds; line: geometric mean.'] : [],
  });
}

function tensorSeries(group: RunGroup, tensor: string, colour: string): PanelSeries {
  const { mean, runs } = group.gradient(tensor);
  return { colour, style: 'line', curve: mean, runs, band: false, diverged: [] };
}

function logDomain(series: readonly PanelSeries[]): [number, number] {
  const values = series.flatMap(({ curve, runs }) => [
    ...curve.map((point) => point.mean),
    ...runs.flatMap((run) => run.map((point) => point.value)),
  ]);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  return low === high ? [low / 2, high * 2] : [low / 1.15, high * 1.15];
}
