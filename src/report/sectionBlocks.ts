/** A section of the report: the comparison of a factor's levels, what the numbers show, gradient norms. */

import type { Analysis } from '../analysis/analyse.js';
import { suggestedSentences } from '../analysis/findings/explored.js';
import type { FigureContext } from '../figures/canvas.js';
import { comparisonFigure, type Facet, facetFigure } from '../figures/comparisonFigure.js';
import { facetsOf, isCrossed } from '../figures/crossedCells.js';
import type { CurveLook } from '../figures/curveSeries.js';
import { gradientFigure } from '../figures/gradientFigure.js';
import { scheduleFigure } from '../figures/scheduleFigure.js';
import { type Block, capital, drawn, fileName, fold, heading, paragraph } from './blocks.js';
import type { Section } from './sections.js';
import { factorSentences } from './sentences.js';

/** What all sections share. */
export interface SectionContext {
  readonly analysis: Analysis;
  readonly figures: FigureContext;
  readonly look: CurveLook;
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
  if (groups.every(({ runs }) => runs.length === 0)) return [...first, paragraph(noRuns(context, section))];
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

/** Levels of which a finished search chose no trial will have no runs, however long one waits. */
function noRuns({ analysis: { records, isolation } }: SectionContext, { factor }: Section): string {
  const isSelected = (records.search?.selection ?? null) !== null;
  const rows = (isolation?.rows ?? []).filter(({ levels }) => factor !== null && factor.path in levels);
  if (!isSelected || rows.length === 0) return 'None of these runs exists yet.';
  return 'The search chose no trial at any of these levels, so that none was run with fresh seeds: see Isolation.';
}

const NUISANCE =
  'A nuisance factor: searched for each level of the scientific factors, not a question of its own.';

/** Levels that are trials: their curves. Levels that were combined with others: small multiples, the less spoken of folded. */
function comparisonBlocks(context: SectionContext, section: Section): Block[] {
  const { analysis, figures, look } = context;
  const { groups, factor, title } = section;
  const name = fileName(section.id);
  if (factor === null || !isCrossed(analysis)) {
    return [
      ...drawn(`comparison-${name}`, comparisonFigure(figures, groups, { title }, look)),
      ...drawn(`schedules-${name}`, scheduleFigure(figures, groups, look)),
    ];
  }
  const { shown, folded } = facetsOf(analysis, factor);
  const usual = [...shown, ...folded].find(({ isBaseline }) => isBaseline) ?? shown[0];
  const facets = (which: readonly Facet[], end: string) =>
    drawn(`comparison-${name}${end}`, facetFigure(figures, which, { title }, look));
  return [
    ...facets(shown, ''),
    ...drawn(`schedules-${name}`, scheduleFigure(figures, usual?.groups ?? [], look, usual?.label)),
    ...fold(`${capital(title)}: further combinations`, facets(folded, '-further')),
  ];
}

/** Of crossed factors a figure for each combination of the others, all but the first folded: a mean over trials is a norm that no run has. */
function gradientBlocks(context: SectionContext, section: Section): Block[] {
  const { analysis, figures, look } = context;
  const { factor, groups, title, id } = section;
  const tensors = analysis.records.study.report.gradientNorms;
  if (tensors.length === 0) return [];
  const facets: readonly Facet[] =
    factor !== null && isCrossed(analysis)
      ? facetsOf(analysis, factor).shown
      : [{ label: title, groups, isBaseline: true }];
  const made = facets.flatMap(({ label, groups: own }, i) => {
    const figure = gradientFigure(figures, own, tensors, look);
    if (figure === null) return [];
    const caption = `Gradient norms, ${label}. ${figure.caption}`;
    return drawn(`gradients-${fileName(id)}${i === 0 ? '' : `-${i + 1}`}`, { ...figure, caption });
  });
  const [first, ...further] = made;
  if (first === undefined)
    return [paragraph('No run of this section has recorded the gradient norms that the study names.')];
  return [first, ...fold(`${capital(title)}: gradient norms of further combinations`, further)];
}
