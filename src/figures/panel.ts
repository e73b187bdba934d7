/** One panel of curves over epochs. */

import * as Plot from '@observablehq/plot';
import { ticks } from 'd3-array';
import type { CurveName, MeanPoint, Point } from '../analysis/measures/curves.js';
import { metricUnit } from '../analysis/words/labels.js';
import type { AxisRange } from './axisRange.js';
import { append, type FigureContext, FONT, FONT_SIZE, fitText } from './canvas.js';
import { placeLabels } from './endLabels.js';
import { dashed, INK } from './palette.js';

/** One curve of a panel: a mean with its band and the single runs behind, or a single run. */
export interface PanelSeries {
  readonly colour: string;
  readonly style: 'line' | 'dots';
  /** `stroke-dasharray` of the line; none: solid. */
  readonly dash?: string;
  /** Stands at the line's end. */
  readonly label?: string;
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
  readonly kind: 'accuracy' | 'loss' | 'norm' | 'rate' | 'number';
  /** Room for the labels at the lines' ends; 16 without any. */
  readonly marginRight?: number;
}

/** How the values of a metric are written at its axis. */
export function kindOf(name: CurveName): PanelOptions['kind'] {
  const unit = metricUnit(name);
  return unit === 'accuracy' || unit === 'loss' ? unit : 'number';
}

const CLASS = 'ceteris-panel';
const MARGIN = { top: 28, left: 58, right: 16, bottom: 42 } as const;

