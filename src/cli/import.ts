import type { Command } from 'commander';
import { print, printJson, remark } from './output.js';

interface ImportFlags {
  readonly levels: string;
  readonly out: string;
  readonly name?: string;
  readonly baseline?: string;
  readonly columns: readonly string[];
  readonly means: readonly string[];
  readonly json?: boolean;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function registerImport(program: Command): void {
  program
    .command('import')
    .argument('<csv...>', 'CSV files of curves, one run each, or folders of them')
    .description('read published curves as a study')
    .requiredOption(
      '--levels <template>',
      "how file names tell the levels: 'lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}'; {seed} tells repeats apart",
    )
    .requiredOption('--out <directory>', 'directory of the study to write')
    .option('--name <name>', 'name of the study; without it, that of the directory')
    .option(
      '--baseline <file>',
      'name of the file that is the baseline; without it, inferred from the levels',
    )
    .option(
      '--columns <metric=column>',
      'which column holds a metric, where its header does not tell (repeatable)',
      collect,
      [],
    )
    .option(
      '--means <text=level>',
      "what a text in a file name means: 'sigmoid={ name: sigmoid, blocks: 4-10 }' (repeatable)",
      collect,
      [],
    )
    .option('--json', 'print the result as JSON')
    .action(importCurves);
}

async function importCurves(sources: readonly string[], flags: ImportFlags): Promise<void> {
  const library = await import('../index.js');
  const { levels, out, name, baseline, columns, means } = flags;
  const notes: string[] = [];
  const records = library.importCurves({
    sources,
    levels,
    out,
    columns,
    means,
    ...(name === undefined ? {} : { name }),
    ...(baseline === undefined ? {} : { baseline }),
    onNote: (note) => notes.push(note),
  });
  if (flags.json) {
    const runs = records.runs.map(({ record }) => record);
    printJson({ directory: records.directory, name: records.study.name, notes, runs });
    return;
  }
  for (const note of notes) remark(note);
  print(library.summaryTable(library.analyse(records)));
  print(`\nstudy: ${records.directory}`);
}
