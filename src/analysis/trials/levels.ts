/** The runs of each level of a factor. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { baselineLevel, equalLevel, finalTrials } from '../../study/expand.js';
import type { Factor, LevelValue, ResolvedStudy } from '../../study/types.js';
import { factorLevelLabel, levelKey, levelLabel } from '../words/labels.js';
import { type Levels, RunGroup } from './runGroup.js';

/** Level of every factor at the baseline, by path. */
export function baselineLevels({ factors, baseline }: ResolvedStudy): Record<string, LevelValue> {
  const levels: Record<string, LevelValue> = {};
  for (const factor of factors) levels[factor.path] = baselineLevel(baseline, factor.path, factor.levels);
  return levels;
}

/**
 * Whether only factors whose levels are studied or searched differ from the baseline. An explicit trial may set any other
 * key, and its runs are then no repeats of a trial of the design.
 */
export function keepsTheRest({ factors, baseline }: ResolvedStudy, levels: Levels): boolean {
  return Object.entries(levels).every(([path, level]) => {
    const role = factors.find((factor) => factor.path === path)?.role ?? 'fixed';
    return role !== 'fixed' || equalLevel(baseline, path, level);
  });
}

/**
 * The runs that are repeats of trials of the design. Where nuisance factors are searched an explicit trial sets levels of
 * its own for them, and is another trial than the one that was chosen.
 */
export function designedRuns({ study, runs, search }: StudyRecords): LoadedRun[] {
  const finals = study.selection === null ? [] : finalTrials(study, search?.selection?.levels ?? []);
  const explicit = new Set(finals.flatMap(({ name, isExplicit }) => (isExplicit ? [name] : [])));
  return runs.filter(({ record }) => keepsTheRest(study, record.levels) && !explicit.has(record.trialName));
}

/** How many runs of these trials the study names that are not on disk. */
export function missingOf({ missing }: Pick<StudyRecords, 'missing'>, trials: ReadonlySet<string>): number {
  return missing.filter(({ trialName }) => trials.has(trialName)).length;
}

/**
 * The levels of a factor in the study's order, without runs that differ in what is no factor. In a one-factor study a
 * level's runs have every other factor at the baseline, nuisance factors at the levels that were chosen; in other designs
 * they are all the runs with that level.
 */
export function levelGroups(records: StudyRecords, factor: Factor): RunGroup[] {
  const { study } = records;
  const baseline = baselineLevels(study);
  const oneFactor = study.method.name === 'one-factor';
  const isAmong = oneFactor ? others(study, factor.path, baseline) : () => true;
  const designed = designedRuns(records);
  return distinctLevels(factor, baseline).map((value) => {
    const key = levelKey(value);
    const runs = designed.filter(
      ({ record: { levels } }) => levelKey(levels[factor.path] ?? null) === key && isAmong(levels),
    );
    const isBaseline = levelKey(baseline[factor.path] ?? null) === key;
    const trials = new Set(runs.map(({ record }) => record.trialName));
    const expected = oneFactor ? expectedTrialName(records, factor.path, value, isBaseline) : null;
    const mixed = !oneFactor && (trials.size > 1 || isCrossed(study) || factor.role === 'nuisance');
    const own = `${factor.path}=${levelLabel(value)}`;
    return new RunGroup({
      name: mixed ? own : (runs[0]?.record.trialName ?? own),
      label: levelLabel(value),
      fullLabel: factorLevelLabel(factor.path, value),
      levels: { [factor.path]: value },
      isBaseline,
      mixed,
      runs,
      missing: missingOf(records, new Set([...trials, ...(expected === null ? [] : [expected])])),
    });
  });
}

function isCrossed({ factors }: ResolvedStudy): boolean {
  return factors.filter(({ role }) => role === 'scientific').length > 1;
}

/** Whether all factors but one, and but the nuisance factors, are at the baseline. */
function others(study: ResolvedStudy, path: string, baseline: Levels): (levels: Levels) => boolean {
  const held = study.factors
    .filter((factor) => factor.role !== 'nuisance' && factor.path !== path)
    .map((factor) => factor.path);
  return (levels) => held.every((one) => levelKey(levels[one] ?? null) === levelKey(baseline[one] ?? null));
}

/** The factor's levels, with the baseline's in front where the study file does not list it. */
function distinctLevels(factor: Factor, baseline: Levels): LevelValue[] {
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

/** A trial none of whose runs exists is known by its name only: `baseline`, or `learningRate=0.2`. */
function expectedTrialName(
  { missing }: StudyRecords,
  path: string,
  value: LevelValue,
  isBaseline: boolean,
): string | null {
  if (isBaseline) return 'baseline';
  const names = [`${path}=${levelLabel(value)}`, `${path}=${String(value)}`];
  return missing.find(({ trialName }) => names.includes(trialName))?.trialName ?? null;
}
