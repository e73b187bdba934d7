/**
 * Main effects and interactions of full factorial designs of any number of factors and levels, as contrasts of cell
 * means with Welch-Satterthwaite intervals: the cells may differ in variance and in n, and nothing is pooled.
 * Source of the contrasts: D. C. Montgomery, "Design and analysis of experiments", chapters 5 and 6; of the standard
 * error and degrees of freedom: Welch (1947), Satterthwaite (1946), see `contrast.ts`.
 */

import type { ContrastCell } from './contrast.js';

/** A full factorial: `cells` in row-major order, the last factor's level running fastest; values are one per seed. */
export interface FactorialDesign {
  /** Number of levels of each factor, e.g. [2, 3]. */
  readonly shape: readonly number[];
  readonly cells: readonly (readonly number[])[];
}

/** One factor's change: to `level` from `reference` (indices of its levels). */
export interface FactorStep {
  readonly factor: number;
  readonly level: number;
  readonly reference: number;
}

/**
 * The product contrast of the steps as cells with coefficients, for `contrast` and `decideFamily`: averaged with equal
 * weight over the levels of all other factors, or at the levels of them that `at` fixes (by factor). One step: the main
 * effect m(level) - m(reference), or with `at` a simple effect. Two steps: the interaction (m11 - m01) - (m10 - m00), that
 * is, by how much the second step changes the effect of the first. Three steps: the difference of two such differences.
 * The design, the steps and `at` must be possible.
 */
export function factorialCells(
  { shape, cells }: FactorialDesign,
  steps: readonly FactorStep[],
  at: Readonly<Record<number, number>> = {},
): ContrastCell[] {
  const free = shape
    .map((_, factor) => factor)
    .filter((f) => !(f in at) && !steps.some((s) => s.factor === f));
  const weight = 1 / free.reduce((product, factor) => product * shape[factor], 1);
  return cells.map((values, index) => {
    const levels = levelsOf(index, shape);
    const coefficient = levels.reduce((product, l, factor) => {
      const step = steps.find((s) => s.factor === factor);
      if (step !== undefined) return product * (l === step.level ? 1 : l === step.reference ? -1 : 0);
      return factor in at && at[factor] !== l ? 0 : product;
    }, weight);
    return { values, coefficient: coefficient === 0 ? 0 : coefficient, name: `cell (${levels.join(', ')})` };
  });
}

function levelsOf(index: number, shape: readonly number[]): number[] {
  const levels = new Array<number>(shape.length).fill(0);
  let rest = index;
  for (let factor = shape.length - 1; factor >= 0; factor--) {
    levels[factor] = rest % shape[factor];
    rest = Math.floor(rest / shape[factor]);
  }
  return levels;
}
