import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerCompare(program: Command): void {
  program
    .command('compare')
    .argument('<run...>', 'directories of two or more runs, or of one study to compare its levels')
    .description('runs side by side; for a study, its findings with their verdicts')
    .option('--json', 'print as JSON')
    .action(async (paths: string[], flags: { json?: boolean }) => {
      const library = await import('../index.js');
      const compared = await library.comparePaths(paths);
      if (flags.json) printJson(compared.data);
      else print(compared.text);
    });
}
