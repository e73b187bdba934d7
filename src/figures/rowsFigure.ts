/** A measure in rows, one for each trial or level: every run as a point, the mean with its interval above them. */

import * as Plot from '@observablehq/plot';
import { isFinished } from '../analysis/measures/curves.js';
import type { Measure } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { type LevelSummary, measureValue } from '../analysis/trials/summary.js';
import type { Troubles } from '../analysis/trials/troubles.js';
import { commonDecimals, formatValue } from '../analysis/words/format.js';
import { maxOf } from '../base/extremes.js';
import {
  composeFigure,
  FIGURE_WIDTH,
  type FigureContext,
  FONT_SIZE,
  type LegendEntry,
  textWidth,
  wrapText,
} from './canvas.js';
import { layOut } from './coincident.js';
import { boundsOf, measureTick } from './measureAxis.js';
import { type ColourOf, FAINT, INK } from './palette.js';
import { type RowLine, rowHeight, rowPanel } from './rowPanel.js';
import { intervalMarks, outwardMarks } from './spreadMarks.js';
import { isTroubled, withReason } from './trouble.js';
import { type ValueRange, valueRange } from './valueRange.js';

/** Height of a row: an interval above, up to four lanes of points below; fewer points need less, and single ones a line of text. */
const ROW = { whole: 34, dense: 28, single: 22 } as const;
/** Above so many lines three seeds a row stand closer, so that the figure and the forest share a page. */
const DENSE_LINES = 6;
const WIDEST_LABEL = 360;
const RIGHT = 124;
/** The interval stands above the points, by so much. */
const ABOVE = -6;
const BELOW = 5;
const LANES = 4;
const LANE = 4;
const POINT = 3.4;

/** Rows under a heading; `null`: no heading. */
export interface RowSection {
  readonly heading: string | null;
  readonly groups: readonly RunGroup[];
}

export interface RowsOptions {
  readonly measure: Measure;
  readonly troubles: Troubles;
  readonly colourOf: ColourOf;
  readonly title: string;
}

/** Options, and the decimals that all means of the figure are told with. */
interface Told extends RowsOptions {
  readonly decimals: number | null;
}

interface Line extends RowLine {
  readonly group: RunGroup | null;
  readonly summary: LevelSummary | null;
}

/** `null` where no group has a value. */
export function rowsFigure(
  context: FigureContext,
  sections: readonly RowSection[],
  options: RowsOptions,
): { readonly svg: string; readonly range: ValueRange } | null {
  const { measure } = options;
  const groups = sections.flatMap((section) => section.groups);
  const summaries = groups.map((group) => group.summary(measure));
  if (summaries.every(({ n }) => n === 0)) return null;
  const range = rowsRange(summaries, measure);
  const { lines, left } = linesOf(sections, options);
  const decimals = commonDecimals(
    summaries.map(({ mean }) => mean),
    measure.unit,
  );
  const row = rowHeight(lines, leastRow(lines));
  const place: Place = { left, row, domain: range.domain };
  const { svg, height } = rowPanel(context, lines, rowsMarks(lines, place, { ...options, decimals }), {
    row,
    left,
    right: RIGHT,
    domain: range.domain,
    label: measure.label.charAt(0).toUpperCase() + measure.label.slice(1),
    tickFormat: (value) => measureTick(value, measure),
  });
  return {
    svg: composeFigure(context, [{ svg, x: 0, y: 0 }], {
      height,
      title: options.title,
      legend: legendOf(groups, summaries, { ...options, range }),
    }),
    range,
  };
}

/** Rows are no higher than what stands in them. */
function leastRow(lines: readonly Line[]): number {
  const most = maxOf(lines.map(({ summary }) => summary?.n ?? 0));
  if (most <= 1) return ROW.single;
  return lines.length > DENSE_LINES && most <= 3 ? ROW.dense : ROW.whole;
}

/** The axis of a measure's values and intervals over groups of runs. */
export function rowsRange(summaries: readonly LevelSummary[], measure: Measure): ValueRange {
  const spreads = summaries.flatMap(({ values, mean, interval }) => [
    { value: mean, low: interval?.low ?? null, high: interval?.high ?? null },
    ...values.map((value) => ({ value, low: null, high: null })),
  ]);
  return valueRange(spreads, boundsOf(measure));
}

