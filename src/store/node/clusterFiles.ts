/** The folder cluster/ of a study directory: submissions, batch scripts, and what the jobs wrote. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatSubmission, parseSubmission, type SubmissionRecord } from '../cluster.js';
import { fileError, namesIn, readText, writeWhole } from './files.js';

const folder = (studyDirectory: string) => join(studyDirectory, 'cluster');

export function submissionPath(studyDirectory: string, name: string): string {
  return join(folder(studyDirectory), `${name}.json`);
}

export function scriptPath(studyDirectory: string, name: string): string {
  return join(folder(studyDirectory), `${name}.sh`);
}

/** Where the output of a task lies: `%A_%a` is filled in by Slurm. */
export function logPath(studyDirectory: string, task: string): string {
  return join(folder(studyDirectory), 'logs', `${task}.log`);
}

/** Makes the folders: Slurm fails a job without a word where its log has no folder. */
export function makeClusterFolders(studyDirectory: string): void {
  const path = join(folder(studyDirectory), 'logs');
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw fileError(error, "the folder of the jobs' output cannot be made", path);
  }
}

/**
 * In the order in which they were made.
 * @param known names of those that need not be read
 * @throws a work error where one is damaged
 */
export function readSubmissions(
  studyDirectory: string,
  known: ReadonlySet<string> = new Set(),
): SubmissionRecord[] {
  return namesIn(folder(studyDirectory))
    .filter((name) => name.endsWith('.json') && !name.startsWith('.') && !known.has(name.slice(0, -5)))
    .map((name) => readSubmission(join(folder(studyDirectory), name)))
    .filter((one) => one !== null)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** `null` where there is none. */
export function readSubmission(path: string): SubmissionRecord | null {
  const text = readText(path);
  return text === null ? null : parseSubmission(text, path);
}

export function writeSubmission(studyDirectory: string, record: SubmissionRecord): void {
  writeWhole(submissionPath(studyDirectory, record.name), formatSubmission(record));
}

export function writeScript(studyDirectory: string, name: string, text: string): string {
  const path = scriptPath(studyDirectory, name);
  writeWhole(path, text);
  return path;
}
