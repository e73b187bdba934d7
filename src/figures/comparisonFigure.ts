/** Lines of several levels or trials in one figure, told apart by dashes and by labels at their ends. */

import type { CurveName } from '../analysis/measures/curves.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { capital } from '../analysis/words/format.js';
import { metricLabel } from '../analysis/words/labels.js';
import { maxOf } from '../base/extremes.js';
import type { AxisRange } from './axisRange.js';
import {
  composeFigure,
  type Drawn,
  type FigureContext,
  type LegendEntry,
  type PlacedPanel,
  twoInARow,
} from './canvas.js';
import { axisSentences, repeatSentences } from './curveCaption.js';
import { axisOf, type CurveLook, ownShown, seriesNotes, seriesOf, shownOf } from './curveSeries.js';
import { endLabels, labelMargin } from './endLabels.js';
import { beyondLegend, repeatLegend } from './levelFigure.js';
import { type ColourOf, dashAt, FAINT } from './palette.js';
import { curvePanel, kindOf } from './panel.js';
import { troubleLabel, troubleNotes } from './trouble.js';

const LARGE = 290;
const SMALL = 210;

/** Of more lines the bands and single runs would hide each other: the lines stand alone. */
const MOST_BANDS = 6;

/** Panels of the same groups, two in a row. */
interface PanelRow {
  readonly groups: readonly RunGroup[];
  /** The metric of each panel. */
  readonly names: readonly CurveName[];
  readonly height: number;
  /** Above its panels: `weight decay 0.01`; empty where the figure has one set of groups. */
  readonly label: string;
}

const VALID = ['validAccuracy', 'validLoss'] as const;
const TRAIN = ['trainAccuracy', 'trainLoss'] as const;

/** Validation accuracy and loss of every level, and metrics with a name of their own, large; training accuracy and loss below, small. */
export function comparisonFigure(
  context: FigureContext,
  groups: readonly RunGroup[],
  about: { readonly title: string },
  look: CurveLook,
): Drawn {
  const main = mainNames(groups, look);
  const training = shownOf(groups, TRAIN, look.axes);
  const rows: PanelRow[] = [
    { groups, names: main, height: LARGE, label: '' },
    { groups, names: training, height: SMALL, label: '' },
  ];
  const svg = rowsOfPanels(context, rows, look);
  const hasBoth = main.length > 0 && training.length > 0;
  const caption = [
    `All levels of ${about.title}.`,
    `${hasBoth ? 'Validation above, training below; the' : 'The'} labels at the lines’ ends name the levels.`,
    ...shared(groups, look),
  ].join(' ');
  return { svg, caption };
}

/** One combination of the other factors' levels, with one trial for each level of the factor in question. */
export interface Facet {
  readonly label: string;
  readonly groups: readonly RunGroup[];
  /** The other factors are at the baseline. */
  readonly isBaseline: boolean;
}

/** Small multiples: a row of panels for each combination of the other factors' levels, validation only where that was measured. */
export function facetFigure(
  context: FigureContext,
  facets: readonly Facet[],
  about: { readonly title: string },
  look: CurveLook,
): Drawn | null {
  const groups = facets.flatMap((facet) => facet.groups);
  if (groups.every(({ runs }) => runs.length === 0)) return null;
  const main = mainNames(groups, look);
  const names = main.length > 0 ? main : shownOf(groups, TRAIN, look.axes);
  const rows = facets.map((facet): PanelRow => ({ ...facet, names, height: SMALL }));
  const svg = rowsOfPanels(context, rows, look);
  const caption = [
    `All levels of ${about.title}, one row for each ${facets.length > 1 ? 'setting' : 'combination'} of the other factors (${facets.map(({ label }) => label).join('; ')}): every line is one trial, none a mean over trials.`,
    ...shared(groups, look),
  ].join(' ');
  return { svg, caption };
}

/** What a figure shows before the training curves. */
function mainNames(groups: readonly RunGroup[], { axes }: CurveLook): CurveName[] {
  return [...shownOf(groups, VALID, axes), ...ownShown(groups, axes)];
}

function shared(groups: readonly RunGroup[], look: CurveLook): string[] {
  const { axes } = look;
  const isCrowded = new Set(groups.map(({ name }) => name)).size > MOST_BANDS;
  const isRepeated = groups.some(({ runs }) => runs.length > 1);
  return [
    ...(isCrowded && isRepeated
      ? ['Lines: means over the runs; of so many levels neither intervals nor single runs are drawn here.']
      : repeatSentences(groups, [...VALID, ...mainNames(groups, look)], axes)),
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
  const accuracy = accuracyRange(rows);
  const rangeOf = (name: CurveName) => {
    const axis = axisOf(name, axes);
    return axis === axes.accuracy ? accuracy : axis;
  };
  const columns = Math.min(2, maxOf(rows.map(({ names }) => names.length)));
  const panels: PlacedPanel[] = [];
  let top = 0;
  for (const { groups, names, height, label } of rows) {
    const draw = (name: CurveName, width: number) => {
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
      const what = metricLabel(name);
      return curvePanel(context, series, {
        width,
        height,
        heading: label === '' ? capital(what) : `${label}: ${what}`,
        x: axes.epochs,
        y: rangeOf(name),
        kind: kindOf(name),
        marginRight,
      });
    };
    const placed = twoInARow(names, height, draw, { top, columns });
    for (const panel of placed.panels) panels.push(panel);
    top += placed.height;
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
      ...beyondLegend(all, axes, FAINT),
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
  const values = rows.flatMap(({ groups, names }) =>
    groups.flatMap((group) =>
      names
        .filter((name) => name === 'validAccuracy' || name === 'trainAccuracy')
        .flatMap((name) => {
          const { mean, runs } = group.curve(name);
          return [
            ...mean.map((point) => point.mean),
            ...runs.flatMap((run) => run.map(({ value }) => value)),
          ];
        }),
    ),
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
