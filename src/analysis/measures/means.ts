/** The mean over runs of one or several trials, with its interval over seeds. */

import { contrast } from '../../stats/contrast.js';
import { mean } from '../../stats/summary.js';
import { tInterval } from '../../stats/tInterval.js';
import type { LoadedRun } from '../../store/records.js';
import type { Bounds } from '../words/results.js';

export interface TrialMean {
  readonly mean: number | null;
  /** 95%; `null` where a trial has fewer than two values, or nothing varies. */
  readonly interval: Bounds | null;
}

/**
 * Of one trial: mean and t-interval over its seeds. Of several trials (a level of a factorial design): the mean of the
 * trials' means, each with equal weight, and the Welch-Satterthwaite interval of that contrast. What differs between
 * the trials stays out of the interval: it is no error, and seeds are the only repeats.
 */
export function meanOverTrials(byTrial: readonly (readonly number[])[]): TrialMean {
  const filled = byTrial.filter((values) => values.length > 0);
  if (filled.length === 0) return { mean: null, interval: null };
  const [only] = filled;
  if (filled.length === 1) {
    const known = tInterval(only!);
    return {
      mean: mean(only!),
      interval: known.status === 'ok' ? { low: known.low, high: known.high } : null,
    };
  }
  const coefficient = 1 / filled.length;
  const means = filled.map((values) => mean(values) ?? Number.NaN);
  const whole = contrast(filled.map((values) => ({ values, coefficient })));
  return {
    mean: mean(means),
    interval: whole.status === 'ok' ? { low: whole.low, high: whole.high } : null,
  };
}

/** Values of runs, grouped by the trial that each belongs to. */
export function byTrial(items: readonly { readonly run: LoadedRun; readonly value: number }[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const { run, value } of items) {
    const values = groups.get(run.record.trialName);
    if (values === undefined) groups.set(run.record.trialName, [value]);
    else values.push(value);
  }
  return [...groups.values()];
}
