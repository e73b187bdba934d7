/** The panel of a figure in rows: labels at the left, one axis below. */

import type * as Plot from '@observablehq/plot';
import { ticks } from 'd3-array';
import { maxOf } from '../base/extremes.js';
import { FIGURE_WIDTH, type FigureContext, textWidth } from './canvas.js';
import { plotPanel } from './panel.js';

/** Height of a line of a label. */
const LINE = 15;
/** Above the rows, and below them: ticks and the axis's label with its descenders. */
const TOP = 8;
const BOTTOM = 52;

/** A row: its place on the axis of rows, and its label, already broken into lines. */
export interface RowLine {
  readonly y: string;
  readonly text: readonly string[];
}

/** All rows are as high as the one whose label is broken most often; `least`: with one line. */
export function rowHeight(lines: readonly RowLine[], least: number): number {
  return maxOf(lines.map(({ text }) => Math.max(least, LINE * text.length)));
}

export interface RowPanel {
  readonly row: number;
  /** Room for labels at the left, and for numbers at the right. */
  readonly left: number;
  readonly right: number;
  readonly domain: readonly [number, number];
  readonly label: string;
  readonly tickFormat: (value: number) => string;
}

/** Between the labels of two ticks, in pixels. */
const APART = 14;
const MOST_TICKS = 7;

/** As many ticks as have labels that stand apart, about seven at most. */
export function apartTicks(
  [low, high]: readonly [number, number],
  width: number,
  format: (value: number) => string,
): number[] {
  for (let n = MOST_TICKS; n > 1; n--) {
    const values = ticks(low, high, n);
    const widest = maxOf(values.map((value) => textWidth(format(value))));
    const [first = 0, second = high] = values;
    const step = ((second - first) / (high - low)) * width;
    if (values.length < 2 || widest + APART <= step) return values;
  }
  return ticks(low, high, 1);
}

export function rowPanel(
  context: FigureContext,
  lines: readonly RowLine[],
  marks: Plot.Markish[],
  { row, left, right, domain, label, tickFormat }: RowPanel,
): { readonly svg: Element; readonly height: number } {
  const height = lines.length * row + TOP + BOTTOM;
  const svg = plotPanel(context, marks, {
    width: FIGURE_WIDTH,
    height,
    heading: '',
    marginTop: TOP,
    marginLeft: left,
    marginRight: right,
    marginBottom: BOTTOM,
    x: {
      domain: [...domain],
      label,
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 40,
      grid: true,
      ticks: apartTicks(domain, FIGURE_WIDTH - left - right, tickFormat),
      tickFormat,
    },
    y: { type: 'band', domain: lines.map(({ y }) => y), axis: null, padding: 0 },
  });
  return { svg, height };
}
