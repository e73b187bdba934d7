/** A measure per level: its mean with interval and the single runs as points. */

import * as Plot from '@observablehq/plot';
import type { Measure } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { LevelSummary } from '../analysis/trials/summary.js';
import { formatValue } from '../analysis/words/format.js';
import { maxOf } from '../base/extremes.js';
import { composeFigure, type FigureContext, FONT_SIZE, type LegendEntry, textWidth } from './canvas.js';
import { measureTick, valueDomain } from './measureAxis.js';
import { type ColourOf, FAINT, INK } from './palette.js';
import { plotPanel } from './panel.js';

const WIDTH = 800;
const ROW = 46;

interface Row {
  readonly label: string;
  readonly colour: string;
  readonly summary: LevelSummary;
}

/** One row per level, in the study's order: points for runs, a bar for the 95% interval over seeds, a tick for the mean. */
export function metricFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  measure: Measure,
  colourOf: ColourOf,
): string | null {
  const rows: Row[] = groups.map((group) => ({
    label: group.isBaseline ? `${group.label} (baseline)` : group.label,
    colour: colourOf(group.name),
    summary: group.summary(measure),
  }));
  const drawn = rows.filter((row) => row.summary.n > 0);
  if (drawn.length === 0) return null;
  const height = rows.length * ROW + 74;
  const left = Math.min(300, maxOf(rows.map((row) => textWidth(row.label))) + 24);
  const marks = drawn.flatMap((row) => rowMarks(row, measure));
  const svg = plotPanel(context, marks, {
    width: WIDTH,
    height,
    heading: measure.label.charAt(0).toUpperCase() + measure.label.slice(1),
    marginLeft: left,
    marginRight: 24,
    x: {
      domain: valueDomain(drawn.map((row) => row.summary)),
      label: null,
      grid: true,
      ticks: 7,
      tickFormat: (value: number) => measureTick(value, measure),
    },
    y: { type: 'band', domain: rows.map((row) => row.label), label: null, tickSize: 0, padding: 0.2 },
  });
  const empty = rows.filter((row) => row.summary.n === 0).map((row) => `${row.label}: no run that finished.`);
  return composeFigure(context, [{ svg, x: 0, y: 0 }], {
    height,
    title: `${measure.label} per level: single runs, means and intervals`,
    legend: metricLegend(drawn),
    notes: empty,
  });
}

function metricLegend(rows: readonly Row[]): LegendEntry[] {
  const legend: LegendEntry[] = [{ label: 'single runs', colour: FAINT, kind: 'dot' }];
  if (rows.some((row) => row.summary.interval !== null)) {
    legend.push({ label: 'mean and 95% interval over seeds', colour: FAINT, kind: 'line' });
  }
  return legend;
}

function rowMarks(row: Row, measure: Measure): Plot.Markish[] {
  const { summary, colour, label } = row;
  const repeated = summary.mean !== null && summary.n > 1;
  const middle = summary.mean ?? summary.values[0] ?? 0;
  const data = [{ label, middle, ...(summary.interval ?? { low: middle, high: middle }) }];
  const marks: Plot.Markish[] = [];
  if (summary.interval !== null) {
    marks.push(Plot.ruleY(data, { y: 'label', x1: 'low', x2: 'high', stroke: colour, strokeWidth: 3 }));
  }
  if (repeated) {
    const inset = { insetTop: 9, insetBottom: 9 };
    marks.push(Plot.tickX(data, { x: 'middle', y: 'label', stroke: colour, strokeWidth: 3, ...inset }));
  }
  const points = summary.values.map((value) => ({ value, label }));
  marks.push(
    Plot.dot(points, { x: 'value', y: 'label', r: 4.5, fill: colour, fillOpacity: 0.8, stroke: 'white' }),
  );
  const text = `${repeated ? 'mean ' : ''}${formatValue(middle, measure.unit)}`;
  const style = { dy: -17, fill: INK, fontSize: FONT_SIZE - 1 };
  marks.push(Plot.text(data, { x: 'middle', y: 'label', text: () => text, ...style }));
  return marks;
}
