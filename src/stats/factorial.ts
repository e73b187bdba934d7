/**
 * Main effects and interactions of full factorial designs of any number of factors and levels, as contrasts of cell
 * means with Welch-Satterthwaite intervals: the cells may differ in variance and in n, and nothing is pooled.
 * Source of the contrasts: D. C. Montgomery, "Design and analysis of experiments", chapters 5 and 6; of the standard
 * error and degrees of freedom: Welch (1947), Satterthwaite (1946), see `contrast.ts`.
 */

import { type ContrastCell, contrast, type TTest } from './contrast.js';
import { type Result, undefinedBecause } from './result.js';

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

export interface FactorialContrast {
  readonly steps: readonly FactorStep[];
  readonly result: Result<TTest>;
}

/**
 * The product contrast of the steps, averaged with equal weight over the levels of all other factors, or at the levels
 * of them that `at` fixes (by factor). One step: the main effect m(level) - m(reference), or with `at` a simple effect.
 * Two steps: the interaction (m11 - m01) - (m10 - m00), that is, by how much the second step changes the effect of the
 * first. Three steps: the difference of two such differences.
 * Undefined for an impossible design or step, and where a cell that takes part has fewer than two values or one that
 * is not finite (the reason names the cell by its levels).
 */
export function factorialContrast(
  design: FactorialDesign,
  steps: readonly FactorStep[],
  at: Readonly<Record<number, number>> = {},
  level = 0.95,
): Result<TTest> {
  const problem = designProblem(design) ?? stepsProblem(design, steps, at);
  if (problem !== null) return undefinedBecause(problem);
  return contrast(factorialCells(design, steps, at), level);
}

/** The cells of `factorialContrast` with their coefficients, for `decideFamily`; the design and steps must be possible. */
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

/** Main effect of every factor's levels 1, 2, ... against its level 0. */
export function mainEffects(design: FactorialDesign, level = 0.95): FactorialContrast[] {
  return design.shape.flatMap((count, factor) =>
    stepsFromZero(factor, count).map((step) => ({
      steps: [step],
      result: factorialContrast(design, [step], {}, level),
    })),
  );
}

/** Interaction of every two factors, for all their levels 1, 2, ... against level 0. */
export function interactions(design: FactorialDesign, level = 0.95): FactorialContrast[] {
  const { shape } = design;
  const pairs = shape.flatMap((_, f) => shape.slice(f + 1).map((__, i) => [f, f + 1 + i] as const));
  return pairs.flatMap(([f, g]) =>
    stepsFromZero(f, shape[f]).flatMap((first) =>
      stepsFromZero(g, shape[g]).map((second) => ({
        steps: [first, second],
        result: factorialContrast(design, [first, second], {}, level),
      })),
    ),
  );
}

function stepsFromZero(factor: number, count: number): FactorStep[] {
  return Array.from({ length: count - 1 }, (_, i) => ({ factor, level: i + 1, reference: 0 }));
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

function designProblem({ shape, cells }: FactorialDesign): string | null {
  if (shape.length === 0 || shape.some((count) => !Number.isInteger(count) || count < 1)) {
    return 'every factor needs at least one level';
  }
  const count = shape.reduce((product, levels) => product * levels, 1);
  return cells.length === count
    ? null
    : `a ${shape.join(' x ')} design has ${count} cells, got ${cells.length}`;
}

function stepsProblem(
  { shape }: FactorialDesign,
  steps: readonly FactorStep[],
  at: Readonly<Record<number, number>>,
): string | null {
  if (steps.length === 0) return 'the contrast has no steps';
  const hasLevel = (factor: number, level: number): boolean =>
    Number.isInteger(level) && level >= 0 && level < (shape[factor] ?? 0);
  for (const [i, { factor, level, reference }] of steps.entries()) {
    if (!hasLevel(factor, level) || !hasLevel(factor, reference) || level === reference) {
      return `factor ${factor} has no step from level ${reference} to ${level}`;
    }
    if (factor in at || steps.slice(i + 1).some((other) => other.factor === factor)) {
      return `factor ${factor} appears twice`;
    }
  }
  const wrong = Object.entries(at).find(([factor, level]) => !hasLevel(Number(factor), level));
  return wrong === undefined ? null : `factor ${wrong[0]} has no level ${wrong[1]}`;
}
