/**
 * Runs that lie far below (or above) their siblings: a mean over them describes none. The rule, stated once:
 *
 *   a run has collapsed where, on the bad side, its distance from the median of its group is
 *     more than 10 times s, and more than 10 times the deviation of the group's other runs as their range gives it
 *     (range / d2), but at least 5 times that range where there are no more than three of them;
 *   s = 1.4826 times the median distance of all runs of the study from the median of their groups (the runs that are
 *   such a median left out), which is the deviation between seeds where errors are normal;
 *   at most half of a group can have collapsed: a group that is bad as a whole is just bad.
 *
 * The median absolute deviation: F. R. Hampel, "The influence curve and its role in robust estimation", J. of the
 * American Statistical Association 69 (1974). d2, the expected range of m normal values: L. H. C. Tippett, "On the extreme
 * individuals and the range of samples taken from a normal population", Biometrika 17 (1925). The factors 10 and 5 are
 * this project's, chosen by simulation (`npm run calibrate`): of studies with normal and unequal errors one in a
 * hundred, of very heavy-tailed ones four in a hundred, have a run that is called collapsed by mistake.
 */

import { maxOf, minOf } from '../base/extremes.js';
import { median } from './summary.js';

const FAR = 10;
/** Of the range of two or three others, which says little of how far they scatter. */
const APART = 5;
const FEW = 3;
/** Expected range of m normal values of deviation 1, m from 4 to 10; of more about as many as of ten would say. */
const D2 = [2.059, 2.326, 2.534, 2.704, 2.847, 2.97, 3.078] as const;
/** Of a normal distribution: deviation / median absolute deviation. */
const NORMAL = 1.4826;

/**
 * Which values have collapsed, group by group, in the order given. Groups of fewer than three values have none.
 * @param goal on which side the bad values lie
 */
export function collapsed(
  groups: readonly (readonly number[])[],
  goal: 'maximize' | 'minimize',
): (readonly boolean[])[] {
  const sign = goal === 'maximize' ? 1 : -1;
  const scale = pooledScale(groups);
  return groups.map((values) => {
    const centre = median(values);
    if (centre === null || values.length < 3 || scale === null) return values.map(() => false);
    const far = values.map((value) => sign * (centre - value) > FAR * scale);
    const others = values.filter((_, i) => !far[i]);
    if (2 * others.length < values.length || others.length < 2) return values.map(() => false);
    const range = maxOf(others) - minOf(others);
    const least = apartFrom(others.length) * range;
    return values.map((value, i) => far[i] === true && sign * (centre - value) > least);
  });
}

/** How many times the range of `others` runs a run must lie from the median. */
function apartFrom(others: number): number {
  if (others <= FEW) return APART;
  return FAR / D2[Math.min(others - FEW - 1, D2.length - 1)]!;
}

/** `null` where nothing varies. */
function pooledScale(groups: readonly (readonly number[])[]): number | null {
  const distances = groups.flatMap((values) => {
    const centre = median(values);
    if (centre === null || values.length < 3) return [];
    const own = values.map((value) => Math.abs(value - centre)).sort((a, b) => a - b);
    return values.length % 2 === 1 ? own.slice(1) : own;
  });
  const middle = median(distances);
  return middle === null || middle === 0 ? null : NORMAL * middle;
}

/**
 * The largest share of collapsed runs that would leave `n` runs without one in at least one of twenty studies: what a
 * study that saw none cannot exclude.
 */
export function unseenShare(n: number): number {
  return n < 1 ? 1 : 1 - 0.05 ** (1 / n);
}

/**
 * The share of runs that would have to collapse by `depth` for a difference of means to vanish; `null` where no share
 * would do it, because the difference is larger than the depth.
 */
export function undoingShare(difference: number, depth: number): number | null {
  const share = Math.abs(difference) / depth;
  return depth > 0 && share < 1 ? share : null;
}
