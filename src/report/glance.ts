/** What is seen at a glance: how often each verdict was given. */

import { countVerdicts } from '../analysis/findings/verdictCounts.js';
import { count } from '../analysis/words/format.js';
import { type Block, heading } from './blocks.js';
import type { SectionContext } from './sectionBlocks.js';

/** Nothing where the study declares no comparison. */
export function glanceBlocks({ analysis }: Pick<SectionContext, 'analysis'>): Block[] {
  const counts = countVerdicts(analysis.findings);
  if (counts.length === 0) return [];
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  return [heading(2, 'At a glance'), { kind: 'verdicts', head: count(total, 'declared comparison'), counts }];
}
