import type { Command } from 'commander';
import { print, printJson } from './output.js';

interface Flags {
  readonly out: string;
  readonly json?: boolean;
}

export function registerCompare(program: Command): void {
  program
    .command('compare')
    .argument(
      '<run...>',
      'runs or trials: directories, run ids, STUDY-DIR/TRIAL; or STUDY-DIR and names in it',
    )
    .description('measures side by side; trials over their seeds, trained networks over their images')
    .option('--out <directory>', 'where studies are kept', 'out')
    .option('--json', 'print as JSON')
    .action(compare);
}

async function compare(names: string[], { out, json }: Flags): Promise<void> {
  const library = await import('./library.js');
  const compared = library.compareSubjects(names, out);
  if (!json) {
    print(library.comparisonText(compared, process.stdout.columns ?? 100));
    return;
  }
  const { columns, ...rest } = compared;
  printJson({
    columns: columns.map(({ label, runs }) => ({ label, runs: runs.map(library.summarizeRun) })),
    ...rest,
  });
}
