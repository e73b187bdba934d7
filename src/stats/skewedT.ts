/**
 * Student's t of a contrast, corrected for the skewness of its cells: Hall's cubic transformation
 *
 *   T = t + a t^2 / 3 + a^2 t^3 / 27 + a / 6,   a = sum c_i^3 m3_i / n_i^2 / se^3,
 *
 * m3: third central moments. It is monotone in t, and takes out the first term of the error that skewness makes. Where a
 * cell leans away from what it is compared with, its far runs are likely missing, and T lies nearer to 0 than t.
 *
 * Source: P. Hall, "On the removal of skewness by transformation", J. of the Royal Statistical Society B 54 (1992); of two
 * samples: X.-H. Zhou and P. Dinh, "Nonparametric confidence intervals for the one- and two-sample problems",
 * Biostatistics 6 (2005).
 */

import type { ContrastCell, TTest } from './contrast.js';
import { studentTwoSided } from './distributions.js';

/**
 * The two-sided p, never below the uncorrected one; 1 where the corrected T has the other sign.
 * @param times the lean of a few runs is smaller than that of what they are drawn from: by what it is multiplied
 */
export function skewedP(
  cells: readonly ContrastCell[],
  { estimate, standardError, df, p }: TTest,
  times: number,
) {
  const t = estimate / standardError;
  const sum = cells.reduce(
    (so, { values, coefficient }) => so + (coefficient ** 3 * thirdMoment(values)) / values.length ** 2,
    0,
  );
  const a = (times * sum) / standardError ** 3;
  const corrected = t + (a * t ** 2) / 3 + (a ** 2 * t ** 3) / 27 + a / 6;
  if (!Number.isFinite(corrected) || corrected * t <= 0) return 1;
  return Math.max(p, studentTwoSided(corrected, df));
}

function thirdMoment(values: readonly number[]): number {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - centre) ** 3, 0) / values.length;
}
