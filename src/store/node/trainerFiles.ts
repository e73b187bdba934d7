/** trainer.json: the files that the command of a study is made of, as they were when it was last run. */
import { join } from 'node:path';
import { workError } from '../../base/errors.js';
import { readText, writeWhole } from './files.js';

const pathIn = (directory: string) => join(directory, 'trainer.json');

/** @param files sha256 by name */
export function writeTrainerFiles(directory: string, files: Readonly<Record<string, string>>): void {
  writeWhole(pathIn(directory), `${JSON.stringify({ formatVersion: 1, files }, null, 2)}\n`);
}

/** None where there is no such file. @throws a work error where it is damaged */
export function readTrainerFiles(directory: string): Readonly<Record<string, string>> {
  const text = readText(pathIn(directory));
  if (text === null) return {};
  try {
    const { files } = JSON.parse(text) as { files?: unknown };
    if (typeof files === 'object' && files !== null) return files as Record<string, string>;
  } catch {
    // Told below.
  }
  throw workError({
    what: 'the record of the files of a trainer is damaged',
    where: pathIn(directory),
    rule: '{ formatVersion: 1, files: { NAME: sha256 } }',
    advice: 'run the study again: it is written anew',
  });
}
