/** Every measure of every run, and one measure over several runs. */

import { median, standardDeviation } from '../../stats/summary.js';
import type { LoadedRun, RunStatus } from '../../store/records.js';
import { isFinished } from '../measures/curves.js';
import { byTrial, meanOverTrials } from '../measures/means.js';
import { MEASURES, type Measure } from '../measures/measures.js';

export interface RunSummary {
  readonly id: string;
  readonly trialName: string;
  /** The seed's label. */
  readonly seed: number;
  readonly status: RunStatus;
  readonly epochsDone: number;
  readonly epochs: number;
  /** Values by measure id; `null`: not measured, not reached, or (`needsEnd`) the run did not train to its end. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** Measures of runs that were taken: a report asks for each many times, and a curve is read for each of them. */
const taken = new WeakMap<LoadedRun, Map<Measure, number | null>>();

/** One measure of one run, as `summarizeRun` gives it. */
export function measureValue(run: LoadedRun, measure: Measure): number | null {
  const known = taken.get(run) ?? new Map<Measure, number | null>();
  const before = known.get(measure);
  if (before !== undefined) return before;
  const value = measure.needsEnd && !isFinished(run) ? null : measure.of(run);
  const finite = value !== null && Number.isFinite(value) ? value : null;
  known.set(measure, finite);
  taken.set(run, known);
  return finite;
}

/** All measures of one run. Those that describe the whole curve are `null` for a run that did not train to its end. */
export function summarizeRun(run: LoadedRun): RunSummary {
  const values = Object.fromEntries(MEASURES.map((measure) => [measure.id, measureValue(run, measure)]));
  const { id, trialName, seed, status, epochsDone, epochs } = run.record;
  return { id, trialName, seed: seed.label, status, epochsDone, epochs, values };
}

/** One measure over a group of runs. */
export interface LevelSummary {
  readonly measure: Measure;
  /** One entry per run that ended, in seed order; of a censored measure, per run that measured what it is of. */
  readonly perRun: readonly { readonly id: string; readonly seed: number; readonly value: number | null }[];
  /** Values that exist. */
  readonly values: readonly number[];
  readonly n: number;
  /** Of several trials the mean of their means. */
  readonly mean: number | null;
  /** Over all values. */
  readonly sd: number | null;
  /** 95% interval of the mean over seeds; `null` where a trial has fewer than two values. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** For censored measures: reached by `k` of `n` runs, and the median over all n (`null` where that is not reached). */
  readonly reached: { readonly k: number; readonly n: number; readonly median: number | null } | null;
  /** Runs of the level that diverged; means are then "of the runs that finished". */
  readonly diverged: number;
  /** Share of diverged runs among those that ended. */
  readonly divergedShare: number | null;
}

/** Mean, deviation and interval over the seeds of a group. Runs that neither finished nor diverged are left out. */
export function summarizeLevel(
  { runs }: { readonly runs: readonly LoadedRun[] },
  measure: Measure,
): LevelSummary {
  const ended = measuredBy(
    runs.filter((run) => isFinished(run) || run.record.status === 'diverged'),
    measure,
  );
  const perRun = ended.map((run) => {
    const { id, seed } = run.record;
    return { id, seed: seed.label, value: measureValue(run, measure) };
  });
  const values = perRun.flatMap(({ value }) => (value === null ? [] : [value]));
  const diverged = ended.filter((run) => run.record.status === 'diverged').length;
  const finite = ended.flatMap((run, i) => {
    const value = perRun[i]!.value;
    return value === null ? [] : [{ run, value }];
  });
  const overall = meanOverTrials(byTrial(finite));
  return {
    measure,
    perRun,
    values,
    n: values.length,
    mean: measure.censored ? null : overall.mean,
    sd: measure.censored ? null : standardDeviation(values),
    interval: measure.censored ? null : overall.interval,
    reached: measure.censored ? censoredMedian(perRun.map(({ value }) => value)) : null,
    diverged,
    divergedShare: ended.length === 0 ? null : diverged / ended.length,
  };
}

/** "Not reached" is said of runs that could have; of one that diverged before its first epoch as of its siblings. */
function measuredBy(ended: readonly LoadedRun[], { isMeasured }: Measure): readonly LoadedRun[] {
  if (isMeasured === undefined || !ended.some(isMeasured)) return isMeasured === undefined ? ended : [];
  return ended.filter((run) => run.record.status === 'diverged' || isMeasured(run));
}

/** The median of values of which `null` means "later than all others". */
function censoredMedian(values: readonly (number | null)[]): { k: number; n: number; median: number | null } {
  const middle = median(values.map((value) => value ?? Number.MAX_VALUE));
  return {
    k: values.filter((value) => value !== null).length,
    n: values.length,
    median: middle === null || middle >= Number.MAX_VALUE / 2 ? null : middle,
  };
}
