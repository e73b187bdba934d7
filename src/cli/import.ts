import type { Command } from 'commander';
import { formatBytes, print, printJson, remark } from './output.js';

interface ImportFlags {
  readonly levels?: string;
  readonly out?: string;
  readonly name?: string;
  readonly as?: string;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly until?: string;
  readonly firstEpoch?: string;
  readonly stepsPerEpoch?: string;
  readonly smallestEffect?: string;
  readonly runColumns?: string;
  readonly [choice: string]: unknown;
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function registerImport(program: Command): void {
  const command = program
    .command('import')
    .argument('<files...>', 'logs of other tools (docs/import.md lists them), or folders of them')
    .description('read curves that were trained elsewhere as a study')
    .option('--out <directory>', 'directory of the study to write')
    .option('--check', 'print how the files are read, as YAML that --as takes, and write nothing')
    .option('--as <reading.yaml>', 'read the files exactly as this plan says')
    .option('--name <name>', 'name of the study; without it, that of the directory')
    .option('--json', 'print the result as JSON');
  registerLevels(command);
  registerReading(command);
  command.action(importCurves);
}

function registerLevels(command: Command): void {
  command
    .option(
      '--levels <template>',
      "how names of files or folders tell the levels: 'lr_{learningRate}_wd_{weightDecay}_s{seed}'; {_} takes what means nothing",
    )
    .option(
      '--means <text=level>',
      "what a text in a name means: 'sigmoid={ name: sigmoid, blocks: 4-10 }' (repeatable)",
      collect,
    )
    .option(
      '--absent <name=level>',
      'the level of a hyperparameter in runs that do not tell it: dropout=0 (repeatable)',
      collect,
    )
    .option('--runs <table.csv>', 'a table with the names of the runs and their levels')
    .option('--run-columns <columns>', 'columns that tell the runs of one file apart, with commas between')
    .option(
      '--seeds <place>',
      'where the seeds stand: a column or hyperparameter, "name" (of files and folders), or "none" (runs are numbered)',
    )
    .option('--seed <word=number>', 'the number of a seed that is a word (repeatable)', collect)
    .option('--baseline <name>', 'name of the run that is the baseline; without it, inferred from the levels')
    .option(
      '--metric <metric>',
      'what the study is judged by; without it, validAccuracy where all runs hold it',
    )
    .option(
      '--smallest-effect <number>',
      'smallest difference worth knowing: points for accuracies (1 unless given), nats for losses',
    )
    .option('--finished <reason>', "shorter runs ended by design: 'early stopping'");
}

function registerReading(command: Command): void {
  command
    .option(
      '--columns <metric=column>',
      'which column holds a metric (or epoch, step), where its name does not tell; METRIC= leaves it out (repeatable)',
      collect,
    )
    .option('--ignore <name>', 'a column or hyperparameter that is not read (repeatable)', collect)
    .option('--unit <metric=unit>', 'percent or fraction, where the values do not tell (repeatable)', collect)
    .option('--until <epoch>', 'cut all runs after this epoch')
    .option('--axis <axis>', 'epoch, step or row: what the curves are counted by')
    .option(
      '--first-epoch <number>',
      '0 or 1: what the files call the first epoch; file: each what it begins with',
    )
    .option('--steps-per-epoch <number>', 'how many steps make an epoch, where the files count steps')
    .option('--repeats <which>', 'last, first or mean: which of several values at one place is read')
    .option(
      '--leave-out <name>',
      'a file or folder that is not read; * stands for any part (repeatable)',
      collect,
    )
    .option('--format <format>', 'the format of all files, where names do not tell')
    .option('--separator <character>', 'between cells, where the first lines do not tell')
    .option('--decimal <mark>', 'point or comma')
    .option('--encoding <encoding>', 'utf-8, utf-16le, utf-16be or latin1');
}

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));

async function importCurves(sources: readonly string[], flags: ImportFlags): Promise<void> {
  const library = await import('./library.js');
  const {
    out,
    name,
    as,
    check,
    json,
    until,
    firstEpoch,
    stepsPerEpoch,
    smallestEffect,
    runColumns,
    ...texts
  } = flags;
  const choices = {
    ...texts,
    until: number(until),
    firstEpoch: firstEpoch === 'file' ? firstEpoch : number(firstEpoch),
    stepsPerEpoch: number(stepsPerEpoch),
    smallestEffect: number(smallestEffect),
    runColumns: runColumns?.split(','),
  } as Partial<Parameters<typeof library.importCurves>[0]['choices']>;
  const progress = new ReadingLine();
  const options = {
    sources,
    choices: choices ?? {},
    ...(as === undefined ? {} : { as }),
    onProgress: (read: number, all: number) => progress.show(read, all),
  };
  if (check === true) {
    const plan = await library.planImport(options);
    progress.end();
    if (json === true) printJson(plan);
    else print(library.formatPlan(plan));
    return;
  }
  if (out === undefined) {
    throw new library.CeterisError('request', {
      what: 'import needs a directory for the study',
      where: '--out',
      rule: '--out DIRECTORY; or --check, which only prints how the files are read',
    });
  }
  const written = await library.importCurves({ ...options, out, ...(name === undefined ? {} : { name }) });
  progress.end();
  const { records, plan, notes } = written;
  if (json === true) {
    const runs = records.runs.map(({ record }) => record);
    printJson({ directory: records.directory, name: records.study.name, notes, plan, runs });
    return;
  }
  for (const line of [...library.readAs(plan), ...library.unreadText(plan)]) remark(line);
  for (const note of notes) remark(`note: ${note}`);
  print(library.summaryTable(library.analyse(records)));
  print(`\nstudy: ${records.directory}`);
}

/** A line of progress for large files only. */
class ReadingLine {
  #last = 0;
  #shown = false;

  show(read: number, all: number): void {
    const now = Date.now();
    if (this.#last === 0) this.#last = now;
    if (now - this.#last < (process.stderr.isTTY ? 500 : 10_000)) return;
    this.#last = now;
    const text = `read ${formatBytes(read)} (the files hold ${formatBytes(all)}, and are read at least twice)`;
    if (process.stderr.isTTY) process.stderr.write(`\r${text}`);
    else remark(text);
    this.#shown = true;
  }

  end(): void {
    if (this.#shown && process.stderr.isTTY) process.stderr.write('\n');
  }
}
