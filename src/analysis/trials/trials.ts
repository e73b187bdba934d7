/** The trials of a study with their runs. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import {
  chosenTrial,
  expandTrials,
  finalTrials,
  type SearchGroup,
  searchGroups,
} from '../../study/expand.js';
import type { ResolvedStudy, Trial } from '../../study/types.js';
import { joinWords } from '../words/format.js';
import { factorLevelLabel, levelKey, levelsLabel } from '../words/labels.js';
import { baselineLevels, missingOf } from './levels.js';
import { type Levels, RunGroup } from './runGroup.js';

/**
 * Every trial of the study, in its order; trials that were never run are there too. Of a study that searched nuisance
 * factors, one group for each combination of scientific levels, with the fresh runs of the trial that was chosen for it
 * (none before the selection), then the explicit trials.
 */
export function studyTrials(records: StudyRecords): RunGroup[] {
  const { study, search } = records;
  const byName = runsByTrial(records.runs);
  if (study.selection === null) return expandTrials(study).map((trial) => groupOf(records, byName, trial));
  const choices = search?.selection?.levels ?? [];
  const finals = finalTrials(study, choices);
  const byLevels = new Map(finals.map((trial) => [levelKey(trial.levels), trial]));
  const searched = searchGroups(study).map((group) => {
    const chosen = chosenTrial(study, group, choices);
    const trial = chosen === undefined ? undefined : byLevels.get(levelKey(chosen.levels));
    return trial === undefined ? unchosen(records, group) : groupOf(records, byName, trial);
  });
  const explicit = finals.filter(({ isExplicit }) => isExplicit);
  return [...searched, ...explicit.map((one) => groupOf(records, byName, one))];
}

function runsByTrial(runs: readonly LoadedRun[]): Map<string, LoadedRun[]> {
  const groups = new Map<string, LoadedRun[]>();
  for (const run of runs) {
    const own = groups.get(run.record.trialName);
    if (own === undefined) groups.set(run.record.trialName, [run]);
    else own.push(run);
  }
  return groups;
}

function groupOf(
  records: StudyRecords,
  byName: ReadonlyMap<string, readonly LoadedRun[]>,
  { name, levels, isBaseline, isExplicit }: Trial,
): RunGroup {
  const missing = missingOf(records, new Set([name]));
  const fullLabel = trialWords(records.study, { levels, isExplicit });
  const runs = byName.get(name) ?? [];
  return new RunGroup({ name, fullLabel, levels, isBaseline, isExplicit, runs, missing });
}

/**
 * What a sentence calls a trial: `learning rate 0.2`, `the baseline`; where levels are combined all of them, `learning rate
 * 0.2 with schedule cosine`.
 */
export function trialWords(
  study: ResolvedStudy,
  { levels, isExplicit }: { readonly levels: Levels; readonly isExplicit: boolean },
): string {
  const isCrossed = study.method.name !== 'one-factor' && !isExplicit;
  const baseline = baselineLevels(study);
  const told = Object.entries(levels).filter(
    ([path, level]) => isCrossed || levelKey(level) !== levelKey(baseline[path] ?? null),
  );
  const tuned = nuisancePaths(study);
  // Tuned levels alone tell no trial from another: at the baseline they are the baseline's.
  const isBaseline = !isCrossed && !isExplicit && told.every(([path]) => tuned.includes(path));
  const words = told.map(([path, level]) => factorLevelLabel(path, level));
  const [first, ...others] = isBaseline && told.length > 0 ? ['the baseline', ...words] : words;
  if (first === undefined) return 'the baseline';
  return others.length === 0 ? first : `${first} with ${joinWords(others)}`;
}

/** A combination of scientific levels for which no trial is chosen: not yet, or because none trained to its end. */
function unchosen({ study, search }: StudyRecords, group: SearchGroup): RunGroup {
  const [first] = group.trials;
  const tuned = nuisancePaths(study);
  const levels = Object.fromEntries(Object.entries(first!.levels).filter(([path]) => !tuned.includes(path)));
  const own = search?.selection?.levels.find((one) => levelKey(one.levels) === levelKey(group.levels));
  const isHopeless = own !== undefined && own.chosen === null;
  return new RunGroup({
    name: group.name,
    fullLabel: trialWords(study, { levels, isExplicit: false }),
    levels,
    isBaseline: first!.isBaseline,
    runs: [],
    missing: isHopeless ? 0 : study.seeds.length,
    problem: isHopeless
      ? `no trial of the search at ${levelsLabel(group.levels)} trained to its end, so none was chosen`
      : null,
  });
}

/** Factors that the search tunes for each scientific level. */
export function nuisancePaths({ factors }: ResolvedStudy): string[] {
  return factors.filter(({ role }) => role === 'nuisance').map(({ path }) => path);
}

/** Finds the first group that has given levels of these factors. */
export function groupFinder(
  groups: readonly RunGroup[],
  paths: readonly string[],
): (levels: Levels) => RunGroup | undefined {
  const keyOf = (levels: Levels) => paths.map((path) => levelKey(levels[path] ?? null)).join(' ');
  const byKey = new Map<string, RunGroup>();
  for (const group of groups) {
    const key = keyOf(group.levels);
    if (!byKey.has(key)) byKey.set(key, group);
  }
  return (levels) => byKey.get(keyOf(levels));
}
