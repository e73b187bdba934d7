/** Contrasts in one figure: estimates with their intervals, beside the band that counts as no effect. */

import * as Plot from '@observablehq/plot';
import {
  composeFigure,
  FIGURE_WIDTH,
  type FigureContext,
  FONT_SIZE,
  type LegendEntry,
  textWidth,
  wrapText,
} from './canvas.js';
import { FAINT, INK } from './palette.js';
import { type RowLine, rowHeight, rowPanel } from './rowPanel.js';
import { intervalMarks, outwardMarks } from './spreadMarks.js';
import { type ValueRange, valueRange } from './valueRange.js';

const ROW = 22;
const WIDEST_LABEL = 360;
const RIGHT = 84;

/** One contrast, in the units of the axis. */
export interface ForestRow {
  /** `learning rate 0.2`. */
  readonly label: string;
  /** `null` where there is nothing to draw. */
  readonly estimate: number | null;
  /** 95%; `null` where there is none. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Rows of one verdict stand together under it. */
  readonly verdict: string;
  /** Filled where the study has decided; hollow where it has not. */
  readonly isDecided: boolean;
  /** Hollow because something speaks against what was found. */
  readonly isDoubted: boolean;
  /** A part of the row above: the same effect at one level of another factor. */
  readonly isPart: boolean;
}

export interface ForestOptions {
  /** What the axis counts: `difference in validation accuracy (points)`. */
  readonly axis: string;
  /** Half the width of the band around 0. */
  readonly smallestEffect: number | null;
  /** Of the axis: `+5`. */
  readonly tickFormat: (value: number) => string;
  /** Of an estimate: `+5.12`. */
  readonly numberFormat: (value: number) => string;
}

interface Line extends RowLine {
  readonly row: ForestRow | null;
}

/** `null` where no contrast has an estimate. Rows stand in the order given, under a heading for each verdict. */
export function forestFigure(
  context: FigureContext,
  rows: readonly ForestRow[],
  options: ForestOptions,
): { readonly svg: string; readonly range: ValueRange } | null {
  if (rows.every(({ estimate }) => estimate === null)) return null;
  const left = Math.min(
    WIDEST_LABEL,
    rows.reduce((most, { label }) => Math.max(most, textWidth(label)), 0) + 52,
  );
  const lines = linesOf(rows, left);
  const row = rowHeight(lines, ROW);
  const { smallestEffect } = options;
  const range = valueRange(
    rows.map(({ estimate, interval }) => ({
      value: estimate,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
    })),
    { centre: 0, keep: smallestEffect === null ? [] : [-smallestEffect, smallestEffect] },
  );
  const { svg, height } = rowPanel(context, lines, forestMarks(lines, range, options, { left, row }), {
    row,
    left,
    right: RIGHT,
    domain: range.domain,
    label: options.axis,
    tickFormat: options.tickFormat,
  });
  const title = `All contrasts of the study: ${rows.map(({ label, verdict }) => `${label}: ${verdict}`).join('; ')}`;
  const legend = legendOf(rows, range, options);
  return { svg: composeFigure(context, [{ svg, x: 0, y: 0 }], { height, title, legend }), range };
}

function legendOf(rows: readonly ForestRow[], range: ValueRange, options: ForestOptions): LegendEntry[] {
  const drawn = rows.filter(({ estimate, isPart }) => estimate !== null && !isPart);
  const entries: (LegendEntry | false)[] = [
    rows.some(({ interval }) => interval !== null) && {
      label: '95% interval of the difference',
      colour: INK,
      kind: 'interval',
    },
    drawn.some(({ isDecided }) => isDecided) && { label: 'estimate, decided', colour: INK, kind: 'square' },
    drawn.some(({ isDecided }) => !isDecided) && { label: hollowLabel(drawn), colour: INK, kind: 'hollow' },
    rows.some(({ isPart }) => isPart) && {
      label: 'at one level of another factor',
      colour: INK,
      kind: 'dot',
    },
    options.smallestEffect !== null && {
      label: 'smaller than the smallest effect of interest',
      colour: FAINT,
      kind: 'band',
    },
    range.beyond > 0 && { label: 'beyond the axis', colour: INK, kind: 'beyond' },
  ];
  return entries.filter((entry) => entry !== false);
}

