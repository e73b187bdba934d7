/** A section of the report: its figures in order, the comparison, the table, what the numbers show, gradient norms. */

import type { Analysis } from '../analysis/analyse.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { FigureContext } from '../figures/canvas.js';
import { comparisonFigure } from '../figures/comparisonFigure.js';
import type { CurveAxes } from '../figures/curveSeries.js';
import { gradientFigure } from '../figures/gradientFigure.js';
import { levelFigure } from '../figures/levelFigure.js';
import { metricFigure } from '../figures/metricFigure.js';
import type { ColourOf } from '../figures/palette.js';
import { type Block, capital, type FigureBlock, fileName, heading, paragraph } from './blocks.js';
import { exploratoryBlocks } from './findings.js';
import { MOST_LEVEL_FIGURES, type Section, stateText } from './sections.js';
import { factorSentences } from './sentences.js';
import { levelTable } from './tables.js';

/** What all sections share. Counters run on from section to section. */
export interface SectionContext {
  readonly analysis: Analysis;
  readonly figures: FigureContext;
  readonly colourOf: ColourOf;
  readonly axes: CurveAxes;
  readonly count: { levels: number; comparisons: number };
  /** Number of the figure in which a trial appeared first, by its name. */
  readonly seen: Map<string, number>;
}

/** `notes` are the author's own words about this factor. */
export function sectionBlocks(context: SectionContext, section: Section, notes: readonly Block[]): Block[] {
  const { groups } = section;
  const blocks: Block[] = [heading(2, capital(section.title))];
  if (section.factor !== null && section.factor.role === 'nuisance') {
    blocks.push(
      paragraph(
        'A nuisance factor: searched for each level of the scientific factors, not a question of its own.',
      ),
    );
  }
  if (groups.every(({ runs }) => runs.length === 0)) {
    return [...blocks, ...notes, paragraph('None of these runs exists yet.')];
  }
  if (groups.length > MOST_LEVEL_FIGURES) {
    blocks.push(
      paragraph(
        `${groups.length} levels: a figure of each is left out; the curves of every run are in its metrics.csv.`,
      ),
    );
  } else for (const group of groups) blocks.push(levelBlock(context, section, group));
  if (groups.length > 1) for (const one of comparisonBlocks(context, section)) blocks.push(one);
  blocks.push(levelTable(context.analysis, section), heading(3, 'What the numbers show'));
  const last = blocks[blocks.length - 1];
  if (last.kind === 'heading') blocks[blocks.length - 1] = { ...last, id: `${fileName(section.id)}-numbers` };
  blocks.push({ kind: 'list', items: factorSentences(context.analysis, section) });
  return [
    ...blocks,
    ...notes,
    ...gradientBlocks(context, section),
    ...exploratoryBlocks(context.analysis, section.factor?.path ?? null),
  ];
}

function levelBlock(context: SectionContext, section: Section, group: RunGroup): FigureBlock {
  const { count, seen } = context;
  count.levels += 1;
  const number = count.levels;
  const earlier = seen.get(group.name);
  if (earlier === undefined) seen.set(group.name, number);
  const again = earlier === undefined ? '' : ` The same runs as in Figure ${earlier}.`;
  const baseline = group.isBaseline && group.label !== 'baseline' ? ' (the baseline)' : '';
  const plain = group.counts.declared === 1 && group.counts.done === 1;
  return {
    kind: 'figure',
    name: `figure-${String(number).padStart(2, '0')}-${fileName(`${section.id}=${group.label}`)}`,
    number: `Figure ${number}`,
    caption: `${capital(group.fullLabel)}${baseline}: training and validation loss and accuracy per epoch${plain ? '' : `; ${stateText(group.counts)}`}.${again}`,
    svg: levelFigure(context.figures, group, context.colourOf(group.name), context.axes),
  };
}

function comparisonBlocks(context: SectionContext, section: Section): FigureBlock[] {
  const { analysis, figures, colourOf, axes, count } = context;
  const { groups } = section;
  count.comparisons += 1;
  const number = count.comparisons;
  const measure = analysis.metric;
  const levels = metricFigure(figures, groups, measure, colourOf);
  const comparison: FigureBlock = {
    kind: 'figure',
    name: `comparison-${fileName(section.id)}`,
    number: `Comparison ${number}`,
    caption: `All levels of ${section.title}: validation above, training below.`,
    svg: comparisonFigure(figures, groups, colourOf, axes),
  };
  if (levels === null) return [comparison];
  return [
    comparison,
    {
      kind: 'figure',
      name: `levels-${fileName(section.id)}`,
      number: `Comparison ${number}b`,
      caption: `${capital(measure.label)} per level: every run as a point; with several seeds their mean and its 95% interval over seeds.`,
      svg: levels,
    },
  ];
}

function gradientBlocks(context: SectionContext, section: Section): Block[] {
  const { analysis, figures, colourOf, axes } = context;
  const tensors = analysis.records.study.report.gradientNorms;
  if (tensors.length === 0) return [];
  const svg = gradientFigure(figures, section.groups, tensors, { colourOf, axes });
  if (svg === null)
    return [paragraph('No run of this section has recorded the gradient norms that the study names.')];
  return [
    {
      kind: 'figure',
      name: `gradients-${fileName(section.id)}`,
      number: 'Gradient norms',
      caption: `L2 norm of the loss’s gradient, without the weight decay term, at the last step of each epoch, on a logarithmic axis; by ${section.title}.`,
      svg,
    },
  ];
}
