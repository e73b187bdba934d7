import type { Command } from 'commander';
import { print } from './output.js';

interface ImportFlags {
  readonly levels: string;
  readonly out: string;
  readonly name?: string;
  readonly columns?: readonly string[];
}

export function registerImport(program: Command): void {
  program
    .command('import')
    .argument('<csv...>', 'CSV files of curves, one run each, or folders of them')
    .description('read published curves as a study')
    .requiredOption('--levels <template>', "how file names tell the levels: 'lr_{learningRate}_{schedule}'")
    .requiredOption('--out <directory>', 'directory of the study to write')
    .option('--name <name>', 'name of the study (default: the directory)')
    .option('--columns <metric=column...>', 'columns that likeness does not find: trainLoss="Loss (train)"')
    .action(async (sources: string[], flags: ImportFlags) => {
      const library = await import('../index.js');
      const records = await library.importCurves({ sources, ...flags });
      print(library.summaryTable(records));
      print(`\n${flags.out} is written: ceteris report ${flags.out}`);
    });
}
