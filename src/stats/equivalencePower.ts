import { studentCdf, studentQuantile } from './distributions.js';
import { ok, type Result, undefinedBecause } from './result.js';

/** A contrast's coefficients, and one deviation between seeds for all of its cells. */
export interface EvenContrast {
  readonly coefficients: readonly number[];
  readonly deviation: number;
}

export interface EquivalenceSeeds {
  /** In each cell. */
  readonly seeds: number;
}

/** Beyond so many seeds no study is planned. */
const MOST = 1000;

/**
 * The chance that two one-sided tests at `alpha` call a contrast equivalent whose true value is 0, with `n` values in each
 * cell: 2 F(margin / se - t(1 - alpha)) - 1 at the contrast's degrees of freedom, the standard error taken as known in
 * the bounds. Source of the form: D. J. Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15 (1987), 657-680; against
 * simulation it errs by about a point (`npm run calibrate`).
 */
export function equivalencePower(
  { coefficients, deviation }: EvenContrast,
  margin: number,
  n: number,
  alpha: number,
): number {
  const squares = coefficients.reduce((sum, one) => sum + one * one, 0);
  const error = deviation * Math.sqrt(squares / n);
  const df = coefficients.length * (n - 1);
  return Math.max(0, 2 * studentCdf(margin / error - studentQuantile(1 - alpha, df), df) - 1);
}

/**
 * Seeds in each cell with which a contrast without any effect is called equivalent to within `margin` with chance 0.8, at
 * Holm's first step. Undefined for impossible input, and above 1000 seeds.
 */
export function seedsForEquivalence(
  planned: EvenContrast,
  margin: number,
  { alpha = 0.05, contrasts = 1 }: { readonly alpha?: number; readonly contrasts?: number } = {},
): Result<EquivalenceSeeds> {
  if (!(margin > 0) || !(planned.deviation > 0) || contrasts < 1)
    return undefinedBecause('the margin and the deviation must be above 0');
  for (let seeds = 2; seeds <= MOST; seeds++)
    if (equivalencePower(planned, margin, seeds, alpha / contrasts) >= 0.8) return ok({ seeds });
  return undefinedBecause(`more than ${MOST} seeds would be needed`);
}
