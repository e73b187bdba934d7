/** The runs of each level of a factor, and each measure over them. */

import { median, standardDeviation } from '../../stats/summary.js';
import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { baselineLevel, equalLevel } from '../../study/expand.js';
import type { Factor, LevelValue, ResolvedStudy } from '../../study/types.js';
import { isFinished } from '../measures/curves.js';
import { byTrial, meanOverTrials } from '../measures/means.js';
import type { Measure } from '../measures/measures.js';
import { factorLevelLabel, levelKey, levelLabel } from '../words/labels.js';
import { measureValue } from './summary.js';

/** A level of a factor with its runs: repeats of one trial, or (`mixed`) runs of several trials that share the level. */
export interface LevelGroup {
  readonly factor: string;
  readonly value: LevelValue;
  /** `0.2`, and with its factor: `learning rate 0.2`. */
  readonly label: string;
  readonly fullLabel: string;
  /** What it is coloured by: the trial's name, or `factor=level` where it is mixed. */
  readonly key: string;
  readonly isBaseline: boolean;
  readonly mixed: boolean;
  readonly runs: readonly LoadedRun[];
  /** Runs that the study names and that are not on disk. */
  readonly missing: number;
}

export interface TrialGroup {
  readonly name: string;
  readonly levels: Readonly<Record<string, LevelValue>>;
  readonly runs: readonly LoadedRun[];
}

/** Runs by trial, in the study's order. Trials without any run on disk are left out. */
export function trialGroups(records: StudyRecords): TrialGroup[] {
  const groups = new Map<string, LoadedRun[]>();
  for (const run of records.runs) {
    const runs = groups.get(run.record.trialName);
    if (runs === undefined) groups.set(run.record.trialName, [run]);
    else runs.push(run);
  }
  return [...groups].map(([name, runs]) => ({ name, levels: runs[0]!.record.levels, runs }));
}

/** Level of every factor at the baseline, by path. */
export function baselineLevels(records: StudyRecords): Record<string, LevelValue> {
  const { factors, baseline } = records.study;
  const levels: Record<string, LevelValue> = {};
  for (const factor of factors) levels[factor.path] = baselineLevel(baseline, factor.path, factor.levels);
  return levels;
}

/**
 * Whether only factors whose levels are studied or searched differ from the baseline. An explicit trial may set any other
 * key, and its runs are then no repeats of a trial of the design.
 */
export function keepsTheRest(
  { factors, baseline }: ResolvedStudy,
  levels: Readonly<Record<string, LevelValue>>,
): boolean {
  return Object.entries(levels).every(([path, level]) => {
    const role = factors.find((factor) => factor.path === path)?.role ?? 'fixed';
    return role !== 'fixed' || equalLevel(baseline, path, level);
  });
}

/**
 * The levels of a factor in the study's order, without runs that differ in what is no factor. In a one-factor study a level's runs have every other factor at the
 * baseline, nuisance factors at the levels that were chosen; in other designs they are all the runs with that level.
 */
export function levelGroups(records: StudyRecords, factor: Factor): LevelGroup[] {
  const baseline = baselineLevels(records);
  const oneFactor = records.study.method.name === 'one-factor';
  const roles = new Map(records.study.factors.map(({ path, role }) => [path, role]));
  const held = Object.fromEntries(
    Object.entries(baseline).filter(([path]) => roles.get(path) !== 'nuisance'),
  );
  const crossed = [...roles.values()].filter((role) => role === 'scientific').length > 1;
  const designed = records.runs.filter(({ record }) => keepsTheRest(records.study, record.levels));
  return distinctLevels(factor, baseline).map((value) => {
    const key = levelKey(value);
    const runs = designed.filter((run) => {
      const { levels } = run.record;
      if (levelKey(levels[factor.path] ?? null) !== key) return false;
      return !oneFactor || othersAtBaseline(levels, held, factor.path);
    });
    const trials = new Set(runs.map((run) => run.record.trialName));
    const mixed = !oneFactor && (trials.size > 1 || crossed || factor.role === 'nuisance');
    const isBaseline = levelKey(baseline[factor.path] ?? null) === key;
    const trialName = oneFactor ? expectedTrialName(records, factor.path, value, isBaseline) : null;
    return {
      factor: factor.path,
      value,
      label: levelLabel(value),
      fullLabel: factorLevelLabel(factor.path, value),
      key: mixed
        ? `${factor.path}=${levelLabel(value)}`
        : (runs[0]?.record.trialName ?? `${factor.path}=${levelLabel(value)}`),
      isBaseline,
      mixed,
      runs,
      missing: records.missing.filter((run) => trials.has(run.trialName) || run.trialName === trialName)
        .length,
    };
  });
}

/** The factor's levels, with the baseline's in front where the study file does not list it. */
function distinctLevels(factor: Factor, baseline: Readonly<Record<string, LevelValue>>): LevelValue[] {
  const own = baseline[factor.path];
  const listed = own !== undefined && !factor.levels.some((level) => levelKey(level) === levelKey(own));
  const all = listed && factor.range === null ? [own, ...factor.levels] : [...factor.levels];
  const seen = new Set<string>();
  return all.filter((level) => {
    const key = levelKey(level);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function othersAtBaseline(
  levels: Readonly<Record<string, LevelValue>>,
  baseline: Readonly<Record<string, LevelValue>>,
  path: string,
): boolean {
  return Object.keys(baseline).every(
    (other) => other === path || levelKey(levels[other] ?? null) === levelKey(baseline[other] ?? null),
  );
}

/** A trial none of whose runs exists is known by its name only: `baseline`, or `learningRate=0.2`. */
function expectedTrialName(
  records: StudyRecords,
  path: string,
  value: LevelValue,
  isBaseline: boolean,
): string | null {
  if (isBaseline) return 'baseline';
  const label = levelLabel(value);
  const found = records.missing.find(
    (run) => run.trialName === `${path}=${label}` || run.trialName === `${path}=${String(value)}`,
  );
  return found?.trialName ?? null;
}

/** One measure over the runs of a level. */
export interface LevelSummary {
  readonly measure: Measure;
  /** One entry per run of the level, in seed order. */
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

/** Mean, deviation and interval over the seeds of a level. Runs that neither finished nor diverged are left out. */
export function summarizeLevel(group: Pick<LevelGroup, 'runs'>, measure: Measure): LevelSummary {
  const ended = group.runs.filter((run) => isFinished(run) || run.record.status === 'diverged');
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

/** The median of values of which `null` means "later than all others". */
function censoredMedian(values: readonly (number | null)[]): { k: number; n: number; median: number | null } {
  const middle = median(values.map((value) => value ?? Number.MAX_VALUE));
  return {
    k: values.filter((value) => value !== null).length,
    n: values.length,
    median: middle === null || middle >= Number.MAX_VALUE / 2 ? null : middle,
  };
}
