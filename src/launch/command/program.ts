/** What a command needs before any run is begun: its program, its folder, its files. */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { requestError } from '../../base/errors.js';
import { placeholdersIn } from '../../study/placeholders.js';
import type { CommandTrainer } from '../../study/types.js';

/** @throws a request error where the folder or the program is not there, or may not be executed */
export function checkProgram({ command }: CommandTrainer, folder: string): void {
  const [program = ''] = command;
  if (!isDirectory(folder)) {
    throw requestError({
      what: 'the folder in which the command is called is not there',
      where: 'trainer.folder',
      value: folder,
      advice: 'its path is taken from the folder of the study file',
    });
  }
  if (placeholdersIn(program).length > 0) return;
  const candidates = candidatesFor(program, folder);
  const there = candidates.filter(isFile);
  if (there.some(isExecutable)) return;
  const isScript = /\.(py|sh|js|mjs|r|jl|pl|rb)$/i.test(program);
  const run = isScript ? `name its interpreter: [python3, ${program}, ...]` : 'name an existing program';
  if (there.length > 0) {
    throw requestError({
      what: 'the command may not be executed',
      where: 'trainer.command.0',
      rule: 'a program that this user may execute',
      value: there[0]!,
      advice: `chmod +x ${there[0]}, or ${run}`,
    });
  }
  throw requestError({
    what: 'the command is not there',
    where: 'trainer.command.0',
    rule: /[\\/]/.test(program)
      ? 'a file, its path as seen from the folder of the study file'
      : 'a program on the PATH',
    value: program,
    advice: isFile(join(folder, program)) ? `write ./${program}` : run,
  });
}

function candidatesFor(program: string, folder: string): string[] {
  const endings = process.platform === 'win32' ? ['', ...(process.env.PATHEXT ?? '.EXE').split(';')] : [''];
  const places = /[\\/]/.test(program)
    ? [isAbsolute(program) ? program : resolve(folder, program)]
    : (process.env.PATH ?? '').split(delimiter).map((place) => join(place, program));
  return places.flatMap((place) => endings.map((ending) => place + ending));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** sha256 by the name of each file that the study names. @throws a request error where one cannot be read */
export function fileChecksums({ files }: CommandTrainer, folder: string): Record<string, string> {
  const sums = files.map((name) => {
    try {
      if (!isFile(resolve(folder, name))) throw new Error('no file');
      return [
        name,
        createHash('sha256')
          .update(readFileSync(resolve(folder, name)))
          .digest('hex'),
      ];
    } catch (cause) {
      throw requestError({
        what: 'a file of the trainer cannot be read',
        where: 'trainer.files',
        rule: `a file, its path as seen from ${folder}`,
        value: name,
        cause,
      });
    }
  });
  return Object.fromEntries(sums) as Record<string, string>;
}

/** Told of a run that cannot begin: some of the files are not what it was planned with. */
export function changedFilesText(names: readonly string[]): string {
  const which = names.length === 1 ? `${names[0]} has` : `${names.join(', ')} have`;
  return `${which} changed since this study was begun, and the run would be recorded as one of the contents of before\n  do:    the same command again: its runs are then those of the contents of now`;
}

/**
 * The files that are other ones by now than when the runs were planned: a run that began now would be recorded as what it
 * is not.
 * @throws a request error where one cannot be read
 */
export function changedFiles(
  trainer: CommandTrainer,
  folder: string,
  planned: Readonly<Record<string, string>>,
): string[] {
  const now = fileChecksums(trainer, folder);
  return Object.keys(now).filter((name) => now[name] !== planned[name]);
}
