/** Two factors of a factorial study: a measure over the levels of one, a line for each level of the other. */

import * as Plot from '@observablehq/plot';
import { isFinished } from '../analysis/measures/curves.js';
import { type Measure, measurePhrase } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { type LevelSummary, measureValue } from '../analysis/trials/summary.js';
import type { Troubles } from '../analysis/trials/troubles.js';
import { factorLabel, levelLabel } from '../analysis/words/labels.js';
import { composeFigure, type Drawn, FIGURE_WIDTH, type FigureContext, type LegendEntry } from './canvas.js';
import { layOut } from './coincident.js';
import type { CurveLook } from './curveSeries.js';
import { measureTick } from './measureAxis.js';
import { dashAt, dashed, FAINT } from './palette.js';
import { plotPanel } from './panel.js';
import { rowsRange } from './rowsFigure.js';
import { isTroubled, troubleNotes } from './trouble.js';
import type { ValueRange } from './valueRange.js';

const HEIGHT = 340;
const MARGIN = { top: 28, bottom: 42 } as const;
/** Lines of different levels are set apart by this many pixels, so that their intervals do not cover each other. */
const DODGE = 26;
/** And the single runs by so many from their mean, outwards. */
const RUNS_ASIDE = 9;
const LANE = 5;

interface Cell {
  readonly aLabel: string;
  readonly bLabel: string;
  readonly group: RunGroup;
  readonly summary: LevelSummary;
}

/**
 * Means of the cells with their 95% intervals over seeds, and single runs; parallel lines mean no interaction. `null` where fewer
 * than two cells have a run that finished.
 */
export function interactionFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  about: { readonly factors: readonly [string, string]; readonly measure: Measure },
  look: Pick<CurveLook, 'colourOf' | 'troubles'>,
): Drawn | null {
  const [a, b] = about.factors;
  const { measure } = about;
  const cells = groups.map(
    (group): Cell => ({
      aLabel: levelLabel(group.levels[a] ?? null),
      bLabel: levelLabel(group.levels[b] ?? null),
      group,
      summary: group.summary(measure),
    }),
  );
  const drawn = cells.filter((cell) => cell.summary.n > 0);
  if (drawn.length < 2) return null;
  const range = rowsRange(
    drawn.map((cell) => cell.summary),
    measure,
  );
  const levelsB = [...new Set(cells.map((cell) => cell.bLabel))];
  const marks = levelsB.flatMap((level, i) => {
    const own = drawn.filter((cell) => cell.bLabel === level);
    const dx = (i - (levelsB.length - 1) / 2) * DODGE;
    const line: LineLook = { colour: look.colourOf(`${b}=${level}`), dash: dashAt(i), dx, range };
    return lineMarks(own, line, { measure, troubles: look.troubles });
  });
  const svg = plotPanel(context, marks, {
    width: FIGURE_WIDTH,
    height: HEIGHT,
    heading: measure.label.charAt(0).toUpperCase() + measure.label.slice(1),
    marginLeft: 66,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    x: {
      type: 'point',
      domain: [...new Set(cells.map((cell) => cell.aLabel))],
      label: factorLabel(a),
      labelAnchor: 'center',
      labelArrow: 'none',
      padding: 0.5,
    },
    y: {
      domain: [...range.domain],
      label: null,
      grid: true,
      ticks: 6,
      tickFormat: (value: number) => measureTick(value, measure),
    },
  });
  const lines = levelsB.map(
    (level, i): LegendEntry => ({
      label: `${factorLabel(b)} ${level}`,
      colour: look.colourOf(`${b}=${level}`),
      kind: 'line',
      dash: dashAt(i),
    }),
  );
  return {
    svg: composeFigure(context, [{ svg, x: 0, y: 0 }], {
      height: HEIGHT,
      title: `${measure.label} for each combination of ${factorLabel(a)} and ${factorLabel(b)}`,
      legend: [...lines, ...markLegend(drawn, range, look.troubles)],
      notes: notesOf(cells, look.troubles),
    }),
    caption: captionOf(drawn, about, range),
  };
}

function markLegend(drawn: readonly Cell[], range: ValueRange, troubles: Troubles): LegendEntry[] {
  const entries: (LegendEntry | false)[] = [
    { label: 'single runs: their spread', colour: FAINT, kind: 'hollow' },
    drawn.some(({ summary }) => summary.interval !== null) && {
      label: 'mean and its 95% interval',
      colour: FAINT,
      kind: 'interval',
    },
    drawn.some(({ group }) => group.runs.some((run) => isTroubled(run, troubles))) && {
      label: 'did not learn, or collapsed',
      colour: FAINT,
      kind: 'cross',
    },
    range.beyond > 0 && { label: 'beyond the axis', colour: FAINT, kind: 'beyond' },
  ];
  return entries.filter((entry) => entry !== false);
}

