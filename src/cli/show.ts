import type { Command } from 'commander';
import { print, printJson, remarkNotes } from './output.js';

interface Flags {
  readonly out: string;
  readonly json?: boolean;
}

export function registerShow(program: Command): void {
  program
    .command('show')
    .argument('<what>', "a run's or study's directory, a run id, or STUDY-DIR/TRIAL")
    .description('show a run: configuration, curves, measures; or a study: results and findings')
    .option('--out <directory>', 'where studies are kept', 'out')
    .option('--json', 'print as JSON')
    .action(show);
}

async function show(what: string, { out, json }: Flags): Promise<void> {
  const library = await import('./library.js');
  const subject = library.findSubject(what, out);
  const width = process.stdout.columns ?? 100;
  if (subject.records !== null) remarkNotes(library.recordsNotes(subject.records));
  switch (subject.kind) {
    case 'run': {
      const { run, directory } = subject;
      if (json) printJson({ directory, ...library.summarizeRun(run), record: run.record });
      else print(library.runText(run, width));
      return;
    }
    case 'trial':
      {
        const { name, runs } = subject.group;
        if (json) printJson({ name, runs: runs.map(library.summarizeRun) });
        else print(library.measuresTable([subject.group], width));
      }
      return;
    case 'study': {
      const { records } = subject;
      const analysis = library.analyse(records);
      if (json) {
        const { study, directory } = records;
        printJson({
          name: study.name,
          question: study.question,
          directory,
          imported: records.imported ?? null,
          ...library.analysisJson(analysis),
        });
        return;
      }
      const imported = library.importedLines(records, { whole: true, width });
      const open = library.unfinishedText(analysis);
      const head = [records.study.name, records.study.question ?? ''].filter((text) => text !== '');
      print(
        [
          head.join('\n'),
          ...(imported === null ? [] : [imported]),
          ...(open === null ? [] : [library.wrap(open, width)]),
          library.summaryTable(analysis, process.stdout.columns),
          library.findingsText(analysis, width),
        ].join('\n\n'),
      );
      return;
    }
    default:
      subject satisfies never;
  }
}
