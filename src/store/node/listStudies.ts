import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CeterisError } from '../../base/errors.js';
import { loadStudy } from './studyFiles.js';

export interface StudyEntry {
  readonly name: string;
  readonly directory: string;
  readonly runs: number;
  readonly done: number;
  /** Why it cannot be read, where that is so. */
  readonly problem?: string;
}

/** The studies directly below a directory. */
export function listStudies(out: string): StudyEntry[] {
  if (!existsSync(out)) return [];
  const directories = readdirSync(out)
    .sort()
    .map((name) => join(out, name));
  return directories.flatMap((directory) => {
    if (!existsSync(join(directory, 'study.yaml'))) return [];
    return [entryOf(directory)];
  });
}

function entryOf(directory: string): StudyEntry {
  try {
    const { study, search, ...final } = loadStudy(directory);
    const runs = [...(search?.runs ?? []), ...final.runs];
    const missing = [...(search?.missing ?? []), ...final.missing];
    const done = runs.filter(({ record }) => record.status === 'done').length;
    return { name: study.name, directory, runs: runs.length + missing.length, done };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    return { name: basename(directory), directory, runs: 0, done: 0, problem: error.details.what };
  }
}
