/** A factor that was searched over a range: a measure against its value, one point per run. */

import * as Plot from '@observablehq/plot';
import { isFinished } from '../analysis/measures/curves.js';
import { type Measure, measurePhrase } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { measureValue } from '../analysis/trials/summary.js';
import type { Troubles } from '../analysis/trials/troubles.js';
import { factorLabel } from '../analysis/words/labels.js';
import { composeFigure, type Drawn, FIGURE_WIDTH, type FigureContext, type LegendEntry } from './canvas.js';
import { boundsOf, measureTick } from './measureAxis.js';
import { plotPanel } from './panel.js';
import { isTroubled } from './trouble.js';
import { valueRange } from './valueRange.js';

const HEIGHT = 310;

interface ScatterLook {
  readonly colour: string;
  readonly troubles: Troubles;
  /** The range and its distribution: `log-uniform`. */
  readonly range: { readonly min: number; readonly max: number; readonly distribution: string };
}

/** `null` where no run with a numeric level finished. The best trial at the edge of the range is the reader's to see. */
export function scatterFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  measure: Measure,
  { colour, troubles, range }: ScatterLook,
): Drawn | null {
  const [path = ''] = Object.keys(groups[0]?.levels ?? {});
  const points = groups.flatMap(({ levels, runs }) => {
    const x = levels[path];
    if (typeof x !== 'number') return [];
    return runs.filter(isFinished).flatMap((run) => {
      const value = measureValue(run, measure);
      return value === null ? [] : [{ x, value, isTroubled: isTroubled(run, troubles) }];
    });
  });
  if (points.length === 0) return null;
  const label = factorLabel(path);
  const heading = measure.label.charAt(0).toUpperCase() + measure.label.slice(1);
  const spreads = points.map(({ value }) => ({ value, low: null, high: null }));
  const { domain, beyond } = valueRange(spreads, boundsOf(measure));
  const [low, high] = domain;
  const within = points.filter(({ value }) => value >= low && value <= high);
  const isLog = range.distribution === 'log-uniform' && points.every(({ x }) => x > 0);
  const marks = [
    Plot.dot(
      within.filter((point) => !point.isTroubled),
      { x: 'x', y: 'value', r: 4, fill: colour, fillOpacity: 0.55, stroke: colour },
    ),
    Plot.dot(
      within.filter((point) => point.isTroubled),
      { x: 'x', y: 'value', r: 4, symbol: 'times', stroke: colour, strokeWidth: 2.2 },
    ),
    ...[high, low].map((border) => {
      const own = points.filter(({ value }) => (border === high ? value > high : value < low));
      const look = { symbol: 'triangle', r: 4.5, fill: colour, rotate: border === high ? 0 : 180 } as const;
      return Plot.dot(own, { x: 'x', y: () => border, ...look });
    }),
  ];
  const svg = plotPanel(context, marks, {
    width: FIGURE_WIDTH,
    height: HEIGHT,
    heading,
    marginLeft: 66,
    x: {
      type: isLog ? 'log' : 'linear',
      label,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 6,
      tickFormat: '~g',
      nice: true,
    },
    y: {
      domain: [...domain],
      label: null,
      grid: true,
      ticks: 6,
      tickFormat: (value: number) => measureTick(value, measure),
    },
  });
  const legend: (LegendEntry | false)[] = [
    { label: 'single runs', colour, kind: 'dot' },
    points.some((point) => point.isTroubled) && {
      label: 'did not learn, or collapsed',
      colour,
      kind: 'cross',
    },
    beyond > 0 && { label: 'beyond the axis', colour, kind: 'beyond' },
  ];
  const phrase = measurePhrase(measure);
  return {
    svg: composeFigure(context, [{ svg, x: 0, y: 0 }], {
      height: HEIGHT,
      title: `${heading} against ${label}, one point per run`,
      legend: legend.filter((entry) => entry !== false),
    }),
    caption: [
      `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)} against ${label}, drawn ${range.distribution} from ${range.min} to ${range.max}: one point per run. A best value at the edge of the range means: widen it.`,
      ...(beyond > 0 ? ['A triangle: a value beyond the axis.'] : []),
    ].join(' '),
  };
}
