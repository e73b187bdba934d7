/** A section of the report: the comparison of a factor's levels, what the numbers show, gradient norms. */

import type { Analysis } from '../analysis/analyse.js';
import { suggestedSentences } from '../analysis/findings/explored.js';
import type { FigureContext } from '../figures/canvas.js';
import { comparisonFigure } from '../figures/comparisonFigure.js';
import type { CurveAxes } from '../figures/curveSeries.js';
import { gradientFigure } from '../figures/gradientFigure.js';
import { metricFigure } from '../figures/metricFigure.js';
import type { ColourOf } from '../figures/palette.js';
import { type Block, capital, type FigureBlock, fileName, heading, paragraph } from './blocks.js';
import type { Section } from './sections.js';
import { factorSentences } from './sentences.js';

/** What all sections share. */
export interface SectionContext {
  readonly analysis: Analysis;
  readonly figures: FigureContext;
  readonly colourOf: ColourOf;
  readonly axes: CurveAxes;
}

/** Anchor of a section's heading. */
export function sectionId({ title }: Section): string {
  return fileName(title).toLowerCase();
}

/** The author's own words about the factor are woven in under the heading. */
export function sectionBlocks(context: SectionContext, section: Section): Block[] {
  const { groups, factor } = section;
  const isNuisance = factor !== null && factor.role === 'nuisance';
  const first: Block[] = [heading(2, capital(section.title)), ...(isNuisance ? [paragraph(NUISANCE)] : [])];
  if (groups.every(({ runs }) => runs.length === 0))
    return [...first, paragraph('None of these runs exists yet.')];
  const items = [
    ...factorSentences(context.analysis, section),
    ...suggestedSentences(context.analysis, factor?.path ?? null),
  ];
  return [
    ...first,
    ...(groups.length > 1 ? comparisonBlocks(context, section) : []),
    ...(items.length === 0 ? [] : [{ kind: 'list', items } as const]),
    ...gradientBlocks(context, section),
  ];
}

const NUISANCE =
  'A nuisance factor: searched for each level of the scientific factors, not a question of its own.';

/** Single trials have their means in the figure of all levels at the report's beginning. */
function comparisonBlocks(context: SectionContext, section: Section): FigureBlock[] {
  const { analysis, figures, colourOf, axes } = context;
  const { groups } = section;
  const measure = analysis.metric;
  const isMixed = groups.some(({ mixed }) => mixed);
  const levels = isMixed ? metricFigure(figures, groups, measure, colourOf) : null;
  const comparison: FigureBlock = {
    kind: 'figure',
    name: `comparison-${fileName(section.id)}`,
    caption: `All levels of ${section.title}: validation above, training below.`,
    svg: comparisonFigure(figures, groups, colourOf, axes),
  };
  if (levels === null) return [comparison];
  return [
    comparison,
    {
      kind: 'figure',
      name: `levels-${fileName(section.id)}`,
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
      caption: `L2 norm of the loss’s gradient, without the weight decay term, at the last step of each epoch, on a logarithmic axis; by ${section.title}.`,
      svg,
    },
  ];
}
