/** Why a confirmed difference cannot be trusted, where something speaks against it. */

import type { Decided } from '../../stats/decision.js';
import type { GroupedStudy } from '../trials/study.js';
import { formatNumber } from '../words/format.js';
import type { DeclaredContrast } from './family.js';

/** One sentence, or `null`: a lopsided comparison, or other runs of the study that collapsed. */
export function doubtOf(
  { troubles, trials }: GroupedStudy,
  { cells }: DeclaredContrast,
  { outcome, isDoubtful, shape }: Decided,
): string | null {
  if (outcome !== 'different') return null;
  if (isDoubtful && shape !== null) {
    return `Not to be trusted as it stands: one side scatters ${formatNumber(shape.spread)} times as far as the other, and its runs lean to one side (skewness ${formatNumber(shape.skewness)}); of simulated studies of such a shape up to a third find a difference where there is none. More seeds would settle it.`;
  }
  if (troubles.collapsed.size === 0) return null;
  const others = trials.filter(({ runs }) => runs.some((run) => troubles.collapsed.has(run)));
  if (others.some((one) => cells.some(({ cell }) => cell.name === one.name))) return null;
  return 'Runs of other trials of this study collapsed, and here none did so far: the finding speaks of runs that do not collapse, and what the mean over all seeds would be is not known.';
}
