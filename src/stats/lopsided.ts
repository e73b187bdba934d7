/**
 * Whether a comparison has the shape in which t-tests find too much: one side spreads more than the other, and leans to one
 * side (is skewed), so that its far runs are missing from a small sample and its mean and deviation are both too small.
 * Exponential levels at 2 and 4 times the deviation of a normal baseline give 5 to 22% false findings in place of 5
 * (`npm run calibrate`, docs/statistics.md).
 *
 * The rule, stated once: the middle deviation of the levels is more than 1.3 times the baseline's, or less than its 1.3th
 * part; and the skewness of the levels' residuals, pooled, is more than 0.2 in size; and Holm's p is above a fiftieth of
 * the level that it is compared with. Such findings say that they cannot be trusted: with the rest, at most 6% of
 * studies without any effect find something in those scenarios. The numbers are this project's, chosen by simulation.
 */

import { median, standardDeviation } from './summary.js';

const SPREAD = 1.3;
const SKEWNESS = 0.2;
/** Of the level: what a lopsided finding's p must be below to be trusted. */
const STRICT = 0.02;

export interface Shape {
  /** The middle deviation of the one side over that of the other, above 1. */
  readonly spread: number;
  /** Of the levels' residuals: third central moment over the 3/2 power of the second. */
  readonly skewness: number;
}

/** The shape of levels beside their baseline's cells; `null` where a side does not vary. */
export function shapeOf(
  levels: readonly (readonly number[])[],
  baseline: readonly (readonly number[])[],
): Shape | null {
  const middle = (cells: readonly (readonly number[])[]) =>
    median(cells.flatMap((values) => standardDeviation(values) ?? []));
  const [a, b] = [middle(levels), middle(baseline)];
  const skewness = pooledSkewness(levels);
  if (a === null || b === null || !(a > 0) || !(b > 0) || skewness === null) return null;
  return { spread: Math.max(a / b, b / a), skewness };
}

/** Whether a finding with this Holm's p cannot be trusted at `alpha`, for its shape. */
export function isLopsided(shape: Shape | null, holmP: number, alpha: number): boolean {
  if (shape === null || holmP > alpha || holmP <= STRICT * alpha) return false;
  return shape.spread > SPREAD && Math.abs(shape.skewness) > SKEWNESS;
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
