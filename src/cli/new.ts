import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { requestError } from '../base/errors.js';
import { print } from './output.js';

export function registerNew(program: Command): void {
  program
    .command('new')
    .argument('<name>', 'the name of the study; the file is <name>.yaml')
    .description('write a commented study file to start from')
    .action(async (name: string) => {
      const { newStudyText, parseStudy } = await import('../index.js');
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
      writeFileSync(path, text);
      print(`${path} is written. Look at it, then:\n  ceteris run ${path}`);
    });
}
