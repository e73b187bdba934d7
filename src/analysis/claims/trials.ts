/** The trials that claims speak of, found in a study. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { equalLevel } from '../../study/expand.js';
import { canonicalLevel, levelAt, withLevels } from '../../study/levels.js';
import type { LevelValue } from '../../study/types.js';
import { baselineLevels, trialGroups } from '../trials/levels.js';
import { factorLevelLabel, levelKey } from '../words/labels.js';
import type { ClaimsFile, TrialSpec } from './schema.js';

type Levels = Readonly<Record<string, LevelValue>>;

/** A trial that a claim names, with its runs in seed order; none where it was not run. */
export interface ClaimTrial {
  readonly label: string;
  readonly runs: readonly LoadedRun[];
  /** Runs of it that the study names and that are not on disk. */
  readonly missing: number;
}

export interface ClaimTrials {
  readonly records: StudyRecords;
  readonly file: ClaimsFile;
}

/** The trials of a claim, labelled by the factors in which any of them differs from the baseline. */
export function findTrials(context: ClaimTrials, specs: readonly TrialSpec[]): ClaimTrial[] {
  const paths = [...new Set(specs.flatMap((spec) => Object.keys(levelsOf(spec))))];
  return specs.map((spec) => {
    const wanted = wantedLevels(context, spec);
    const label = paths.map((path) => labelOf(context, path, wanted[path] ?? null)).join(', ');
    return withRuns(context, label === '' ? 'the baseline' : label, wanted);
  });
}

/** Every trial of the study that has a run, labelled by what differs from the claims' baseline. */
export function allTrials(context: ClaimTrials): (ClaimTrial & { readonly key: string })[] {
  const baseline = wantedLevels(context, 'baseline');
  return trialGroups(context.records).map(({ name, runs, levels }) => {
    const differing = Object.entries(levels).filter(
      ([path]) => levelIn(context, runs[0]!, path) !== keyOf(context, path, baseline[path] ?? null),
    );
    const label = differing
      .map(([path, value]) => labelOf(context, path, meaning(context, runs[0]!, path, value)))
      .join(', ');
    const missing = context.records.missing.filter((run) => run.trialName === name).length;
    return { label: label === '' ? 'the baseline' : label, runs: inSeedOrder(runs), missing, key: name };
  });
}

const levelsOf = (spec: TrialSpec): Readonly<Record<string, unknown>> => (spec === 'baseline' ? {} : spec);

function wantedLevels({ records, file }: ClaimTrials, spec: TrialSpec): Levels {
  return { ...baselineLevels(records), ...file.baseline, ...levelsOf(spec) } as Levels;
}

function withRuns(context: ClaimTrials, label: string, wanted: Levels): ClaimTrial {
  const keys = Object.entries(wanted).map(([path, value]) => [path, keyOf(context, path, value)] as const);
  const runs = context.records.runs.filter(
    (run) =>
      keys.every(([path, key]) => key !== null && levelIn(context, run, path) === key) &&
      othersUnchanged(context, run, wanted),
  );
  const names = new Set(runs.map(({ record }) => record.trialName));
  const missing = context.records.missing.filter((run) => names.has(run.trialName)).length;
  return { label, runs: inSeedOrder(runs), missing };
}

/** Whether what a trial sets besides is what the configuration that is asked for has too: else its runs are no repeats. */
function othersUnchanged({ records }: ClaimTrials, { record }: LoadedRun, wanted: Levels): boolean {
  const others = Object.entries(record.levels).filter(([path]) => !(path in wanted));
  if (others.length === 0) return true;
  const asked = withLevels(records.study.baseline, wanted);
  return (
    'configuration' in asked && others.every(([path, level]) => equalLevel(asked.configuration, path, level))
  );
}

function inSeedOrder(runs: readonly LoadedRun[]): LoadedRun[] {
  return [...runs].sort((a, b) => a.record.seed.label - b.record.seed.label);
}

/** Equal for equal levels; `null` for a level that no configuration of this study can have. */
function keyOf({ records }: ClaimTrials, path: string, value: LevelValue): string | null {
  const result = withLevels(records.study.baseline, { [path]: value });
  return 'problems' in result ? null : levelKey(canonicalLevel(result.configuration, path, value));
}

/** The key of a run's level. */
function levelIn(context: ClaimTrials, run: LoadedRun, path: string): string | null {
  const { configuration, levels } = run.record;
  if (configuration !== null) {
    const written = levels[path] ?? levelAt(configuration, path);
    return levelKey(canonicalLevel(configuration, path, written));
  }
  const level = levels[path] ?? levelAt(context.records.study.baseline, path);
  return keyOf(context, path, meaning(context, run, path, level));
}

/** An imported run is known by its file's name only; what that calls a level is told by the claims file. */
function meaning({ file }: ClaimTrials, { record }: LoadedRun, path: string, level: LevelValue): LevelValue {
  const names = file.importedAs[path];
  if (record.configuration !== null || typeof level !== 'string' || names === undefined) return level;
  return Object.hasOwn(names, level) ? (names[level] as LevelValue) : level;
}

/** `learning rate 0.2`; where levels have options, in their canonical form. */
function labelOf({ records }: ClaimTrials, path: string, value: LevelValue): string {
  const result = withLevels(records.study.baseline, { [path]: value });
  if ('problems' in result) return factorLevelLabel(path, value);
  const canonical = canonicalLevel(result.configuration, path, value);
  return factorLevelLabel(path, canonical);
}
