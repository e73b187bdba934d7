/** Lines of several levels or trials in one figure, told apart by dashes and by labels at their ends. */

import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { AxisRange } from './axisRange.js';
import {
  composeFigure,
  type Drawn,
  FIGURE_WIDTH,
  type FigureContext,
  type LegendEntry,
  type PlacedPanel,
} from './canvas.js';
import { axisSentences, repeatSentences } from './curveCaption.js';
import { type CurveLook, seriesNotes, seriesOf } from './curveSeries.js';
import { endLabels, labelMargin } from './endLabels.js';
import { beyondLegend, repeatLegend } from './levelFigure.js';
import { type ColourOf, dashAt, FAINT } from './palette.js';
import { curvePanel } from './panel.js';
import { troubleLabel, troubleNotes } from './trouble.js';

const LARGE = 290;
const SMALL = 210;

/** Of more lines the bands and single runs would hide each other: the lines stand alone. */
const MOST_BANDS = 6;

type Split = 'valid' | 'train';

/** One row of the figure: an accuracy and a loss of the same groups. */
interface PanelRow {
  readonly groups: readonly RunGroup[];
  readonly split: Split;
  readonly height: number;
  /** Above its panels: `weight decay 0.01`; empty where the figure has one set of groups. */
  readonly label: string;
}

/** Validation accuracy and loss of every level, large; training accuracy and loss below, small. */
export function comparisonFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  about: { readonly title: string },
  look: CurveLook,
): Drawn {
  const rows: PanelRow[] = [
    { groups, split: 'valid', height: LARGE, label: '' },
    { groups, split: 'train', height: SMALL, label: '' },
  ];
  const svg = rowsOfPanels(context, rows, look);
  const caption = [
    `All levels of ${about.title}: validation above, training below; the labels at the lines’ ends name the levels.`,
    ...shared(groups, look),
  ].join(' ');
  return { svg, caption };
}

/** One combination of the other factors' levels, with one trial for each level of the factor in question. */
export interface Facet {
  readonly label: string;
  readonly groups: readonly RunGroup[];
}

/** Small multiples: a row of panels for each combination of the other factors' levels, validation only. */
export function facetFigure(
  context: FigureContext,
  facets: readonly Facet[],
  about: { readonly title: string },
  look: CurveLook,
): Drawn | null {
  const groups = facets.flatMap((facet) => facet.groups);
  if (groups.every(({ runs }) => runs.length === 0)) return null;
  const rows = facets.map((facet): PanelRow => ({ ...facet, split: 'valid', height: SMALL }));
  const svg = rowsOfPanels(context, rows, look);
  const caption = [
    `All levels of ${about.title}, one row for each ${facets.length > 1 ? 'setting' : 'combination'} of the other factors (${facets.map(({ label }) => label).join('; ')}): every line is one trial, none a mean over trials.`,
    ...shared(groups, look),
  ].join(' ');
  return { svg, caption };
}

function shared(groups: readonly RunGroup[], { axes }: CurveLook): string[] {
  const isCrowded = new Set(groups.map(({ name }) => name)).size > MOST_BANDS;
  const isRepeated = groups.some(({ runs }) => runs.length > 1);
  return [
    ...(isCrowded && isRepeated
      ? ['Lines: means over the runs; of so many levels neither intervals nor single runs are drawn here.']
      : repeatSentences(groups, ['validLoss', 'validAccuracy'], axes)),
    ...axisSentences(groups, axes),
  ];
}

function rowsOfPanels(context: FigureContext, rows: readonly PanelRow[], look: CurveLook): string {
  const { colourOf, axes } = look;
  const all = rows.flatMap(({ groups }) => groups);
  // A dash and a label for each level, the same in every row.
  const levels = [...new Map(all.map((group) => [group.name, group])).values()];
  const labels = endLabels(levels);
  const indexOf = (group: RunGroup) => levels.findIndex(({ name }) => name === group.name);
  const marginRight = labelMargin(labels);
  const isCrowded = levels.length > MOST_BANDS;
  const ranges = { loss: axes.loss, accuracy: accuracyRange(rows) };
  const panels: PlacedPanel[] = [];
  let top = 0;
  for (const { groups, split, height, label } of rows) {
    for (const [column, kind] of (['accuracy', 'loss'] as const).entries()) {
      const name = `${split}${kind === 'loss' ? 'Loss' : 'Accuracy'}` as const;
      const series = groups.map((group) => {
        const i = indexOf(group);
        const short = labels[i]!.short;
        const own = seriesOf(group, name, {
          colour: colourOf(group.name),
          style: 'line',
          dash: dashAt(i),
          label: withTroubleMark(short, group, look),
        });
        return isCrowded ? { ...own, band: false, runs: [] } : own;
      });
      const what = `${split === 'valid' ? 'alidation' : 'raining'} ${kind}`;
      const first = split === 'valid' ? 'v' : 't';
      const heading = label === '' ? `${first.toUpperCase()}${what}` : `${label}: ${first}${what}`;
      const svg = curvePanel(context, series, {
        width: FIGURE_WIDTH / 2,
        height,
        heading,
        x: axes.epochs,
        y: ranges[kind],
        kind,
        marginRight,
      });
      panels.push({ svg, x: (column * FIGURE_WIDTH) / 2, y: top });
    }
    top += height;
  }
  return composeFigure(context, panels, {
    height: top,
    title: `Comparison: ${all.map((group) => group.fullLabel).join(', ')}`,
    legend: [
      ...levelsLegend(
        levels,
        colourOf,
        labels.map(({ long }) => long),
      ),
      ...(isCrowded ? [] : repeatLegend(all, FAINT)),
      ...beyondLegend(axes, FAINT),
    ],
    notes: notesOf(rows, look),
  });
}

/** Of each group once, with the row that it stands in where the rows differ. */
function notesOf(rows: readonly PanelRow[], look: CurveLook): string[] {
  const placed = rows.flatMap(({ groups, label }) =>
    groups.map((group) => (label === '' ? group : group.with({ fullLabel: `${group.fullLabel}, ${label}` }))),
  );
  const groups = [...new Map(placed.map((group) => [group.fullLabel, group])).values()];
  return [
    ...troubleNotes(groups, look.troubles).map((note) => `† ${note}`),
    ...seriesNotes(groups, look.axes),
  ];
}

/** A dagger at the end of a line whose runs did not learn or collapsed. */
function withTroubleMark(text: string, group: RunGroup, { troubles }: CurveLook): string {
  return troubleLabel(group, troubles) === null ? text : `${text}†`;
}

/** From 0 to the next ten per cent above the highest accuracy of the figure. */
function accuracyRange(rows: readonly PanelRow[]): AxisRange {
  const values = rows.flatMap(({ groups, split }) =>
    groups.flatMap((group) => {
      const { mean, runs } = group.curve(`${split}Accuracy`);
      return [...mean.map((point) => point.mean), ...runs.flatMap((run) => run.map(({ value }) => value))];
    }),
  );
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const top = Math.min(1, Math.ceil(highest * 10 + 0.2) / 10 || 1);
  return { domain: [0, top], scale: 'linear', beyond: 0 };
}

/** One entry per level, by the given labels. */
export function levelsLegend(
  groups: readonly RunGroup[],
  colourOf: ColourOf,
  labels: readonly string[],
): LegendEntry[] {
  return groups.map((group, i) => ({
    label: labels[i]!,
    colour: colourOf(group.name),
    kind: 'line',
    dash: dashAt(i),
  }));
}
