import type { Command } from 'commander';
import { print } from './output.js';

export function registerNew(program: Command): void {
  program
    .command('new')
    .argument('<name>', 'the name of the study; the file is <name>.yaml')
    .description('write a commented study file to start from')
    .action(async (name: string) => {
      const { writeNewStudy } = await import('../index.js');
      const path = await writeNewStudy(name);
      print(`${path} is written. Look at it, then:\n  ceteris plan ${path}\n  ceteris run ${path}`);
    });
}
