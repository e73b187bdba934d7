import type { Command } from 'commander';
import { print, printJson, remarkNotes } from './output.js';

export function registerLs(program: Command): void {
  program
    .command('ls')
    .argument('[study-dir]', 'one study; without it, all studies below --out')
    .description('list studies, or the runs of one')
    .option('--out <directory>', 'where studies are kept', 'out')
    .option('--json', 'print as JSON')
    .action(ls);
}

async function ls(directory: string | undefined, flags: { out: string; json?: boolean }): Promise<void> {
  const library = await import('./library.js');
  if (directory === undefined) {
    const studies = library.listStudies(flags.out);
    if (flags.json) {
      printJson(studies);
      return;
    }
    if (studies.length === 0) {
      print(`no studies below ${flags.out}`);
      return;
    }
    for (const { name, directory: at, runs, done, imported, problem } of studies) {
      const state = `${done} of ${runs} runs done${imported ? ', imported' : ''}`;
      print(`${name}  ${problem === undefined ? state : `unreadable: ${problem}`}  ${at}`);
    }
    return;
  }
  const records = library.loadHeldStudy(directory);
  remarkNotes(library.recordsNotes(records));
  if (flags.json) {
    printJson({ ...records, runs: records.runs.map((run) => run.record) });
    return;
  }
  const imported = library.importedLines(records, { whole: false, width: process.stdout.columns ?? 100 });
  if (imported !== null) print(`${imported}\n`);
  print(library.runsTable(records, process.stdout.columns));
}
