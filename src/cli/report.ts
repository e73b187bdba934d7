import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerReport(program: Command): void {
  program
    .command('report')
    .argument('<study-dir>', 'directory of a study')
    .description('write the report of a study again from what lies on disk, and print its findings')
    .option('--json', 'print the paths and the findings as JSON')
    .action(report);
}

async function report(directory: string, flags: { json?: boolean }): Promise<void> {
  const library = await import('../index.js');
  const records = library.loadStudy(directory);
  const findings = library.findStudy(records);
  const written = await library.writeReport(records, { findings });
  if (flags.json) printJson({ ...written, ...findings });
  else print(`${library.findingsText(findings, process.stdout.columns ?? 100)}\n\nreport: ${written.html}`);
}
