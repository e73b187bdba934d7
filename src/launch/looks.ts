/** Extending a study, or declaring it otherwise, after results were seen is another look at its data. */
import { count, joinWords } from '../analysis/words/format.js';
import { findRuns } from '../store/node/runDirectories.js';
import { readLooks, recordLook } from '../store/node/studyFiles.js';
import { runState } from '../store/runState.js';
import { baselineLevel, type Choice, planRuns } from '../study/expand.js';
import type { RunInputs } from '../study/fingerprint.js';
import { canonicalJson } from '../study/paths.js';
import type { ResolvedStudy, Run } from '../study/types.js';

/** How a study changed after results of it were seen. */
export interface Extension {
  readonly runsBefore: number;
  readonly runsAfter: number;
  /** In words: `4 runs added after results were seen`. */
  readonly change: string;
}

export interface Extended {
  readonly directory: string;
  readonly before: ResolvedStudy;
  readonly after: ResolvedStudy;
  readonly inputs: RunInputs;
  /** Of the selection that stands. */
  readonly choices: readonly Choice[];
}

/**
 * What changed of a study's runs or of what it declares, where a run of the study as it was has ended; `null` where
 * nothing changed or nothing was seen. Runs of a search carry no verdict and do not count.
 */
export function extensionOf({ directory, before, after, inputs, choices }: Extended): Extension | null {
  const records = findRuns(directory).runs.map(({ record }) => record);
  const ended: Ended = ({ fingerprint }, epochs) =>
    records.some((record) => record.fingerprint === fingerprint && runState(record, epochs).next === 'none');
  const finals = (study: ResolvedStudy) =>
    planRuns(study, inputs, choices).filter(({ stage }) => stage === 'final');
  const old = finals(before);
  const now = finals(after);
  if (!old.some((run) => ended(run, 1))) return null;
  const parts = [...runChanges(old, now, ended), ...declaredChanges(before, after)];
  if (parts.length === 0) return null;
  return {
    runsBefore: old.length,
    runsAfter: now.length,
    change: `${joinWords(parts)} after results were seen`,
  };
}

type Ended = (run: Run, epochs: number) => boolean;

/** In words, what the study gained and lost. */
function runChanges(old: readonly Run[], now: readonly Run[], ended: Ended): string[] {
  const known = new Map<string, number[]>();
  for (const run of old) known.set(run.fingerprint, [...(known.get(run.fingerprint) ?? []), epochsOf(run)]);
  const kept = new Set(now.map(placeOf));
  const isOpen = (run: Run) => !ended(run, epochsOf(run));
  const isNew = (run: Run) => !known.has(run.fingerprint);
  const wasAlways = (run: Run, holds: (before: number) => boolean) =>
    known.get(run.fingerprint)?.every(holds) ?? false;
  const counts: [string, readonly Run[]][] = [
    ['added', now.filter((run) => isNew(run) && isOpen(run))],
    ['taken in from those on disk', now.filter((run) => isNew(run) && !isOpen(run))],
    ['left out', old.filter((run) => !kept.has(placeOf(run)))],
    [
      'continued for more epochs',
      now.filter((run) => isOpen(run) && wasAlways(run, (before) => before < epochsOf(run))),
    ],
    ['cut to fewer epochs', now.filter((run) => wasAlways(run, (before) => before > epochsOf(run)))],
  ];
  return counts
    .filter(([, runs]) => runs.length > 0)
    .map(([what, runs]) => `${count(runs.length, 'run')} ${what}`);
}

/** Which part of the comparisons a run has: its configuration (its length only as a level of a factor) and its seed. */
function placeOf({ trial, seed }: Run): string {
  const { configuration, levels } = trial;
  const { epochs, ...training } = configuration.training;
  const length = 'training.epochs' in levels ? epochs : null;
  return canonicalJson([{ ...configuration, training }, length, seed.data, seed.initial]);
}

/** In words, what a study declares otherwise than before. */
function declaredChanges(before: ResolvedStudy, after: ResolvedStudy): string[] {
  const parts: readonly [string, (study: ResolvedStudy) => unknown][] = [
    ['another metric', ({ metric }) => metric],
    ['another smallest effect', ({ smallestEffect }) => smallestEffect],
    ['another pairing', ({ pairing }) => pairing],
    ['another method', ({ method }) => method.name],
    ['other interactions', ({ interactions }) => interactions.map((pair) => [...pair].sort()).sort()],
    ['another baseline', (study) => references(study, sharedFactors(before, after))],
  ];
  const differs = (of: (study: ResolvedStudy) => unknown) =>
    canonicalJson(of(before)) !== canonicalJson(of(after));
  return parts.filter(([, of]) => differs(of)).map(([what]) => what);
}

function sharedFactors(before: ResolvedStudy, after: ResolvedStudy): string[] {
  const scientific = ({ factors }: ResolvedStudy) =>
    factors.filter(({ role }) => role === 'scientific').map(({ path }) => path);
  return scientific(before).filter((path) => scientific(after).includes(path));
}

/** What the levels of factors are compared with. A baseline's key that is no factor changes runs, and is told by them. */
function references({ baseline }: ResolvedStudy, paths: readonly string[]): unknown {
  return paths.map((path) => baselineLevel(baseline, path, []));
}

const epochsOf = ({ trial }: Run) => trial.configuration.training.epochs;

/** Adds a line to looks.csv. */
export function addLook(directory: string, extension: Extension): void {
  recordLook(directory, {
    look: readLooks(directory).length + 1,
    at: new Date().toISOString(),
    ...extension,
  });
}
