/** Two factors of a factorial study: a measure over the levels of one, a line for each level of the other. */

import * as Plot from '@observablehq/plot';
import type { Measure } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { LevelSummary } from '../analysis/trials/summary.js';
import { factorLabel, levelLabel } from '../analysis/words/labels.js';
import { composeFigure, type FigureContext } from './canvas.js';
import { measureTick, valueDomain } from './measureAxis.js';
import { type ColourOf, dashAt } from './palette.js';
import { plotPanel } from './panel.js';

const WIDTH = 800;
const HEIGHT = 320;
/** Lines of different levels are set apart by this many pixels, so that their intervals do not cover each other. */
const DODGE = 18;
/** And the single runs by so many from their mean, outwards. */
const RUNS_ASIDE = 9;

interface Cell {
  readonly aLabel: string;
  readonly bLabel: string;
  readonly summary: LevelSummary;
}

interface Placed {
  readonly x: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Means of the cells with their 95% intervals over seeds, and single runs; parallel lines mean no interaction. `null` where fewer
 * than two cells have a run that finished.
 */
export function interactionFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  about: { readonly factors: readonly [string, string]; readonly measure: Measure },
  colourOf: ColourOf,
): string | null {
  const [a, b] = about.factors;
  const cells = groups.map(
    (group): Cell => ({
      aLabel: levelLabel(group.levels[a] ?? null),
      bLabel: levelLabel(group.levels[b] ?? null),
      summary: group.summary(about.measure),
    }),
  );
  const drawn = cells.filter((cell) => cell.summary.n > 0);
  if (drawn.length < 2) return null;
  const levelsB = [...new Set(cells.map((cell) => cell.bLabel))];
  const marks = levelsB.flatMap((level, i) => {
    const own = drawn.filter((cell) => cell.bLabel === level);
    const look = { colour: colourOf(`${b}=${level}`), dash: dashAt(i) };
    return lineMarks(own, look, (i - (levelsB.length - 1) / 2) * DODGE);
  });
  const heading = about.measure.label.charAt(0).toUpperCase() + about.measure.label.slice(1);
  const svg = plotPanel(context, marks, {
    width: WIDTH,
    height: HEIGHT,
    heading,
    marginLeft: 60,
    x: {
      type: 'point',
      domain: [...new Set(cells.map((cell) => cell.aLabel))],
      label: factorLabel(a),
      labelAnchor: 'center',
      labelArrow: 'none',
      padding: 0.5,
    },
    y: {
      domain: valueDomain(drawn.map((cell) => cell.summary)),
      label: null,
      grid: true,
      ticks: 6,
      tickFormat: (value: number) => measureTick(value, about.measure),
    },
  });
  const empty = cells.filter((cell) => cell.summary.n === 0);
  return composeFigure(context, [{ svg, x: 0, y: 0 }], {
    height: HEIGHT,
    title: `${heading} for each combination of ${factorLabel(a)} and ${factorLabel(b)}`,
    legend: levelsB.map((level, i) => ({
      label: `${factorLabel(b)} ${level}`,
      colour: colourOf(`${b}=${level}`),
      kind: 'line',
      dash: dashAt(i),
    })),
    notes: empty.map(
      (cell) =>
        `${factorLabel(a)} ${cell.aLabel} with ${factorLabel(b)} ${cell.bLabel}: no run that finished.`,
    ),
  });
}

function lineMarks(
  cells: readonly Cell[],
  { colour, dash }: { readonly colour: string; readonly dash: string },
  dx: number,
): Plot.Markish[] {
  const means: Placed[] = cells.map(({ aLabel, summary }) => {
    const mean = summary.mean ?? 0;
    return { x: aLabel, mean, low: summary.interval?.low ?? mean, high: summary.interval?.high ?? mean };
  });
  const runs = cells.flatMap(({ aLabel, summary }) => summary.values.map((value) => ({ x: aLabel, value })));
  return [
    Plot.line(means, {
      x: 'x',
      y: 'mean',
      stroke: colour,
      strokeWidth: 2,
      dx,
      ...(dash === 'none' ? {} : { strokeDasharray: dash }),
    }),
    Plot.ruleX(means, { x: 'x', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 2.5, dx }),
    Plot.dot(means, { x: 'x', y: 'mean', r: 5, fill: colour, stroke: 'white', dx }),
    // Beside the interval, where the mean does not cover them.
    Plot.dot(runs, {
      x: 'x',
      y: 'value',
      r: 3,
      stroke: colour,
      fill: 'white',
      dx: dx + RUNS_ASIDE * (dx < 0 ? -1 : 1),
    }),
  ];
}
