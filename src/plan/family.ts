/** The confirmatory family that a study will test, before there are data: its kinds of contrasts, as coefficients. */

import { type DeclaredContrast, declaredFamily } from '../analysis/findings/family.js';
import { groupStudy } from '../analysis/trials/study.js';
import { factorLabel } from '../analysis/words/labels.js';
import type { PlannedContrast } from '../stats/power.js';
import type { ResolvedStudy } from '../study/types.js';

export interface PlannedKind {
  /** `a level against the baseline`, `schedule × weight decay`. */
  readonly label: string;
  /** Contrasts of this kind in the family. */
  readonly contrasts: number;
  /** Of the cells that one such contrast takes. */
  readonly coefficients: PlannedContrast['coefficients'];
  /** Why none of them can be tested, whatever is run. */
  readonly problem: string | null;
}

/** The family that the findings will decide, its contrasts counted by kind, in the study's order. */
export function plannedFamily(study: ResolvedStudy): PlannedKind[] {
  const none = { runs: [], missing: [], outside: [], looks: [], split: null };
  const kinds = new Map<string, DeclaredContrast[]>();
  for (const contrast of declaredFamily(groupStudy({ directory: '', study, ...none })).contrasts) {
    const label = kindLabel(study, contrast);
    kinds.set(label, [...(kinds.get(label) ?? []), contrast]);
  }
  return [...kinds].map(([label, contrasts]) => {
    const one = contrasts.find(({ problem }) => problem === null) ?? contrasts[0]!;
    return {
      label,
      contrasts: contrasts.length,
      coefficients: one.cells.map(({ coefficient }) => coefficient),
      problem: one.problem,
    };
  });
}

function kindLabel(study: ResolvedStudy, { kind, factor, cells }: DeclaredContrast): string {
  if (kind === 'trial') return 'an explicit trial against the baseline';
  if (kind === 'interaction') return factorLabel(factor);
  if (study.method.name === 'one-factor') return 'a level against the baseline';
  const over = cells.length / 2;
  return `a level of ${factorLabel(factor)}${over > 1 ? `, over ${over} combinations` : ''}`;
}
