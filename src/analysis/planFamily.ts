/** The confirmatory family that a study will test, before there are data: its kinds of contrasts, as coefficients. */

import type { PlannedContrast } from '../stats/power.js';
import { expandTrials, searchGroups } from '../study/expand.js';
import type { Factor, ResolvedStudy } from '../study/types.js';
import { factorLabel } from './labels.js';

export interface PlannedKind {
  /** `a level against the baseline`, `schedule × weight decay`. */
  readonly label: string;
  /** Contrasts of this kind in the family. */
  readonly contrasts: number;
  /** Of the cells that one such contrast takes. */
  readonly coefficients: PlannedContrast['coefficients'];
}

/**
 * Each level against the baseline (in a crossed design on average over the other factors), the declared interactions, and
 * explicit trials against the baseline. A random search over its scientific factors declares no comparison.
 */
export function plannedFamily(study: ResolvedStudy): PlannedKind[] {
  const isCrossed = study.method.name === 'grid' || study.selection !== null;
  const crossed = study.method.name !== 'one-factor' && isCrossed;
  const factors = study.factors.filter(({ role, range }) => role === 'scientific' && range === null);
  const levels = crossed ? mainEffects(factors) : oneFactorLevels(study);
  const explicit = expandTrials(study).filter((trial) => trial.isExplicit && !trial.isBaseline).length;
  const kinds = [
    ...levels,
    ...interactions(study, factors, crossed),
    { label: 'an explicit trial against the baseline', contrasts: explicit, coefficients: [1, -1] },
  ];
  return kinds.filter(({ contrasts }) => contrasts > 0);
}

function oneFactorLevels(study: ResolvedStudy): PlannedKind[] {
  if (study.method.name !== 'one-factor') return [];
  const contrasts = searchGroups(study).length - 1;
  return [{ label: 'a level against the baseline', contrasts, coefficients: [1, -1] }];
}

/** A level against the reference of its factor, averaged over the combinations of the others. */
function mainEffects(factors: readonly Factor[]): PlannedKind[] {
  return factors.map((factor) => {
    const cells = cellsOf(factors.filter((other) => other !== factor));
    return {
      label: `a level of ${factorLabel(factor.path)}${cells > 1 ? `, over ${cells} combinations` : ''}`,
      contrasts: factor.levels.length - 1,
      coefficients: [1, -1].flatMap((sign) => new Array<number>(cells).fill(sign / cells)),
    };
  });
}

function interactions(study: ResolvedStudy, factors: readonly Factor[], crossed: boolean): PlannedKind[] {
  return study.interactions.flatMap((pair): PlannedKind[] => {
    const own = factors.filter(({ path }) => pair.includes(path));
    if (own.length < 2) return [];
    const cells = crossed ? cellsOf(factors.filter((other) => !own.includes(other))) : 1;
    return [
      {
        label: pair.map(factorLabel).join(' × '),
        contrasts: own.reduce((product, { levels }) => product * (levels.length - 1), 1),
        coefficients: [1, -1, -1, 1].flatMap((sign) => new Array<number>(cells).fill(sign / cells)),
      },
    ];
  });
}

function cellsOf(factors: readonly Factor[]): number {
  return factors.reduce((product, { levels }) => product * levels.length, 1);
}