function linesOf(
  sections: readonly RowSection[],
  { measure, troubles }: RowsOptions,
): { readonly lines: readonly Line[]; readonly left: number } {
  const labelled = sections.map(({ heading, groups }) => ({
    heading,
    rows: groups.map((group) => ({ group, label: withReason(nameOf(group), group, troubles) })),
  }));
  const indent = sections.some(({ heading }) => heading !== null) ? 12 : 0;
  const widths = labelled.flatMap(({ heading, rows }) => [
    textWidth(heading ?? ''),
    ...rows.map(({ label }) => textWidth(label) + indent),
  ]);
  const left = Math.min(WIDEST_LABEL, maxOf(widths) + 28);
  const lines = labelled.flatMap(({ heading, rows }, s): Line[] => [
    ...(heading === null
      ? []
      : [{ y: `section ${s}`, text: wrapText(heading, left - 24), group: null, summary: null }]),
    ...rows.map(({ group, label }, i) => ({
      y: `${s} ${i}`,
      text: wrapText(label, left - 24 - indent),
      group,
      summary: group.summary(measure),
    })),
  ]);
  return { lines, left };
}

const nameOf = (group: RunGroup) => (group.isBaseline ? `${group.label} (baseline)` : group.label);

interface Place {
  readonly left: number;
  readonly row: number;
  readonly domain: readonly [number, number];
}

function rowsMarks(lines: readonly Line[], place: Place, options: Told): Plot.Markish[] {
  const { left, row } = place;
  const baseline = lines.find(({ group, summary }) => group?.isBaseline === true && summary?.mean !== null);
  const reference = baseline?.summary?.mean;
  const indent = lines.some(({ group }) => group === null) ? 12 : 0;
  return [
    ...(reference === undefined || reference === null
      ? []
      : [Plot.ruleX([reference], { stroke: FAINT, strokeDasharray: '3 3' })]),
    Plot.ruleY(
      lines.slice(1).filter(({ group }) => group === null),
      { y: 'y', stroke: FAINT, strokeOpacity: 0.4, dy: -row / 2 },
    ),
    ...lines.flatMap((line) => (line.group === null ? [] : rowMarks(line, line.group, place, options))),
    ...lines.map(({ y, text, group }) =>
      Plot.text([text.join('\n')], {
        frameAnchor: 'left',
        y: () => y,
        dx: -left + 12 + (group === null ? 0 : indent),
        textAnchor: 'start',
        fontWeight: group === null ? 'bold' : 'normal',
        fontSize: FONT_SIZE,
        fill: INK,
      }),
    ),
  ];
}

function rowMarks(
  { y, summary }: Line,
  group: RunGroup,
  { left, row, domain }: Place,
  { measure, troubles, colourOf, decimals }: Told,
): Plot.Markish[] {
  const colour = colourOf(group.name);
  const { mean, interval, n } = summary!;
  const text =
    n === 0 ? 'no run finished' : `${formatValue(mean, measure.unit, decimals)}${n > 1 ? `  n = ${n}` : ''}`;
  const means = n > 1 ? [{ y, value: mean, low: interval?.low ?? null, high: interval?.high ?? null }] : [];
  const dy = n > 1 ? ABOVE : 0;
  const look = { stroke: colour, row, dy };
  const isWithin = (value: number | null) => value !== null && value >= domain[0] && value <= domain[1];
  const meanTick = { insetTop: row / 2 - 7, insetBottom: row / 2 - 7, strokeWidth: 3.2, dy };
  return [
    ...intervalMarks(means, domain, look),
    Plot.tickX(
      means.filter(({ value }) => isWithin(value)),
      { x: 'value', y: 'y', stroke: colour, ...meanTick },
    ),
    ...pointMarks(pointsOf(group, measure, troubles), {
      y,
      colour,
      left,
      row,
      domain,
      dy: n > 1 ? BELOW : 0,
    }),
    Plot.text([text], {
      frameAnchor: 'right',
      y: () => y,
      dx: RIGHT - 8,
      textAnchor: 'end',
      fontSize: FONT_SIZE,
      fill: INK,
    }),
  ];
}

