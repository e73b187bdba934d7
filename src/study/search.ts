/**
 * Studies with nuisance factors have two stages: a search over the nuisance levels within each combination of scientific
 * levels, and the chosen trial of each combination again, with the study's own seeds.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { expandTrials, type Levels, methodTrials, trialName, trialsWith } from './design.js';
import { canonicalJson } from './paths.js';
import type { LevelValue, ResolvedStudy, Run, Trial } from './types.js';

/** One combination of scientific levels with all that was searched within it. */
export interface SearchGroup {
  /** `baseline`, `weightDecay=0.1`. */
  readonly name: string;
  /** Of the scientific factors, by path. */
  readonly levels: Levels;
  readonly trials: readonly Trial[];
}

/** A combination of scientific levels and the nuisance levels that were chosen for it; `null`: none could be. */
export interface Choice {
  readonly levels: Levels;
  readonly chosen: Levels | null;
}

/** The levels of a trial that belong to factors of one role. */
export function levelsOfRole(
  { factors }: ResolvedStudy,
  levels: Levels,
  role: 'scientific' | 'nuisance',
): Levels {
  const own = factors.filter((factor) => factor.role === role && factor.path in levels);
  return Object.fromEntries(own.map(({ path }) => [path, levels[path] as LevelValue]));
}

/** The combinations of scientific levels in the study's order, each with its trials. */
export function searchGroups(study: ResolvedStudy): SearchGroup[] {
  const groups = new Map<string, { name: string; levels: Levels; trials: Trial[] }>();
  for (const trial of methodTrials(study)) {
    const levels = levelsOfRole(study, trial.levels, 'scientific');
    const text = canonicalJson(levels);
    const group = groups.get(text) ?? { name: trialName(study, levels), levels, trials: [] };
    group.trials.push(trial);
    groups.set(text, group);
  }
  return [...groups.values()];
}

/** The trial of a group that was chosen; `undefined` where nothing was, or where it is no longer part of the search. */
export function chosenTrial(
  study: ResolvedStudy,
  group: SearchGroup,
  choices: readonly Choice[],
): Trial | undefined {
  const own = choices.find(({ levels }) => canonicalJson(levels) === canonicalJson(group.levels));
  if (own === undefined || own.chosen === null) return undefined;
  const wanted = canonicalJson(own.chosen);
  return group.trials.find(
    (trial) => canonicalJson(levelsOfRole(study, trial.levels, 'nuisance')) === wanted,
  );
}

/** Whether a group's part of a selection is done: a trial of the search was chosen, or it is on record that none could be. */
export function isDecided(study: ResolvedStudy, group: SearchGroup, choices: readonly Choice[]): boolean {
  const none = choices.some(
    ({ levels, chosen }) => chosen === null && canonicalJson(levels) === canonicalJson(group.levels),
  );
  return none || chosenTrial(study, group, choices) !== undefined;
}

/** The trials that carry the conclusions: all, or in a study with nuisance factors the chosen ones, then the explicit ones. */
export function finalTrials(study: ResolvedStudy, choices: readonly Choice[]): Trial[] {
  if (study.selection === null) return expandTrials(study);
  const chosen = searchGroups(study).flatMap((group) => {
    const trial = chosenTrial(study, group, choices);
    return trial === undefined ? [] : [trial.levels];
  });
  return trialsWith(study, chosen, study.trials);
}

/** What a selection rests on, as one hash: the rule, and the runs of the search with their epochs. */
export function searchBasis(study: ResolvedStudy, search: readonly Run[]): string {
  const runs = search.map(({ fingerprint, trial }) => [fingerprint, trial.configuration.training.epochs]);
  return bytesToHex(sha256(utf8ToBytes(canonicalJson([study.selection?.metric, runs]))));
}
