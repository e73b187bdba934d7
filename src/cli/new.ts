import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, relative } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { requestError } from '../base/errors.js';
import type { NewStudyTrainer } from './library.js';
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

function trainer(text: string): NewStudyTrainer {
  if (text === 'engine' || text === 'command') return text;
  throw new InvalidArgumentError('It must be engine or command.');
}

export function registerNew(program: Command): void {
  program
    .command('new')
    .argument('<name>', 'the name of the study; the file is <name>.yaml')
    .description('write a commented study file to start from')
    .option(
      '--trainer <trainer>',
      'what trains the runs: engine, or command (docs/any-trainer.md)',
      trainer,
      'engine',
    )
    .action(async (name: string, flags: { readonly trainer: NewStudyTrainer }) => {
      const { newStudyText, parseStudy } = await import('./library.js');
      const path = `${name}.yaml`;
      if (existsSync(path)) {
        throw requestError({
          what: 'there is already such a file',
          where: path,
          advice: 'choose another name, or remove it',
        });
      }
      const text = newStudyText(name, flags.trainer);
      parseStudy(text, { file: path });
      writeNew(path, schemaLine() + text);
      const first = flags.trainer === 'command' ? 'Say there how your program is called' : 'Look at it';
      print(
        `${path} is written. ${first}, then:\n  ceteris ${flags.trainer === 'command' ? 'plan' : 'run'} ${path}`,
      );
    });
}
