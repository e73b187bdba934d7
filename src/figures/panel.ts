/** One panel of curves over epochs. */

import * as Plot from '@observablehq/plot';
import type { MeanPoint, Point } from '../analysis/measures/curves.js';
import type { AxisRange } from './axisRange.js';
import { type FigureContext, FONT, FONT_SIZE } from './canvas.js';
import { INK } from './palette.js';

/** One curve of a panel: a mean with its band and the single runs behind, or a single run. */
export interface PanelSeries {
  readonly colour: string;
  readonly style: 'line' | 'dots';
  /** `stroke-dasharray` of the line; none: solid. */
  readonly dash?: string;
  /** Mean over the runs, or the run itself. */
  readonly curve: readonly MeanPoint[];
  /** Single runs, thin, behind; empty where there is only one. */
  readonly runs: readonly (readonly Point[])[];
  /** Draw the interval band where it exists. */
  readonly band: boolean;
  /** Where runs diverged: a cross at their last finite value. */
  readonly diverged: readonly Point[];
}

export interface PanelOptions {
  readonly width: number;
  readonly height: number;
  readonly heading: string;
  readonly x: readonly [number, number];
  readonly y: AxisRange;
  readonly kind: 'accuracy' | 'loss' | 'norm';
}

const CLASS = 'ceteris-panel';

/** Draws the panel. Values beyond the y domain are drawn at its border, with a triangle where a curve leaves it. */
export function curvePanel(
  context: FigureContext,
  series: readonly PanelSeries[],
  options: PanelOptions,
): Element {
  const [low, high] = options.y.domain;
  const clamp = (value: number) => Math.min(high, Math.max(low, value));
  const cross = { x: 'epoch', y: (point: Point) => clamp(point.value), symbol: 'times', r: 5 } as const;
  const marks: Plot.Markish[] = [
    ...series.flatMap((one) => bandMarks(one, options.y.domain)),
    ...series.flatMap((one) => thinMarks(one, clamp)),
    ...series.flatMap((one) => mainMarks(one, clamp)),
    ...series.map((one) => Plot.dot(one.diverged, { ...cross, stroke: one.colour, strokeWidth: 2.5 })),
    ...series.flatMap((one) => beyondMarks(one, high)),
  ];
  return plotPanel(context, marks, {
    ...options,
    y: yScale(options),
    x: {
      domain: [...options.x],
      label: 'epoch',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 6,
      tickFormat: wholeEpoch,
    },
  });
}

function yScale(options: PanelOptions): Plot.ScaleOptions {
  const shared = { domain: [...options.y.domain], label: null, grid: true, ticks: 5 };
  if (options.y.scale === 'log') return { ...shared, type: 'log', ticks: 4, tickFormat: '~g' };
  if (options.kind === 'accuracy')
    return { ...shared, tickFormat: (value: number) => `${+(value * 100).toFixed(1)}%` };
  return shared;
}

const wholeEpoch = (value: number) => (Number.isInteger(value) ? String(value) : '');

/** An interval wider than this share of the axis tells nothing but that a run is elsewhere: its epochs have no band. */
const WIDEST_BAND = 0.5;

function bandMarks(one: PanelSeries, [bottom, top]: readonly [number, number]): Plot.Markish[] {
  const known = one.curve.filter((point) => point.low !== null && point.high !== null);
  if (!one.band || known.length === 0) return [];
  const isDrawn = ({ low, high }: MeanPoint) => (high ?? 0) - (low ?? 0) <= WIDEST_BAND * (top - bottom);
  const bound = (point: MeanPoint, value: number | null) =>
    isDrawn(point) ? Math.min(top, Math.max(bottom, value ?? 0)) : Number.NaN;
  const bounds = {
    y1: (point: MeanPoint) => bound(point, point.low),
    y2: (point: MeanPoint) => bound(point, point.high),
  };
  if (known.length === 1 || one.style === 'dots') {
    return [
      Plot.ruleX(known, { x: 'epoch', ...bounds, stroke: one.colour, strokeOpacity: 0.5, strokeWidth: 3 }),
    ];
  }
  return [Plot.areaY(known, { x: 'epoch', ...bounds, fill: one.colour, fillOpacity: 0.22 })];
}

