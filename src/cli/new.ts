import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, relative } from 'node:path';
import type { Command } from 'commander';
import { requestError } from '../base/errors.js';
import { print } from './output.js';

/** Tells editors where the schema of study files lies, if that is below this directory: no path of this machine. */
function schemaLine(): string {
  const schema = createRequire(import.meta.url).resolve('#dist/study.schema.json');
  const path = relative(process.cwd(), schema);
  if (path.startsWith('..') || isAbsolute(path)) return '';
  return `# yaml-language-server: $schema=${path.replaceAll('\\', '/')}\n`;
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    throw requestError({
      what: 'the study file cannot be written',
      where: path,
      value: cause instanceof Error ? cause.message : String(cause),
      advice: 'go to a directory that you may write to',
      cause,
    });
  }
}

export function registerNew(program: Command): void {
  program
    .command('new')
    .argument('<name>', 'the name of the study; the file is <name>.yaml')
    .description('write a commented study file to start from')
    .action(async (name: string) => {
      const { newStudyText, parseStudy } = await import('./library.js');
      const path = `${name}.yaml`;
      if (existsSync(path)) {
        throw requestError({
          what: 'there is already such a file',
          where: path,
          advice: 'choose another name, or remove it',
        });
      }
      const text = newStudyText(name);
      parseStudy(text, { file: path });
      writeNew(path, schemaLine() + text);
      print(`${path} is written. Look at it, then:\n  ceteris run ${path}`);
    });
}
