/** A factor that was searched over a range: a measure against its value, one point per run. */

import * as Plot from '@observablehq/plot';
import type { Measure } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { factorLabel } from '../analysis/words/labels.js';
import { composeFigure, type FigureContext } from './canvas.js';
import { measureTick, pointDomain } from './measureAxis.js';
import { plotPanel } from './panel.js';

const WIDTH = 800;
const HEIGHT = 300;

/** `null` where no run with a numeric level finished. The best trial at the edge of the range is the reader's to see. */
export function scatterFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  measure: Measure,
  look: { readonly colour: string; readonly log: boolean },
): string | null {
  const [path = ''] = Object.keys(groups[0]?.levels ?? {});
  const summaries = groups.map((group) => group.summary(measure));
  const points = groups.flatMap(({ levels }, i) => {
    const x = levels[path];
    return typeof x === 'number' ? summaries[i]!.values.map((value) => ({ x, value })) : [];
  });
  if (points.length === 0) return null;
  const label = factorLabel(path);
  const heading = measure.label.charAt(0).toUpperCase() + measure.label.slice(1);
  const svg = plotPanel(
    context,
    [Plot.dot(points, { x: 'x', y: 'value', r: 4, fill: look.colour, fillOpacity: 0.7, stroke: 'white' })],
    {
      width: WIDTH,
      height: HEIGHT,
      heading,
      marginLeft: 60,
      x: {
        type: look.log && points.every(({ x }) => x > 0) ? 'log' : 'linear',
        label,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: 6,
        tickFormat: '~g',
        nice: true,
      },
      y: {
        domain: pointDomain(summaries, measure),
        label: null,
        grid: true,
        ticks: 6,
        tickFormat: (value: number) => measureTick(value, measure),
      },
    },
  );
  return composeFigure(context, [{ svg, x: 0, y: 0 }], {
    height: HEIGHT,
    title: `${heading} against ${label}, one point per run`,
    legend: [{ label: 'single runs', colour: look.colour, kind: 'dot' }],
  });
}
