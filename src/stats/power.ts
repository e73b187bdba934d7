/**
 * Power of t-tests with unequal variances, needed seeds, and detectable differences, before anything is trained.
 *
 * For normal errors the power of Welch's test is an expectation over the cells' chi-square variances (S.-L. Jan,
 * G. Shieh, "Optimal sample sizes for Welch's test under various allocation and cost considerations", Behavior Research
 * Methods 43 (2011); the same holds for any contrast): with q the t quantile at the Satterthwaite df of the variances,
 *
 *   power = E[ Phi(d - q w) + Phi(-d - q w) ],  d = difference / sigma_c,  w = (estimated / true) standard error
 *
 * The expectation is taken over 1024 points of a Kronecker lattice (error below 0.002), so it is exact for one, two and
 * more cells alike, where a noncentral t with fixed degrees of freedom would be too hopeful at n = 3.
 */

import { chiSquareQuantile, normalCdf, studentQuantile } from './distributions.js';
import { ok, type Result, shareProblem, undefinedBecause } from './result.js';

/** A planned contrast: its cells' coefficients with one deviation, or one for each cell. */
export interface PlannedContrast {
  /** [1, -1] for a level against the baseline, [1, -1, -1, 1] for an interaction in 2 x 2, [1] for paired differences. */
  readonly coefficients: readonly number[];
  /** Between seeds, in the metric's unit (of paired differences: their own deviation). */
  readonly deviation: number | readonly number[];
}

export interface PowerOptions {
  /** Level of the whole family, 0.05. */
  readonly alpha?: number;
  /** Contrasts in the family: each is planned at Holm's first step, alpha / contrasts, the worst case. */
  readonly contrasts?: number;
}

const POINTS = 1024;
/** Above this many seeds a plan is no plan. */
const MOST_SEEDS = 100_000;

/** A level against its baseline, both with the same deviation. */
export function againstBaseline(deviation: number): PlannedContrast {
  return { coefficients: [1, -1], deviation };
}

/** The interaction of two factors with two levels each. */
export function twoByTwoInteraction(deviation: number): PlannedContrast {
  return { coefficients: [1, -1, -1, 1], deviation };
}

/** The chance that the two-sided test of the contrast finds a true `difference`, with `n` seeds in each cell. */
export function contrastPower(
  planned: PlannedContrast,
  difference: number,
  n: number,
  { alpha = 0.05, contrasts = 1 }: PowerOptions = {},
): Result<{ readonly power: number }> {
  const problem = plannedProblem(planned, alpha, contrasts);
  if (problem !== null) return undefinedBecause(problem);
  if (!Number.isInteger(n) || n < 2) return undefinedBecause(`a test needs at least 2 seeds, got ${n}`);
  if (!Number.isFinite(difference)) return undefinedBecause('the difference is not finite');
  return ok({ power: expectedPower(squaredErrors(planned), n, alpha / contrasts)(difference) });
}

/** The fewest seeds in each cell that find a true `difference` with chance `power` (0.8). */
export function neededSeeds(
  planned: PlannedContrast,
  difference: number,
  { alpha = 0.05, contrasts = 1, power = 0.8 }: PowerOptions & { readonly power?: number } = {},
): Result<{ readonly seeds: number; readonly power: number }> {
  const problem = plannedProblem(planned, alpha, contrasts) ?? shareProblem(power, 'the power');
  if (problem !== null) return undefinedBecause(problem);
  if (!(Math.abs(difference) > 0) || !Number.isFinite(difference)) {
    return undefinedBecause(`the difference must be other than 0, got ${difference}`);
  }
  const squares = squaredErrors(planned);
  const powerAt = (n: number): number => expectedPower(squares, n, alpha / contrasts)(difference);
  let high = 2;
  let reached = powerAt(high);
  while (reached < power) {
    high *= 2;
    if (high > MOST_SEEDS) return undefinedBecause(`more than ${MOST_SEEDS} seeds would be needed`);
    reached = powerAt(high);
  }
  let low = high === 2 ? 1 : high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const there = powerAt(middle);
    if (there >= power) [high, reached] = [middle, there];
    else low = middle;
  }
  return ok({ seeds: high, power: reached });
}

