import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerReport(program: Command): void {
  program
    .command('report')
    .argument('<study-dir>', 'directory of a study')
    .description('write the report of a study again from what lies on disk')
    .option('--claims <claims.yaml>', 'hold the claims of this file against the study, and list them')
    .option('--json', 'print the paths as JSON')
    .action(async (directory: string, flags: { claims?: string; json?: boolean }) => {
      const library = await import('../index.js');
      const records = library.loadStudy(directory);
      const file = flags.claims === undefined ? null : library.readClaims(flags.claims);
      const extras = file === null ? {} : { claims: library.judgeClaims(records, file) };
      const written = await library.writeReport(records, extras);
      if (flags.json) printJson(written);
      else print(`report: ${written.html}`);
    });
}