function thinMarks(one: PanelSeries, clamp: (value: number) => number): Plot.Markish[] {
  const y = (point: Point) => clamp(point.value);
  return one.runs.map((run) =>
    run.length === 1 || one.style === 'dots'
      ? Plot.dot(run, { x: 'epoch', y, r: 1.5, fill: one.colour, fillOpacity: 0.5 })
      : Plot.line(run, { x: 'epoch', y, stroke: one.colour, strokeWidth: 0.7, strokeOpacity: 0.45 }),
  );
}

function mainMarks(one: PanelSeries, clamp: (value: number) => number): Plot.Markish[] {
  if (one.curve.length === 0) return [];
  const y = (point: MeanPoint) => clamp(point.mean);
  if (one.curve.length === 1 || one.style === 'dots') {
    return [Plot.dot(one.curve, { x: 'epoch', y, r: one.curve.length === 1 ? 4 : 2.5, fill: one.colour })];
  }
  const { dash = 'none' } = one;
  return [
    Plot.line(one.curve, {
      x: 'epoch',
      y,
      stroke: one.colour,
      strokeWidth: 1.8,
      strokeLinejoin: 'round',
      ...(dash === 'none' ? {} : { strokeDasharray: dash }),
    }),
  ];
}

/** A triangle at the border for each stretch of epochs in which a curve, or a single run, lies above it. */
function beyondMarks(one: PanelSeries, high: number): Plot.Markish[] {
  const curves = [one.curve.map(({ epoch, mean }) => ({ epoch, value: mean })), ...one.runs];
  const points = new Map<number, Point>();
  for (const curve of curves) {
    curve.forEach((point, i) => {
      const begins = point.value > high && !((curve[i - 1]?.value ?? 0) > high);
      if (begins) points.set(point.epoch, point);
    });
  }
  if (points.size === 0) return [];
  const look = { symbol: 'triangle', r: 5, fill: one.colour, stroke: 'white', strokeWidth: 0.7 } as const;
  return [Plot.dot([...points.values()], { x: 'epoch', y: () => high, dy: 4, ...look })];
}

export interface PlotPanelOptions {
  readonly width: number;
  readonly height: number;
  readonly heading: string;
  readonly x: Plot.ScaleOptions;
  readonly y: Plot.ScaleOptions;
  readonly marginLeft?: number;
  readonly marginRight?: number;
  readonly marginTop?: number;
  readonly marginBottom?: number;
}

/** A Plot of one panel with its heading at the top left, ready to be placed. */
export function plotPanel(
  context: FigureContext,
  marks: readonly Plot.Markish[],
  options: PlotPanelOptions,
): Element {
  const plot = Plot.plot({
    document: context.document,
    className: CLASS,
    width: options.width,
    height: options.height,
    marginTop: options.marginTop ?? 28,
    marginLeft: options.marginLeft ?? 52,
    marginRight: options.marginRight ?? 16,
    marginBottom: options.marginBottom ?? 38,
    style: { fontFamily: FONT, fontSize: `${FONT_SIZE}px`, color: INK, background: 'none' },
    x: options.x,
    y: options.y,
    marks: [
      ...marks,
      Plot.text([options.heading], {
        frameAnchor: 'top-left',
        dy: -20,
        dx: -(options.marginLeft ?? 52) + 12,
        fontWeight: 'bold',
        fill: INK,
        fontSize: FONT_SIZE,
      }),
    ],
  });
  // Plot's own attributes, which its style overrides: programs that ignore styles read them.
  plot.setAttribute('font-size', String(FONT_SIZE));
  plot.setAttribute('font-family', FONT);
  return plot as unknown as Element;
}
