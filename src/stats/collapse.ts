/**
 * Runs that lie far below (or above) their siblings: a mean over them describes none. The rule, stated once:
 *
 *   a run has collapsed where, on the bad side, its distance from the median of its group is
 *     more than 10 times s, and more than 5 times the range of the group's other runs;
 *   s = 1.4826 times the median distance of all runs of the study from the median of their groups (the runs that are
 *   such a median left out), which is the deviation between seeds where errors are normal;
 *   at most half of a group can have collapsed: a group that is bad as a whole is just bad.
 *
 * The median absolute deviation: F. R. Hampel, "The influence curve and its role in robust estimation", J. of the
 * American Statistical Association 69 (1974). The factors 10 and 5 are this project's, chosen by simulation
 * (`npm run calibrate`): of studies with normal, heavy-tailed and unequal errors about one in a hundred, or fewer, has a run
 * that is called collapsed by mistake.
 */

import { maxOf, minOf } from '../base/extremes.js';
import { median } from './summary.js';

const FAR = 10;
const APART = 5;
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
    return values.map((value, i) => far[i] === true && sign * (centre - value) > APART * range);
  });
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
