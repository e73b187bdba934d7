import { basename, join } from 'node:path';
import { CeterisError } from '../../base/errors.js';
import { isThere, namesIn } from './files.js';
import { loadStudy } from './studyFiles.js';

export interface StudyEntry {
  readonly name: string;
  readonly directory: string;
  readonly runs: number;
  readonly done: number;
  /** Its curves were made elsewhere. */
  readonly imported: boolean;
  /** Why it cannot be read, where that is so. */
  readonly problem?: string;
}

/** The studies directly below a directory. */
export function listStudies(out: string): StudyEntry[] {
  return namesIn(out).flatMap((name) => entryOf(join(out, name)) ?? []);
}

/** `null` where the directory is no study. */
function entryOf(directory: string): StudyEntry | null {
  try {
    if (!isThere(join(directory, 'study.yaml'))) return null;
    const { study, search, ...final } = loadStudy(directory);
    const runs = [...(search?.runs ?? []), ...final.runs];
    const missing = [...(search?.missing ?? []), ...final.missing];
    const done = runs.filter(({ record }) => record.status === 'done').length;
    const imported = (final.imported ?? null) !== null || runs.some(({ record }) => record.source !== null);
    return { name: study.name, directory, runs: runs.length + missing.length, done, imported };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    const { what, value } = error.details;
    const problem = value === undefined ? what : `${what} (${value})`;
    return { name: basename(directory), directory, runs: 0, done: 0, imported: false, problem };
  }
}
