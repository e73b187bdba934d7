import { normalCdf } from './distributions.js';
import { criticalRatios, squaredErrors } from './power.js';
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
const MOST = 1024;

/**
 * The chance that a contrast whose true value is 0 is called equivalent, with `n` values in each cell: both one-sided tests
 * at `alpha` succeed, and the two-sided one does not find it different. As an expectation over the cells' variances
 * (`power.ts`): E[2 Phi(min(margin / sigma_c - q1 w, q2 w)) - 1], where that is above 0. Against simulation: its test.
 */
export function equivalencePower(planned: EvenContrast, margin: number, n: number, alpha: number): number {
  const squares = squaredErrors(planned);
  const error = Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / n);
  const oneSided = criticalRatios(squares, n, 2 * alpha);
  const twoSided = criticalRatios(squares, n, alpha);
  let sum = 0;
  for (const [i, ratio] of oneSided.entries()) {
    const within = Math.min(margin / error - ratio, twoSided[i]);
    if (within > 0) sum += 2 * normalCdf(within) - 1;
  }
  return sum / oneSided.length;
}

/**
 * Seeds in each cell with which a contrast without any effect is called equivalent to within `margin` with chance 0.8, at
 * Holm's first step. Undefined for impossible input, and above 1024 seeds.
 */
export function seedsForEquivalence(
  planned: EvenContrast,
  margin: number,
  { alpha = 0.05, contrasts = 1 }: { readonly alpha?: number; readonly contrasts?: number } = {},
): Result<EquivalenceSeeds> {
  if (!(margin > 0) || !(planned.deviation > 0) || contrasts < 1)
    return undefinedBecause('the margin and the deviation must be above 0');
  const isEnough = (seeds: number) => equivalencePower(planned, margin, seeds, alpha / contrasts) >= 0.8;
  let high = 2;
  while (!isEnough(high)) {
    high *= 2;
    if (high > MOST) return undefinedBecause(`more than ${MOST} seeds would be needed`);
  }
  let low = high === 2 ? 1 : high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return ok({ seeds: high });
}