interface RunPoint {
  readonly value: number;
  readonly isTroubled: boolean;
}

function pointsOf({ runs }: RunGroup, measure: Measure, troubles: Troubles): RunPoint[] {
  return runs.flatMap((run) => {
    const value = measureValue(run, measure);
    const ended = isFinished(run) || run.record.status === 'diverged';
    return value === null || !ended ? [] : [{ value, isTroubled: isTroubled(run, troubles) }];
  });
}

interface PointPlace extends Place {
  readonly y: string;
  readonly colour: string;
  readonly dy: number;
}

function pointMarks(
  points: readonly RunPoint[],
  { y, colour, left, row, domain, dy }: PointPlace,
): Plot.Markish[] {
  const [from, to] = domain;
  const pixel = ({ value }: RunPoint) => ((value - from) / (to - from)) * (FIGURE_WIDTH - left - RIGHT);
  const within = points.filter(({ value }) => value >= from && value <= to);
  const laid = layOut(within, pixel, { gap: 2 * POINT, lanes: LANES });
  const lanes = [...new Set(laid.map(({ lane }) => lane))];
  return [
    ...lanes.flatMap((lane) => {
      const own = laid.filter((one) => one.lane === lane);
      const at = { x: ({ point }: (typeof laid)[number]) => point.value, y: () => y, dy: dy + lane * LANE };
      const sound = own.filter(({ point }) => !point.isTroubled);
      const bad = own.filter(({ point }) => point.isTroubled);
      return [
        Plot.dot(sound, { ...at, r: POINT, fill: '#ffffff', stroke: colour, strokeWidth: 1.5 }),
        Plot.dot(bad, { ...at, r: 4, symbol: 'times', stroke: colour, strokeWidth: 2.2 }),
        Plot.text(
          own.filter(({ times }) => times > 1),
          {
            ...at,
            dx: 8,
            textAnchor: 'start',
            text: ({ times }) => `×${times}`,
            fontSize: FONT_SIZE,
            fill: INK,
          },
        ),
      ];
    }),
    ...outwardMarks(
      points.map(({ value }) => ({ y, value })),
      domain,
      { stroke: colour, row, dy },
    ),
  ];
}

function legendOf(
  groups: readonly RunGroup[],
  summaries: readonly LevelSummary[],
  { measure, troubles, range }: RowsOptions & { readonly range: ValueRange },
): LegendEntry[] {
  const hasTrouble = groups.some((group) => pointsOf(group, measure, troubles).some((one) => one.isTroubled));
  const entries: (LegendEntry | false)[] = [
    { label: 'single runs: their spread', colour: FAINT, kind: 'hollow' },
    summaries.some(({ interval }) => interval !== null) && {
      label: 'mean and its 95% interval over seeds',
      colour: FAINT,
      kind: 'interval',
    },
    groups.some(({ isBaseline }) => isBaseline) && {
      label: 'the baseline’s mean',
      colour: FAINT,
      kind: 'thin',
      dash: '3 3',
    },
    hasTrouble && { label: 'did not learn, or collapsed', colour: FAINT, kind: 'cross' },
    range.beyond > 0 && { label: 'beyond the axis', colour: FAINT, kind: 'beyond' },
  ];
  return entries.filter((entry) => entry !== false);
}

/** What points, bars and triangles are, after what the figure shows. */
export function rowsCaption(
  subject: string,
  sections: readonly RowSection[],
  measure: Measure,
  range: ValueRange,
): string {
  const summaries = sections.flatMap(({ groups }) => groups.map((group) => group.summary(measure)));
  const hasIntervals = summaries.some(({ interval }) => interval !== null);
  return [
    `${subject}: every run a point, set aside where points coincide.`,
    hasIntervals
      ? 'Above the points the mean with its 95% interval over seeds: how well the mean is known, not how far runs spread.'
      : 'One run has no interval.',
    ...(range.beyond === 0
      ? []
      : ['A triangle: the value, or the end of the interval, lies beyond the axis.']),
  ].join(' ');
}
