/**
 * By how much the estimates that pass a test are too large on average: the winner's curse, called type M error or
 * exaggeration by A. Gelman and J. Carlin, "Beyond power calculations: assessing type S (sign) and type M (magnitude)
 * errors", Perspectives on Psychological Science 9 (2014), who simulate it. Here, for normal errors, it is computed. With
 * delta the true difference in true standard errors, q the t quantile of the level, and w the estimated standard error
 * divided by the true one (w^2 is chi-square over its degrees of freedom), an estimate passes where |Z| > q w,
 * Z ~ N(delta, 1), and
 *
 *   power        = E_w[ Phi(delta - q w) + Phi(-delta - q w) ]
 *   exaggeration = E[ |Z| given that it passes ] / delta
 *                = E_w[ phi(q w - delta) + phi(q w + delta) + delta (Phi(delta - q w) - Phi(-delta - q w)) ] / (delta power)
 */

import { chiSquareQuantile, normalCdf, studentQuantile } from './distributions.js';
import { ok, type Result, shareProblem, undefinedBecause } from './result.js';

export interface Exaggeration {
  /** The mean size of the estimates that pass, divided by the true one: 1.25 is 25% too large. */
  readonly ratio: number;
  /** The chance that a study like this one passes. */
  readonly power: number;
}

/** Nodes of the expectation over the estimated standard error: the error of the ratio is below 0.002 from 2 df on. */
const POINTS = 256;

/**
 * For a true difference of `delta` standard errors, tested two-sided at `level` with a t-test of `df` degrees of freedom.
 * A study knows neither the true difference nor the true error and takes its own t for `delta`; the smaller the true one
 * is, the larger is the exaggeration, so that this is the hopeful figure.
 */
export function exaggeration(
  { delta, df }: { readonly delta: number; readonly df: number },
  level: number,
): Result<Exaggeration> {
  const problem = shareProblem(level, 'the level');
  if (problem !== null) return undefinedBecause(problem);
  const size = Math.abs(delta);
  if (!(size > 0) || !Number.isFinite(size)) return undefinedBecause('the difference must be other than 0');
  if (!(df > 0)) return undefinedBecause(`the degrees of freedom must be above 0, got ${df}`);
  const quantile = studentQuantile(1 - level / 2, df);
  let power = 0;
  let passed = 0;
  for (let i = 0; i < POINTS; i++) {
    const bound = quantile * Math.sqrt(chiSquareQuantile((i + 0.5) / POINTS, df) / df);
    const [above, below] = [normalCdf(size - bound), normalCdf(-size - bound)];
    power += above + below;
    passed += density(bound - size) + density(bound + size) + size * (above - below);
  }
  if (!(power > 0)) return undefinedBecause('a difference of this size never passes');
  return ok({ ratio: passed / (size * power), power: power / POINTS });
}

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
