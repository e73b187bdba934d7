import { basename } from 'node:path';
import type { Command } from 'commander';
import { print, printJson, remarkNotes } from './output.js';

export function registerReport(program: Command): void {
  program
    .command('report')
    .argument('<study-dir>', 'directory of a study')
    .description('write the report of a study again from what lies on disk, and print its findings')
    .option('--claims <claims.yaml>', 'hold the claims of this file against the study, and list them')
    .option('--json', 'print the paths and the findings as JSON')
    .action(report);
}

async function report(directory: string, flags: { claims?: string; json?: boolean }): Promise<void> {
  const library = await import('./library.js');
  const file = flags.claims === undefined ? null : library.readClaims(flags.claims, directory);
  const held = file === null ? null : { name: basename(flags.claims ?? ''), contents: file };
  const records = library.loadHeldStudy(directory, held);
  remarkNotes(library.recordsNotes(records));
  remarkNotes(records.imported?.notes ?? []);
  const analysis = library.analyse(records);
  const claims = file === null ? {} : { claims: library.judgeClaims(analysis, file) };
  const written = await library.writeReport(analysis, claims);
  const { findings, statements } = analysis;
  if (flags.json) printJson({ ...written, findings, held: analysis.held, statements });
  else print(`${library.findingsText(analysis, process.stdout.columns ?? 100)}\n\nreport: ${written.html}`);
}
