import type { TTest } from './contrast.js';
import { studentTwoSided } from './distributions.js';
import { variance } from './summary.js';

/**
 * The p-value of a level against a baseline that other levels are compared with too, for Holm's correction.
 *
 * Welch's test at a small level (0.05 / 6) is too hopeful where one sample is far noisier than the other: the noisy
 * variance is sometimes estimated too small, and the Satterthwaite degrees of freedom then grow with it. Against one
 * shared, steady baseline those errors are nearly independent, so Holm has nothing to spare, and six such contrasts find
 * something false in 6.9% of studies (`docs/statistics.md`). Where the level is the noisier side, p is therefore moved
 * towards that of the level's own degrees of freedom:
 *
 *   p' = (1 - u) p(df) + u p(n_level - 1),   u = max(0, 2 r - 1)^2,   r = (s_level^2 / n_level) / standard error^2
 *
 * At equal variances u is 0; where the level has all the variance it is 1, and the test is the one-sample t-test that
 * Welch's becomes there. Where the baseline is the noisier side nothing is changed: the contrasts then share their error.
 * It never lies below Welch's p.
 *
 * n_level - 1 is the lower bound of the degrees of freedom in: H. Scheffe, "Practical solutions of the Behrens-Fisher
 * problem", J. of the American Statistical Association 65 (1970); the weight is this project's, chosen by simulation
 * (`npm run calibrate`): it costs three points of power at three seeds, none at eleven.
 */
export function sharedBaselineP(test: TTest, level: readonly number[]): number {
  const own = variance(level);
  if (own === null || level.length < 2) return test.p;
  const share = Math.min(1, own / level.length / test.standardError ** 2);
  const weight = Math.max(0, 2 * share - 1) ** 2;
  const cautious = studentTwoSided(test.t, level.length - 1);
  return Math.max(test.p, (1 - weight) * test.p + weight * cautious);
}
