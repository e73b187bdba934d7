/** frozen.json: what was declared when results were first seen. A change afterwards is a look, whichever command meets it. */
import { join } from 'node:path';
import { CeterisError, workError } from '../../base/errors.js';
import { declaredPlan, type FrozenPlan, planChanges } from '../frozenPlan.js';
import type { RunRecord, StudyRecords } from '../records.js';
import { readText, writeWhole } from './files.js';
import { readLooks, recordLook } from './studyDirectory.js';
import { loadStudy } from './studyFiles.js';

const file = (directory: string) => join(directory, 'frozen.json');

/** A claims file as it is held against a study: its name, and what it declares. */
export interface DeclaredClaims {
  readonly name: string;
  readonly contents: unknown;
}

/** A study directory, as far as a frozen plan needs it. */
export interface SeenStudy extends Pick<StudyRecords, 'directory' | 'study'> {
  readonly runs: readonly { readonly record: Pick<RunRecord, 'status'> }[];
  /** How many runs the study names that are not on disk. */
  readonly missing: number;
}

/**
 * Loads a study as a command meets it: what it declares, and a claims file that is held against it, are held against what
 * was frozen first. Where that cannot be written, the study is loaded all the same, and says so.
 */
export function loadHeldStudy(path: string, claims: DeclaredClaims | null = null): StudyRecords {
  const records = loadStudy(path);
  try {
    const change = freezePlan({ ...records, missing: records.missing.length }, claims);
    return change === null ? records : { ...loadStudy(path), recorded: change };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    const problem = error.message.replaceAll(/\s*\n\s*/g, '; ');
    return { ...records, problems: [...(records.problems ?? []), problem] };
  }
}

/**
 * Holds what the study declares (and a claims file, where one is given) against what was frozen. Before the first run has
 * ended there is nothing to freeze. A change is written as a look, told back, and is what is frozen from then on.
 * @param recorded a look was recorded for this change already
 * @returns the change in words, or `null`
 */
export function freezePlan(
  { directory, study, runs, missing }: SeenStudy,
  claims: DeclaredClaims | null = null,
  recorded = false,
): string | null {
  if (!runs.some(({ record }) => record.status === 'done' || record.status === 'diverged')) return null;
  const before = readFrozen(directory);
  const now = declaredPlan(study, before, claims);
  const changes = before === null ? [] : planChanges(before, now);
  if (before !== null && changes.length === 0 && JSON.stringify(before) === JSON.stringify(now)) return null;
  const change = changes.length === 0 ? null : `${changes.join(' and ')} after results were seen`;
  if (change !== null && !recorded) {
    const total = runs.length + missing;
    const look = readLooks(directory).length + 1;
    recordLook(directory, {
      look,
      at: new Date().toISOString(),
      runsBefore: total,
      runsAfter: total,
      change,
    });
  }
  writeWhole(file(directory), `${JSON.stringify(now, null, 2)}\n`);
  return change;
}

function readFrozen(directory: string): FrozenPlan | null {
  const text = readText(file(directory));
  if (text === null) return null;
  try {
    const plan = JSON.parse(text) as FrozenPlan;
    if (plan.formatVersion === 1 && typeof plan.study === 'object' && typeof plan.claims === 'object')
      return plan;
  } catch {
    // Told below.
  }
  throw workError({
    what: 'the frozen plan of a study is damaged',
    where: file(directory),
    rule: 'as Ceteris wrote it: formatVersion 1, study, claims',
    advice: 'restore the file; without it, what was declared before there were results is not known',
  });
}
