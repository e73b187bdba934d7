/** The caveats of a confirmatory finding, each one sentence. */

import type { Decided } from '../../stats/decision.js';
import type { StudyRecords } from '../../store/records.js';
import type { Measure } from '../measures/measures.js';
import { count, formatNumber, joinWords } from '../words/format.js';
import { factorLabel } from '../words/labels.js';
import type { FindingVerdict } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import type { DeclaredContrast } from './family.js';
import { amount, margin } from './sentences.js';

export function confirmatoryNotes(
  records: StudyRecords,
  contrast: DeclaredContrast,
  decided: Decided | null,
  { verdict, dependsOn }: { readonly verdict: FindingVerdict; readonly dependsOn: string | null },
  measure: Measure,
): string[] {
  return [
    ...averageNotes(contrast, dependsOn),
    ...seedNotes(records, decided, measure),
    ...unequalNotes(contrast, verdict),
    ...backendNotes(contrast),
  ];
}

/** The mean over another factor's levels describes none of them where the effect depends on it. */
function averageNotes(contrast: DeclaredContrast, dependsOn: string | null): string[] {
  if (contrast.kind !== 'level' || dependsOn === null) return [];
  return [`The estimate is a mean over the levels of ${factorLabel(dependsOn)}, and describes none of them.`];
}

/** How many seeds would find the smallest effect worth knowing: only where the data left it open. */
function seedNotes({ study }: StudyRecords, decided: Decided | null, measure: Measure): string[] {
  if (decided === null || decided.outcome !== 'inconclusive' || decided.needed?.status !== 'ok') return [];
  const { seeds, deviation, alpha } = decided.needed;
  const have = Math.min(...decided.n);
  const more = seeds - have;
  const plan = `a deviation between seeds of ${amount(deviation, measure)} (upper 80% limit), tested at ${formatNumber(100 * alpha)}% as the next look`;
  const target = `a difference of ${margin(study.smallestEffect, measure)}`;
  if (more <= 0) return [`${count(have, 'seed')} are enough to find ${target} with 80% chance, for ${plan}.`];
  return [
    `To find ${target} with 80% chance, ${count(seeds, 'seed')} per trial are needed, ${more} more than there are, for ${plan}.`,
  ];
}

function unequalNotes(contrast: DeclaredContrast, verdict: FindingVerdict): string[] {
  if (verdict === VERDICT.notRun || verdict === VERDICT.notTestable) return [];
  const open = contrast.cells.filter(({ cell }) => cell.open > 0);
  if (open.length === 0) return [];
  const parts = open.map(
    ({ cell }) => `${cell.ended} of ${count(cell.counts.declared, 'run')} of ${cell.name}`,
  );
  return [`Ended so far: ${joinWords(parts)}.`];
}

function backendNotes(contrast: DeclaredContrast): string[] {
  const backends = contrast.cells.flatMap(({ cell }) =>
    cell.runs.flatMap(({ record }) => record.backend?.backend ?? []),
  );
  const names = [...new Set(backends)];
  return names.length > 1
    ? [`The compared runs were trained by different backends: ${joinWords(names)}.`]
    : [];
}
