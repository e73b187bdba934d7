/**
 * Whether a comparison has the shape in which t-tests find too much: one side spreads more than the other, and leans to one
 * side (is skewed), so that its far runs are missing from a small sample and its mean and deviation are both too small.
 * Exponential levels at 2 and 4 times the deviation of a normal baseline give 5 to 22% false findings in place of 5
 * (`npm run calibrate`, docs/statistics.md).
 *
 * The rule, stated once. A comparison is lopsided where the root mean square of the levels' deviations is more than 1.3 times
 * the baseline's, or less than its 1.3th part, and the pooled skewness of the noisier side's residuals is more than 0.2 in
 * size. A lopsided finding is trusted only if
 *   three or more levels share the baseline and they are the noisier side: it would also be found if this level
 *   scattered as far as its sibling levels do (the root mean square of their deviations in place of its own, where larger);
 *   else: Holm's p is at most a fiftieth of the level that it is compared with.
 * Others say that they cannot be trusted. The numbers are this project's, chosen by simulation; docs/statistics.md holds
 * them against shapes that they were not chosen on.
 */

import type { TTest } from './contrast.js';
import { studentTwoSided } from './distributions.js';
import { standardDeviation, variance } from './summary.js';

const SPREAD = 1.3;
const SKEWNESS = 0.2;
/** Of the level: what a lopsided finding's p must be below to be trusted, where no siblings tell how far its runs scatter. */
const STRICT = 0.02;
/** Fewer levels say too little of how far their siblings scatter. */
const FEWEST_SIBLINGS = 3;

export interface Shape {
  /** The deviation of the noisier side over that of the other, above 1. */
  readonly spread: number;
  /** Of the noisier side's residuals: third central moment over the 3/2 power of the second. */
  readonly skewness: number;
  readonly noisier: 'levels' | 'baseline';
  /** Mean square of the levels' deviations, and how many there are. */
  readonly levelVariance: number;
  readonly levels: number;
}

/** The shape of levels beside their baseline's cells; `null` where a side does not vary. */
export function shapeOf(
  levels: readonly (readonly number[])[],
  baseline: readonly (readonly number[])[],
): Shape | null {
  const [own, other] = [meanVariance(levels), meanVariance(baseline)];
  if (own === null || other === null || !(own > 0) || !(other > 0)) return null;
  const noisier = own >= other ? 'levels' : 'baseline';
  const skewness = pooledSkewness(noisier === 'levels' ? levels : baseline);
  if (skewness === null) return null;
  const spread = Math.sqrt(Math.max(own / other, other / own));
  return { spread, skewness, noisier, levelVariance: own, levels: levels.length };
}

/** A finding: its test, its level's values (`null` of contrasts of more cells), and the p that decided. */
export interface LopsidedFinding {
  readonly test: TTest;
  readonly level: readonly number[] | null;
  readonly testedP: number;
  readonly holmP: number;
  readonly alpha: number;
}

/** Whether a finding of this shape cannot be trusted. Never of what Holm's p does not find. */
export function isLopsided(shape: Shape | null, finding: LopsidedFinding): boolean {
  const { holmP, alpha } = finding;
  if (shape === null || holmP > alpha) return false;
  if (shape.spread <= SPREAD || Math.abs(shape.skewness) <= SKEWNESS) return false;
  const p = siblingP(shape, finding);
  return p === null ? holmP > STRICT * alpha : p > alpha;
}

/** Holm's p if the level scattered as far as its siblings; `null` where they do not tell. */
function siblingP(shape: Shape, { test, level, testedP, holmP }: LopsidedFinding): number | null {
  const { noisier, levels, levelVariance } = shape;
  const own = level === null ? null : variance(level);
  if (level === null || own === null || noisier === 'baseline' || levels < FEWEST_SIBLINGS) return null;
  const more = Math.max(0, levelVariance - own) / level.length;
  const p = studentTwoSided(test.estimate / Math.sqrt(test.standardError ** 2 + more), test.df);
  // By what Holm's correction multiplied the p that it was given.
  return testedP > 0 ? Math.min(1, (p * holmP) / testedP) : p;
}

/** Mean of the cells' variances; `null` where no cell has two values. */
function meanVariance(cells: readonly (readonly number[])[]): number | null {
  const known = cells.flatMap((values) => standardDeviation(values) ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one ** 2, 0) / known.length;
}

function pooledSkewness(cells: readonly (readonly number[])[]): number | null {
  let [squares, cubes, n] = [0, 0, 0];
  for (const values of cells) {
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const value of values) {
      squares += (value - centre) ** 2;
      cubes += (value - centre) ** 3;
      n++;
    }
  }
  return n === 0 || squares === 0 ? null : cubes / n / (squares / n) ** 1.5;
}