/** Draws the panel. Values beyond the y domain are drawn at its border, with a triangle where a curve leaves it. */
export function curvePanel(
  context: FigureContext,
  series: readonly PanelSeries[],
  options: PanelOptions,
): Element {
  const { y } = options;
  const [low, high] = y.domain;
  const clamp = (value: number) => Math.min(high, Math.max(low, value));
  const cross = { x: 'epoch', y: (point: Point) => clamp(point.value), symbol: 'times', r: 5 } as const;
  const marks: Plot.Markish[] = [
    ...series.flatMap((one) => bandMarks(one, y)),
    ...series.flatMap((one) => thinMarks(one, clamp)),
    ...series.flatMap((one) => mainMarks(one, clamp)),
    ...series.map((one) => Plot.dot(one.diverged, { ...cross, stroke: one.colour, strokeWidth: 2.5 })),
    ...series.flatMap((one) => beyondMarks(one, y.domain)),
  ];
  const svg = plotPanel(context, marks, {
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
  drawEndLabels(context, svg, series, options);
  return svg;
}

function yScale(options: PanelOptions): Plot.ScaleOptions {
  const shared = { domain: [...options.y.domain], label: null, grid: true, ticks: 5 };
  if (options.y.scale === 'log')
    return { ...shared, type: 'log', ticks: logTicks(options.y.domain), tickFormat: plainTick };
  if (options.kind === 'accuracy')
    return { ...shared, tickFormat: (value: number) => `${+(value * 100).toFixed(1)}%` };
  return options.kind === 'rate' || options.kind === 'number' ? { ...shared, tickFormat: plainTick } : shared;
}

/** `200`, `−0.05`: Plot's own way with numbers of one digit is `2e+2`. */
export function plainTick(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

const MOST_LOG_TICKS = 7;

/** Ticks of a logarithmic axis, all of which have a label: round numbers within a power of ten, then 1, 2, 5, then powers. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const within = (values: readonly number[]) => values.filter((value) => value >= low && value <= high);
  const fine = within(powers.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`))));
  if (fine.length < 3) return ticks(low, high, 4);
  if (fine.length <= MOST_LOG_TICKS) return fine;
  const step = Math.ceil(powers.length / MOST_LOG_TICKS);
  return within(powers.filter((power) => power % step === 0).map((power) => Number(`1e${power}`)));
}

const wholeEpoch = (value: number) => (Number.isInteger(value) ? String(value) : '');

/** An interval wider than this share of the axis tells nothing but that a run is elsewhere: its epochs have no band. */
const WIDEST_BAND = 0.5;

/** Whether an epoch's interval is narrow enough to be drawn. */
export function isBandDrawn({ low, high }: MeanPoint, { domain: [bottom, top], scale }: AxisRange): boolean {
  if (low === null || high === null) return false;
  if (scale === 'linear') return high - low <= WIDEST_BAND * (top - bottom);
  return low > 0 && Math.log(high / low) <= WIDEST_BAND * Math.log(top / bottom);
}

function bandMarks(one: PanelSeries, y: AxisRange): Plot.Markish[] {
  const [bottom, top] = y.domain;
  const known = one.curve.filter((point) => point.low !== null && point.high !== null);
  if (!one.band || known.length === 0) return [];
  const bound = (point: MeanPoint, value: number | null) =>
    isBandDrawn(point, y) ? Math.min(top, Math.max(bottom, value ?? 0)) : Number.NaN;
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
  // Dashed as their mean: solid ones would fill its gaps where runs lie close together.
  return one.runs.map((run) =>
    run.length === 1 || one.style === 'dots'
      ? Plot.dot(run, { x: 'epoch', y, r: 1.5, fill: one.colour, fillOpacity: 0.5 })
      : Plot.line(run, {
          x: 'epoch',
          y,
          stroke: one.colour,
          strokeWidth: 0.7,
          strokeOpacity: 0.55,
          ...dashed(one.dash),
        }),
  );
}

function mainMarks(one: PanelSeries, clamp: (value: number) => number): Plot.Markish[] {
  if (one.curve.length === 0) return [];
  const y = (point: MeanPoint) => clamp(point.mean);
  if (one.curve.length === 1 || one.style === 'dots') {
    return [Plot.dot(one.curve, { x: 'epoch', y, r: one.curve.length === 1 ? 4 : 2.5, fill: one.colour })];
  }
  return [
    Plot.line(one.curve, {
      x: 'epoch',
      y,
      stroke: one.colour,
      strokeWidth: 1.8,
      strokeLinejoin: 'round',
      ...dashed(one.dash),
    }),
  ];
}

/** A triangle at the border, pointing out, for each stretch of epochs in which a curve, or a single run, lies beyond it. */
function beyondMarks(one: PanelSeries, [low, high]: readonly [number, number]): Plot.Markish[] {
  const curves = [one.curve.map(({ epoch, mean }) => ({ epoch, value: mean })), ...one.runs];
  const sides = [
    { isBeyond: (value: number) => value > high, at: high, look: { dy: 4 } },
    { isBeyond: (value: number) => value < low, at: low, look: { dy: -4, rotate: 180 } },
  ];
  return sides.flatMap(({ isBeyond, at, look }) => {
    const points = new Map<number, Point>();
    for (const curve of curves) {
      curve.forEach((point, i) => {
        const before = curve[i - 1];
        const begins = isBeyond(point.value) && (before === undefined || !isBeyond(before.value));
        if (begins) points.set(point.epoch, point);
      });
    }
    if (points.size === 0) return [];
    const shape = { symbol: 'triangle', r: 5, fill: one.colour, stroke: 'white', strokeWidth: 0.7 } as const;
    return [Plot.dot([...points.values()], { x: 'epoch', y: () => at, ...look, ...shape })];
  });
}

/** The labels of series that have one, right of the panel, at the height where their lines end. */
function drawEndLabels(
  context: FigureContext,
  svg: Element,
  series: readonly PanelSeries[],
  { width, height, x, y, marginRight = MARGIN.right }: PanelOptions,
): void {
  const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
  const share = (value: number) => {
    const [low, high] = y.domain;
    const at = Math.min(high, Math.max(low, value));
    return y.scale === 'log' ? Math.log(at / low) / Math.log(high / low) : (at - low) / (high - low);
  };
  const ends = series.flatMap(({ label, colour, curve }) => {
    const last = curve.at(-1);
    if (label === undefined || last === undefined) return [];
    const across = (last.epoch - x[0]) / (x[1] - x[0]);
    const at = MARGIN.left + across * (width - MARGIN.left - marginRight);
    return [{ label, colour, x: at, y: bottom - share(last.mean) * (bottom - top) }];
  });
  const edge = width - marginRight;
  for (const { label, colour, x: from, y: end, placed } of placeLabels(ends, [top, bottom])) {
    const line = { x1: from, y1: end, x2: edge + 8, y2: placed, stroke: colour, 'stroke-width': 0.8 };
    // What crosses the panel, from a curve that ended early, must not pass for a curve.
    const isAcross = from < edge - 1;
    append(context, svg, 'line', isAcross ? { ...line, 'stroke-dasharray': '1 4' } : line);
    append(context, svg, 'text', { x: edge + 11, y: placed + 4.5, fill: INK, 'text-anchor': 'start' }, label);
  }
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
  const { marginLeft = MARGIN.left } = options;
  const plot = Plot.plot({
    document: context.document,
    className: CLASS,
    width: options.width,
    height: options.height,
    marginTop: options.marginTop ?? MARGIN.top,
    marginLeft,
    marginRight: options.marginRight ?? MARGIN.right,
    marginBottom: options.marginBottom ?? MARGIN.bottom,
    style: { fontFamily: FONT, fontSize: `${FONT_SIZE}px`, color: INK, background: 'none' },
    x: options.x,
    y: options.y,
    marks: [
      ...marks,
      Plot.text([fitText(options.heading, options.width - 12)], {
        frameAnchor: 'top-left',
        dy: -20,
        dx: -marginLeft + 12,
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
