import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerReport(program: Command): void {
  program
    .command('report')
    .argument('<study-dir>', 'directory of a study')
    .description('write the report of a study again from what lies on disk')
    .option('--json', 'print the paths as JSON')
    .action(async (directory: string, flags: { json?: boolean }) => {
      const library = await import('../index.js');
      const written = await library.writeReport(library.loadStudy(directory));
      if (flags.json) printJson(written);
      else print(`report: ${written.html}`);
    });
}
