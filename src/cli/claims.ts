import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerClaims(program: Command): void {
  program
    .command('claims')
    .argument('<file>', 'claims (YAML)')
    .requiredOption('--on <study-dir>', 'directory of the study that they are tested on')
    .description('give each claim a verdict, with its evidence')
    .option('--json', 'print as JSON')
    .action(async (file: string, flags: { on: string; json?: boolean }) => {
      const library = await import('../index.js');
      const judged = await library.judgeClaimsFile(file, flags.on);
      if (flags.json) printJson(judged);
      else print(library.claimsTable(judged));
    });
}
