import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerShow(program: Command): void {
  program
    .command('show')
    .argument('<run>', 'directory of a run, or of a study for its findings')
    .description('what a run (or a study) shows: configuration, curve, measures, findings')
    .option('--json', 'print as JSON')
    .action(async (path: string, flags: { json?: boolean }) => {
      const library = await import('../index.js');
      const shown = await library.describePath(path);
      if (flags.json) printJson(shown.data);
      else print(shown.text);
    });
}
