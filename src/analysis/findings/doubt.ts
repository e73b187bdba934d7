/** Why a finding cannot be trusted, where something speaks against it. */

import type { Decided } from '../../stats/decision.js';
import type { GroupedStudy } from '../trials/study.js';
import { formatNumber, formatP } from '../words/format.js';
import type { DeclaredContrast } from './family.js';
import { areSameRuns } from './sameRuns.js';

export const sameText =
  'Seed by seed and epoch by epoch the runs of both sides have the same values: what was varied has no effect on them, or has never reached what trains.';

/** One sentence, or `null`: runs of both sides that are the same, the shape of the comparison, or other runs of the study that collapsed. */
export function doubtOf(
  { troubles, trials }: GroupedStudy,
  contrast: DeclaredContrast,
  decided: Decided,
): string | null {
  const { cells } = contrast;
  const { outcome, doubt } = decided;
  if (outcome !== 'different') return areSameRuns(contrast) ? sameText : null;
  if (doubt !== null)
    return `Not to be trusted as it stands: ${shapeText(decided)} More seeds would settle it.`;
  if (troubles.collapsed.size === 0) return null;
  const others = trials.filter(({ runs }) => runs.some((run) => troubles.collapsed.has(run)));
  if (others.some((one) => cells.some(({ cell }) => cell.name === one.name))) return null;
  return 'Runs of other trials of this study collapsed beside siblings that train, and none did so here so far: the finding speaks of runs that do not collapse, and what the mean over all seeds would be is not known.';
}

/** What speaks against a finding by its shape (`stats/lopsided.ts`), a sentence without its capital; empty where nothing does. */
export function shapeText({ doubt, shape }: Pick<Decided, 'doubt' | 'shape'>): string {
  switch (doubt?.kind) {
    case 'lopsided':
      return `one side scatters ${formatNumber(shape?.spread ?? Number.NaN)} times as far as the other, and its runs lean to one side (skewness ${formatNumber(shape?.skewness ?? Number.NaN)}); of simulated studies of such a shape up to a third find a difference where there is none.`;
    case 'skewed':
      return `the runs lean to one side, so that far ones may be missing from these few; corrected for twice or three times that lean, as such studies were simulated, p is ${formatP(doubt.correctedP)}.`;
    case 'baseline':
      return 'all levels lie on one side of the baseline, whose runs lean towards them: it may be the baseline’s few runs that lie off.';
    case undefined:
      return '';
    default:
      return doubt satisfies never;
  }
}
