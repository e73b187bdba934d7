/** Two trials of one study over their seeds: the declared finding where there is one, else a plain interval. */

import type { GroupedStudy } from '../trials/study.js';
import type { DeclaredFinding, ExploredFinding, StudyFindings } from '../words/results.js';
import { isDeclared } from '../words/results.js';
import { exploredFinding } from './exploredFinding.js';
import { declaredFamily } from './family.js';

/**
 * The difference of the declared metric between two trials, first minus second. A comparison that the study declares
 * is given as the study's finding, with its verdict, so that it is the same everywhere.
 * @returns `null` where the study has no trial of one of the names
 */
export function compareTrials(
  study: GroupedStudy & StudyFindings,
  first: string,
  second: string,
): DeclaredFinding | ExploredFinding | null {
  const family = declaredFamily(study);
  const declared = family.contrasts.find(({ cells }) => {
    const names = cells.map(({ cell }) => cell.name);
    return names.length === 2 && names.includes(first) && names.includes(second);
  });
  if (declared !== undefined) {
    return study.findings.filter(isDeclared).find(({ contrast }) => contrast.id === declared.id) ?? null;
  }
  const [a, b] = [first, second].map((name) => study.trials.find((trial) => trial.name === name));
  return a === undefined || b === undefined ? null : exploredFinding(study, a, b, [], [study.troubles]);
}
