/** The trials that claims speak of, found in a study. */

import type { LoadedRun } from '../../store/records.js';
import { equalLevel } from '../../study/expand.js';
import { canonicalLevel, levelAt, withLevels } from '../../study/levels.js';
import type { LevelValue } from '../../study/types.js';
import { baselineLevels, missingOf } from '../trials/levels.js';
import { type Levels, RunGroup } from '../trials/runGroup.js';
import { type GroupedStudy, trialsWithRuns } from '../trials/study.js';
import { factorLevelLabel, levelKey } from '../words/labels.js';
import type { ClaimsFile, TrialSpec } from './schema.js';

/** What claims speak of: the file, and the study that they are held against. */
export interface ClaimTrials {
  readonly study: GroupedStudy;
  readonly file: ClaimsFile;
}

/**
 * The trials of a claim, with their runs in seed order, labelled by the factors in which any of them differs from the
 * baseline.
 */
export function findTrials(context: ClaimTrials, specs: readonly TrialSpec[]): RunGroup[] {
  const paths = [...new Set(specs.flatMap((spec) => Object.keys(levelsOf(spec))))];
  return specs.map((spec) => {
    const wanted = wantedLevels(context, spec);
    const label = paths.map((path) => labelOf(context, path, wanted[path] ?? null)).join(', ');
    return withRuns(context, label === '' ? 'the baseline' : label, wanted);
  });
}

/** Every trial of the study that has a run, labelled by what differs from the claims' baseline. */
export function allTrials(context: ClaimTrials): RunGroup[] {
  const baseline = wantedLevels(context, 'baseline');
  return trialsWithRuns(context.study).map((trial) => {
    const { runs, levels } = trial;
    const differing = Object.entries(levels).filter(
      ([path]) => levelIn(context, runs[0]!, path) !== keyOf(context, path, baseline[path] ?? null),
    );
    const label = differing
      .map(([path, value]) => labelOf(context, path, meaning(context, runs[0]!, path, value)))
      .join(', ');
    return trial.with({ label: label === '' ? 'the baseline' : label, runs: inSeedOrder(runs) });
  });
}

const levelsOf = (spec: TrialSpec): Readonly<Record<string, unknown>> => (spec === 'baseline' ? {} : spec);

function wantedLevels({ study, file }: ClaimTrials, spec: TrialSpec): Levels {
  return { ...baselineLevels(study.records.study), ...file.baseline, ...levelsOf(spec) } as Levels;
}

function withRuns(context: ClaimTrials, label: string, wanted: Levels): RunGroup {
  const { records } = context.study;
  const keys = Object.entries(wanted).map(([path, value]) => [path, keyOf(context, path, value)] as const);
  const runs = records.runs.filter(
    (run) =>
      keys.every(([path, key]) => key !== null && levelIn(context, run, path) === key) &&
      othersUnchanged(context, run, wanted),
  );
  const names = new Set(runs.map(({ record }) => record.trialName));
  const missing = missingOf(records, names);
  return new RunGroup({ name: label, levels: wanted, runs: inSeedOrder(runs), missing });
}

/** Whether what a trial sets besides is what the configuration that is asked for has too: else its runs are no repeats. */
function othersUnchanged(
  { study: { records } }: ClaimTrials,
  { record }: LoadedRun,
  wanted: Levels,
): boolean {
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
function keyOf({ study: { records } }: ClaimTrials, path: string, value: LevelValue): string | null {
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
  const level = levels[path] ?? levelAt(context.study.records.study.baseline, path);
  return keyOf(context, path, meaning(context, run, path, level));
}

/** An imported run is known by its file's name only; what that calls a level is told by the claims file. */
function meaning({ file }: ClaimTrials, { record }: LoadedRun, path: string, level: LevelValue): LevelValue {
  const names = file.importedAs[path];
  if (record.configuration !== null || typeof level !== 'string' || names === undefined) return level;
  return Object.hasOwn(names, level) ? (names[level] as LevelValue) : level;
}

/** `learning rate 0.2`; where levels have options, in their canonical form. */
function labelOf({ study: { records } }: ClaimTrials, path: string, value: LevelValue): string {
  const result = withLevels(records.study.baseline, { [path]: value });
  if ('problems' in result) return factorLevelLabel(path, value);
  const canonical = canonicalLevel(result.configuration, path, value);
  return factorLevelLabel(path, canonical);
}
