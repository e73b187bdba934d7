/**
 * Runs that did not learn, beside siblings that did: a mean over both describes neither. They have collapsed, also where too
 * few or too scattered siblings keep the rule of `collapse.ts` from telling them apart. The rule, stated once:
 *
 *   the dead runs of a group have collapsed where at least as many others are alive, and these train as the study's do:
 *   their median lies at least half as far above guessing as that of all runs that are alive, and that one further above
 *   it than the noise of guessing (ten standard errors).
 *
 * The factors are this project's; what they do is simulated (`npm run calibrate`).
 */

import { median } from './summary.js';

export interface GroupOfRuns {
  /** How far above guessing the runs lie that learned. */
  readonly alive: readonly number[];
  /** How many runs did not. */
  readonly dead: number;
  /** What a value has to exceed guessing by to be far from it. */
  readonly noise: number;
}

/** So many standard errors of guessing above guessing, runs train. */
export const FAR_ABOVE_GUESSING = 10;

/** Of each group, whether its dead runs have collapsed. */
export function deadBesideSiblings(groups: readonly GroupOfRuns[]): boolean[] {
  const typical = median(groups.flatMap(({ alive }) => alive));
  return groups.map(({ alive, dead, noise }) => {
    const own = median(alive);
    if (typical === null || own === null || dead === 0 || dead > alive.length) return false;
    return typical > noise && own >= typical / 2;
  });
}