/** Cells without a run that finished, cells that did not learn or collapsed, and how that is known. */
function notesOf(cells: readonly Cell[], troubles: Troubles): string[] {
  return [
    ...cells
      .filter(({ summary }) => summary.n === 0)
      .map(({ group }) => `${group.fullLabel}: no run that finished.`),
    ...troubleNotes(
      cells.map(({ group }) => group),
      troubles,
    ),
  ];
}

function captionOf(
  drawn: readonly Cell[],
  { factors: [a, b], measure }: Parameters<typeof interactionFigure>[2],
  range: ValueRange,
): string {
  const phrase = measurePhrase(measure);
  return [
    `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)} for each combination of ${factorLabel(a)} and ${factorLabel(b)}: filled, the mean${drawn.some(({ summary }) => summary.interval !== null) ? ' with its 95% interval over seeds' : ''}; open, beside it, the single runs. Parallel lines: no interaction.`,
    drawn.some(({ group }) => group.mixed) ? 'Runs of one combination differ in other factors too.' : '',
    range.beyond > 0 ? 'A triangle: the value, or the end of the interval, lies beyond the axis.' : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

interface LineLook {
  readonly colour: string;
  readonly dash: string;
  readonly dx: number;
  readonly range: ValueRange;
}

interface Placed {
  readonly x: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function lineMarks(
  cells: readonly Cell[],
  { colour, dash, dx, range }: LineLook,
  { measure, troubles }: { readonly measure: Measure; readonly troubles: Troubles },
): Plot.Markish[] {
  const [from, to] = range.domain;
  const clamp = (value: number) => Math.min(to, Math.max(from, value));
  const means: Placed[] = cells.map(({ aLabel, summary }) => {
    const value = summary.mean ?? 0;
    return { x: aLabel, value, low: summary.interval?.low ?? value, high: summary.interval?.high ?? value };
  });
  const pixel = (value: number) => ((value - from) / (to - from)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const runs = cells.flatMap(({ aLabel, group }) => {
    const own = group.runs.filter(isFinished).flatMap((run) => {
      const value = measureValue(run, measure);
      return value === null ? [] : [{ x: aLabel, value, isTroubled: isTroubled(run, troubles) }];
    });
    return layOut(own, ({ value }) => pixel(value), { gap: 6, lanes: 4 });
  });
  const lanes = [...new Set(runs.map(({ lane }) => lane))];
  const outward = dx < 0 ? -1 : 1;
  const beyond = [
    ...means.flatMap(({ x, value, low, high }) => [value, low, high].map((at) => ({ x, value: at }))),
    ...runs.map(({ point: { x, value } }) => ({ x, value })),
  ];
  return [
    Plot.line(means, {
      x: 'x',
      y: ({ value }: Placed) => clamp(value),
      stroke: colour,
      strokeWidth: 1.8,
      dx,
      ...dashed(dash),
    }),
    Plot.ruleX(means, {
      x: 'x',
      y1: ({ low }: Placed) => clamp(low),
      y2: ({ high }: Placed) => clamp(high),
      stroke: colour,
      strokeWidth: 2.2,
      dx,
    }),
    Plot.dot(
      means.filter(({ value }) => clamp(value) === value),
      { x: 'x', y: 'value', r: 4.6, fill: colour, stroke: 'white', dx },
    ),
    // Beside the interval, where the mean does not cover them.
    ...lanes.flatMap((lane) => {
      const own = runs.filter((run) => run.lane === lane && clamp(run.point.value) === run.point.value);
      const at = {
        x: ({ point }: (typeof runs)[number]) => point.x,
        y: ({ point }: (typeof runs)[number]) => point.value,
        dx: dx + outward * (RUNS_ASIDE + lane * LANE),
      };
      return [
        Plot.dot(
          own.filter(({ point }) => !point.isTroubled),
          { ...at, r: 3, stroke: colour, fill: 'white' },
        ),
        Plot.dot(
          own.filter(({ point }) => point.isTroubled),
          { ...at, r: 4, symbol: 'times', stroke: colour, strokeWidth: 2.2 },
        ),
        Plot.text(
          own.filter(({ times }) => times > 1),
          {
            ...at,
            dx: at.dx + outward * 8,
            textAnchor: outward < 0 ? 'end' : 'start',
            text: ({ times }) => `×${times}`,
          },
        ),
      ];
    }),
    ...(['low', 'high'] as const).flatMap((end) => {
      const own = beyond.filter(({ value }) => (end === 'low' ? value < from : value > to));
      if (own.length === 0) return [];
      const look = { symbol: 'triangle', r: 4.5, fill: colour, rotate: end === 'low' ? 180 : 0, dx } as const;
      return [Plot.dot(own, { x: 'x', y: () => (end === 'low' ? from : to), ...look })];
    }),
  ];
}
