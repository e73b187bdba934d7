import { ok, type Result, shareProblem, undefinedBecause } from './result.js';

/**
 * The level of look `look` (1, 2, ...) at data that grow: 4 alpha / 5^look, that is 0.04, 0.008, 0.0016, ...
 * of 0.05. The levels of all looks sum to `alpha`, so by Bonferroni's inequality any number of looks makes a false
 * finding with probability at most `alpha`. A fixed sequence chosen before there are data is a spending function in
 * the sense of K. K. G. Lan, D. L. DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983).
 * Studies make their first look at `alpha` itself (`familyOptions`), for which the simulation has a row of its own.
 * Undefined for a look that is not a whole number from 1.
 */
export function alphaAtLook(look: number, alpha = 0.05): Result<{ readonly alpha: number }> {
  if (!Number.isInteger(look) || look < 1) return undefinedBecause(`looks are counted from 1, got ${look}`);
  const problem = shareProblem(alpha, 'alpha');
  if (problem !== null) return undefinedBecause(problem);
  return ok({ alpha: (4 * alpha) / 5 ** look });
}
