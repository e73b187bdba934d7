import { basename } from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import { print, printJson, remark, remarkNotes } from './output.js';

export function registerClaims(program: Command): void {
  program
    .command('claims')
    .argument('<claims.yaml>', 'the claims file')
    .description('hold claims against the runs of a study')
    .requiredOption('--on <study-dir>', 'directory of the study')
    .option(
      '--json',
      'print as JSON: id, sentence, scope, kind, verdict, evidence, group, source, page, excludes',
    )
    .action(claims);
}

const MOST_COLUMNS = 110;

async function claims(path: string, flags: { on: string; json?: boolean }): Promise<void> {
  const library = await import('./library.js');
  const file = library.readClaims(path, flags.on);
  const records = library.loadHeldStudy(flags.on, { name: basename(path), contents: file });
  remarkNotes(library.recordsNotes(records));
  const judged = library.judgeClaims(library.analyse(records), file);
  if (flags.json) {
    printJson(judged);
    return;
  }
  const { name, report } = records.study;
  if (report.miniatureOf !== null)
    remark(
      `${name} is a miniature of ${report.miniatureOf}: effects here, and even their signs, are not those of the full study`,
    );
  const paint = (text: string, verdict: string) => {
    if (verdict === 'supported') return pc.green(text);
    return verdict === 'contradicted' ? pc.red(text) : pc.yellow(text);
  };
  const width = Math.min(process.stdout.columns ?? MOST_COLUMNS, MOST_COLUMNS);
  print(library.claimsList(judged, { width, bold: pc.bold, dim: pc.dim, verdict: paint }));
}