/** The smallest true difference that `n` seeds in each cell find with chance `power` (0.8). */
export function detectableDifference(
  planned: PlannedContrast,
  n: number,
  { alpha = 0.05, contrasts = 1, power = 0.8 }: PowerOptions & { readonly power?: number } = {},
): Result<{ readonly difference: number }> {
  const problem = plannedProblem(planned, alpha, contrasts) ?? shareProblem(power, 'the power');
  if (problem !== null) return undefinedBecause(problem);
  if (!Number.isInteger(n) || n < 2) return undefinedBecause(`a test needs at least 2 seeds, got ${n}`);
  if (power <= alpha / contrasts)
    return undefinedBecause(`a power of ${power} is reached without any difference`);
  const squares = squaredErrors(planned);
  const powerOf = expectedPower(squares, n, alpha / contrasts);
  let high = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / n);
  while (powerOf(high) < power) high *= 2;
  let low = 0;
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (powerOf(middle) < power) low = middle;
    else high = middle;
  }
  return ok({ difference: high });
}

/**
 * The upper limit of a true deviation at `confidence` (0.8), given a measured one: sd sqrt(df / chi2(1 - confidence,
 * df)). Seeds still needed are planned with it, because the deviation of a few seeds is as often too small as too
 * large. Source: R. H. Browne, "On the use of a pilot sample for sample size determination", Statistics in Medicine 14
 * (1995). Undefined for a deviation or df not above 0.
 */
export function upperDeviation(
  deviation: number,
  df: number,
  confidence = 0.8,
): Result<{ readonly deviation: number }> {
  if (!(deviation > 0) || !Number.isFinite(deviation))
    return undefinedBecause('the deviation must be above 0');
  if (!(df > 0) || !Number.isFinite(df)) return undefinedBecause('the degrees of freedom must be above 0');
  const problem = shareProblem(confidence, 'the confidence');
  if (problem !== null) return undefinedBecause(problem);
  return ok({ deviation: deviation * Math.sqrt(df / chiSquareQuantile(1 - confidence, df)) });
}

/** c_i^2 sigma_i^2 of every cell that takes part. */
export function squaredErrors({ coefficients, deviation }: PlannedContrast): number[] {
  const squares = coefficients.map(
    (c, i) => (c * (typeof deviation === 'number' ? deviation : deviation[i])) ** 2,
  );
  return squares.filter((square) => square > 0);
}

function plannedProblem(
  { coefficients, deviation }: PlannedContrast,
  alpha: number,
  m: number,
): string | null {
  const deviations = typeof deviation === 'number' ? coefficients.map(() => deviation) : deviation;
  if (coefficients.length !== deviations.length) return 'there must be one deviation, or one for each cell';
  if ([...coefficients, ...deviations].some((value) => !Number.isFinite(value)))
    return 'a number is not finite';
  if (deviations.some((value) => value < 0)) return 'a deviation is below 0';
  if (!coefficients.some((c, i) => c * deviations[i] !== 0)) return 'the deviation must be above 0';
  if (!Number.isInteger(m) || m < 1) return `a family has at least one contrast, got ${m}`;
  return shareProblem(alpha, 'alpha');
}

/** Power as a function of the difference: the nodes' thresholds are computed once. */
function expectedPower(squares: readonly number[], n: number, alpha: number): (difference: number) => number {
  const thresholds = criticalRatios(squares, n, alpha);
  const deviation = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / n);
  return (difference) => {
    const shift = difference / deviation;
    let sum = 0;
    for (const threshold of thresholds) sum += normalCdf(shift - threshold) + normalCdf(-shift - threshold);
    return sum / thresholds.length;
  };
}

/** q w at each node: the t quantile (two-sided, at `alpha`) times the ratio of the estimated to the true standard error. */
export function criticalRatios(squares: readonly number[], n: number, alpha: number): Float64Array {
  const df = n - 1;
  const total = squares.reduce((sum, square) => sum + square, 0);
  const steps = latticeSteps(squares.length);
  const table = Float64Array.from(
    { length: POINTS },
    (_, i) => chiSquareQuantile((i + 0.5) / POINTS, df) / df,
  );
  return Float64Array.from({ length: POINTS }, (_, point) => {
    let estimated = 0;
    let fourth = 0;
    for (const [cell, square] of squares.entries()) {
      const u = (0.5 + (point + 1) * steps[cell]) % 1;
      const part = square * table[Math.floor(u * POINTS)];
      estimated += part;
      fourth += part ** 2;
    }
    const satterthwaite = (estimated ** 2 * df) / fourth;
    return studentQuantile(1 - alpha / 2, satterthwaite) * Math.sqrt(estimated / total);
  });
}

/**
 * Steps of a Kronecker lattice in `dimensions`: powers of 1 / g, g the root of x^(d+1) = x + 1 (M. Roberts, "The
 * unreasonable effectiveness of quasirandom sequences", 2018).
 */
function latticeSteps(dimensions: number): number[] {
  let root = 2;
  for (let i = 0; i < 60; i++) root = (1 + root) ** (1 / (dimensions + 1));
  return Array.from({ length: dimensions }, (_, i) => (1 / root) ** (i + 1));
}
