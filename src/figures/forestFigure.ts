/** All contrasts of a study in one figure: estimates with their intervals, beside the band that counts as no effect. */

import * as Plot from '@observablehq/plot';
import { composeFigure, type FigureContext, FONT_SIZE, textWidth, wrapText } from './canvas.js';
import { FAINT, INK } from './palette.js';
import { plotPanel } from './panel.js';

const WIDTH = 800;
const ROW = 30;
const WIDEST_LABEL = 330;

/** One contrast, in the units of the axis. */
export interface ForestRow {
  /** `learning rate 0.2 - 0.05`. */
  readonly label: string;
  readonly estimate: number;
  /** The confirmatory interval; `null` where there is none. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Rows of one verdict stand together under it. */
  readonly verdict: string;
  /** Filled where the study has decided; hollow where it has not. */
  readonly isDecided: boolean;
}

export interface ForestOptions {
  /** What the axis counts: `difference in validation accuracy (points)`. */
  readonly axis: string;
  /** Half the width of the band around 0. */
  readonly smallestEffect: number | null;
  readonly tickFormat: (value: number) => string;
}

interface Line {
  readonly y: string;
  readonly row: ForestRow | null;
  readonly text: string;
}

/** `null` where there is no contrast. Rows stand in the order given, under a heading for each verdict. */
export function forestFigure(
  context: FigureContext,
  rows: readonly ForestRow[],
  options: ForestOptions,
): string | null {
  if (rows.length === 0) return null;
  const lines = linesOf(rows);
  const height = lines.length * ROW + 80;
  const left = Math.min(
    WIDEST_LABEL,
    lines.reduce((most, { text }) => Math.max(most, textWidth(text)), 0) + 28,
  );
  const domain = domainOf(rows, options.smallestEffect);
  const svg = plotPanel(context, forestMarks(lines, options, left), {
    width: WIDTH,
    height,
    heading: '',
    marginTop: 8,
    marginLeft: left,
    marginRight: 70,
    marginBottom: 44,
    x: {
      domain,
      label: options.axis,
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      ticks: 7,
      tickFormat: options.tickFormat,
    },
    y: { type: 'band', domain: lines.map(({ y }) => y), axis: null, padding: 0 },
  });
  return composeFigure(context, [{ svg, x: 0, y: 0 }], {
    width: WIDTH,
    height,
    title: `All contrasts of the study: ${rows.map(({ label, verdict }) => `${label}: ${verdict}`).join('; ')}`,
    legend: [
      { label: 'estimate and 95% interval', colour: INK, kind: 'interval' },
      ...(options.smallestEffect === null
        ? []
        : [{ label: 'smaller than the smallest effect of interest', colour: FAINT, kind: 'band' } as const]),
    ],
  });
}

function linesOf(rows: readonly ForestRow[]): Line[] {
  const verdicts = [...new Set(rows.map(({ verdict }) => verdict))];
  return verdicts.flatMap((verdict, v) => [
    { y: `verdict ${v}`, row: null, text: verdict },
    ...rows
      .filter((row) => row.verdict === verdict)
      .map((row, i) => ({ y: `${v} ${i}`, row, text: row.label })),
  ]);
}

/** Holds every interval, the band and 0. */
function domainOf(rows: readonly ForestRow[], smallestEffect: number | null): [number, number] {
  const band = smallestEffect ?? 0;
  const bounds = rows.flatMap(({ estimate, interval }) => [
    estimate,
    interval?.low ?? estimate,
    interval?.high ?? estimate,
  ]);
  const low = bounds.reduce((a, b) => Math.min(a, b), -band);
  const high = bounds.reduce((a, b) => Math.max(a, b), band);
  const margin = (high - low) * 0.05 || 0.5;
  return [low - margin, high + margin];
}

function forestMarks(lines: readonly Line[], options: ForestOptions, left: number): Plot.Markish[] {
  const { smallestEffect, tickFormat } = options;
  const marks: Plot.Markish[] = [];
  if (smallestEffect !== null) {
    const band = [{ x1: -smallestEffect, x2: smallestEffect }];
    marks.push(Plot.rect(band, { x1: 'x1', x2: 'x2', fill: FAINT, fillOpacity: 0.16 }));
  }
  marks.push(Plot.ruleX([0], { stroke: INK, strokeWidth: 1 }));
  const drawn = lines.flatMap(({ y, row }) =>
    row === null
      ? []
      : [{ y, row, low: row.interval?.low ?? row.estimate, high: row.interval?.high ?? row.estimate }],
  );
  const known = drawn.filter(({ row }) => row.interval !== null);
  const stroke = { stroke: INK, strokeWidth: 1.8 };
  marks.push(Plot.ruleY(known, { y: 'y', x1: 'low', x2: 'high', ...stroke }));
  for (const end of ['low', 'high'] as const) {
    marks.push(
      Plot.tickX(known, { x: end, y: 'y', insetTop: ROW / 2 - 5, insetBottom: ROW / 2 - 5, ...stroke }),
    );
  }
  marks.push(
    Plot.dot(drawn, {
      x: ({ row }) => row.estimate,
      y: 'y',
      r: 4.5,
      symbol: 'square',
      fill: ({ row }) => (row.isDecided ? INK : 'white'),
      stroke: INK,
      strokeWidth: 1.6,
    }),
    Plot.text(drawn, {
      x: 'high',
      y: 'y',
      dx: 10,
      textAnchor: 'start',
      text: ({ row }) => tickFormat(row.estimate),
      fill: INK,
      fontSize: FONT_SIZE,
    }),
  );
  for (const isHeading of [true, false]) {
    const own = lines.filter(({ row }) => (row === null) === isHeading);
    marks.push(
      Plot.text(own, {
        frameAnchor: 'left',
        y: 'y',
        dx: -left + (isHeading ? 12 : 24),
        textAnchor: 'start',
        text: ({ text }: Line) => wrapText(text, left - 28).join('\n'),
        fontWeight: isHeading ? 'bold' : 'normal',
        fontSize: FONT_SIZE,
        fill: INK,
      }),
    );
  }
  return marks;
}