function hollowLabel(rows: readonly ForestRow[]): string {
  const open = rows.filter(({ isDecided }) => !isDecided);
  if (open.every(({ isDoubted }) => isDoubted)) return 'with a doubt';
  return open.some(({ isDoubted }) => isDoubted) ? 'not decided, or with a doubt' : 'not decided';
}

function linesOf(rows: readonly ForestRow[], left: number): Line[] {
  const verdicts = [...new Set(rows.map(({ verdict }) => verdict))];
  return verdicts.flatMap((verdict, v) => [
    // Nothing is drawn beside a verdict: it has the whole row.
    { y: `verdict ${v}`, row: null, text: wrapText(verdict, FIGURE_WIDTH - 24) },
    ...rows
      .filter((row) => row.verdict === verdict)
      .map((row, i) => ({ y: `${v} ${i}`, row, text: wrapText(row.label, left - indentOf(row) - 12) })),
  ]);
}

const indentOf = (row: ForestRow | null) => (row === null ? 12 : row.isPart ? 40 : 24);

interface Place {
  readonly left: number;
  readonly row: number;
}

function forestMarks(
  lines: readonly Line[],
  { domain }: ValueRange,
  { smallestEffect, numberFormat }: ForestOptions,
  { left, row: height }: Place,
): Plot.Markish[] {
  const band = smallestEffect === null ? [] : [{ x1: -smallestEffect, x2: smallestEffect }];
  const drawn = lines.flatMap(({ y, row }) =>
    row === null || row.estimate === null
      ? []
      : [{ y, row, value: row.estimate, low: row.interval?.low ?? null, high: row.interval?.high ?? null }],
  );
  const within = drawn.filter(({ value }) => value >= domain[0] && value <= domain[1]);
  const look = { stroke: INK, row: height };
  const headings = lines.filter(({ row }) => row === null);
  return [
    Plot.rect(band, { x1: 'x1', x2: 'x2', fill: FAINT, fillOpacity: 0.18 }),
    Plot.ruleX([0], { stroke: INK, strokeWidth: 1 }),
    Plot.ruleY(headings.slice(1), { y: 'y', stroke: FAINT, strokeOpacity: 0.4, dy: -height / 2 }),
    ...intervalMarks(drawn, domain, look),
    ...outwardMarks(drawn, domain, look),
    Plot.dot(within, {
      x: 'value',
      y: 'y',
      r: ({ row }: (typeof drawn)[number]) => (row.isPart ? 3.2 : 4.6),
      symbol: ({ row }: (typeof drawn)[number]) => (row.isDecided && !row.isPart ? 'square' : 'circle'),
      fill: ({ row }) => (row.isDecided || row.isPart ? INK : '#ffffff'),
      stroke: INK,
      strokeWidth: 1.6,
    }),
    Plot.text(drawn, {
      frameAnchor: 'right',
      y: 'y',
      dx: RIGHT - 12,
      textAnchor: 'end',
      text: ({ value }) => numberFormat(value),
      fill: INK,
      fontSize: FONT_SIZE,
    }),
    ...lines.map(({ y, row, text }) =>
      Plot.text([text.join('\n')], {
        frameAnchor: 'left',
        y: () => y,
        dx: -left + indentOf(row),
        textAnchor: 'start',
        fontWeight: row === null ? 'bold' : 'normal',
        fontSize: FONT_SIZE,
        fill: INK,
        // A verdict crosses the axis's lines.
        ...(row === null ? { stroke: '#ffffff', strokeWidth: 4 } : {}),
      }),
    ),
  ];
}
