/** What is seen at a glance: how often each verdict was given, every contrast, every level. */

import { countVerdicts } from '../analysis/findings/verdictCounts.js';
import { count } from '../analysis/words/format.js';
import { findingsForest } from '../figures/findingsForest.js';
import { summaryFigure } from '../figures/summaryFigure.js';
import { type Block, drawn, heading } from './blocks.js';
import type { SectionContext } from './sectionBlocks.js';

/** Nothing of what the study does not compare. */
export function glanceBlocks({ analysis, figures, look }: SectionContext): Block[] {
  const counts = countVerdicts(analysis.findings);
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  const blocks: Block[] = [
    ...(total === 0
      ? []
      : [{ kind: 'verdicts', head: count(total, 'declared comparison'), counts } as const]),
    ...drawn('contrasts', findingsForest(figures, analysis)),
    ...drawn('levels', summaryFigure(figures, analysis, look.colourOf)),
  ];
  return blocks.length === 0 ? [] : [heading(2, 'At a glance'), ...blocks];
}
