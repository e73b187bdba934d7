import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { RunStudyOptions, StudyEndedEvent } from '../index.js';
import { print, printJson } from './output.js';
import { addStudyOptions, vectorBits } from './studyOptions.js';

/** The options, as the parser gives them. */
interface StudyFlags {
  readonly dataDir?: string;
  readonly out: string;
  readonly device: 'auto' | 'cpu';
  readonly workers?: number;
  readonly threads?: number;
  readonly cpuVectors?: 128 | 256;
  readonly set: readonly string[];
  readonly allowVariantChange?: boolean;
  readonly report: boolean;
  readonly json?: boolean;
}

function device(text: string): 'auto' | 'cpu' {
  if (text === 'auto' || text === 'cpu') return text;
  if (text === 'webgpu') throw new InvalidArgumentError('This version trains on the CPU only: auto or cpu.');
  throw new InvalidArgumentError('It must be auto or cpu.');
}

/** What the parser gave, as the library takes it. */
function toRunOptions(study: string, flags: StudyFlags): RunStudyOptions {
  return {
    studyFile: study,
    out: flags.out,
    set: flags.set,
    dataDir: flags.dataDir,
    device: flags.device,
    workers: flags.workers,
    threads: flags.threads,
    cpuVectors: flags.cpuVectors,
    allowVariantChange: flags.allowVariantChange ?? false,
  };
}

export function registerRun(program: Command): void {
  addStudyOptions(
    program
      .command('run')
      .argument('<study.yaml>', 'the study file')
      .description('train what the study still needs, then write its report'),
  )
    .option('--device <device>', 'auto or cpu; auto is the CPU in this version', device, 'auto')
    .option(
      '--cpu-vectors <bits>',
      '128 or 256 (default: 256 where this Node has them and a check at start passes)',
      vectorBits,
    )
    .option('--allow-variant-change', 'continue runs that another kernel variant, Node or machine began')
    .option('--no-report', 'train only')
    .action(run);
}

async function run(studyFile: string, flags: StudyFlags): Promise<void> {
  const library = await import('../index.js');
  const abort = new AbortController();
  const progress = (await import('./progress.js')).createProgress(process.stderr.isTTY === true);
  const interrupt = () => {
    if (abort.signal.aborted) process.exit(130);
    progress.note('stopping: what is done is kept (press again to stop without waiting)');
    abort.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const downloads = (await import('./dataProgress.js')).createDataProgress();
  let ended: StudyEndedEvent | null = null;
  try {
    const options = {
      ...toRunOptions(studyFile, flags),
      signal: abort.signal,
      onDataProgress: downloads.show,
    };
    for await (const event of library.runStudy(options)) {
      downloads.finish();
      progress.show(event);
      if (event.type === 'study-ended') ended = event;
    }
  } finally {
    downloads.finish();
    progress.finish();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
  if (abort.signal.aborted) process.exitCode = 130;
  if (ended === null) return;
  if (!abort.signal.aborted && ended.failed > 0) process.exitCode = 1;
  // Whoever stops does not want to wait for a report of what is unfinished.
  await conclude(ended, { ...flags, report: flags.report && !abort.signal.aborted });
}

/** A table of results, the report, and what to do next. */
async function conclude(ended: StudyEndedEvent, flags: StudyFlags): Promise<void> {
  const library = await import('../index.js');
  const records = library.loadStudy(ended.directory);
  if (flags.json) {
    const report = flags.report ? (await library.writeReport(records)).html : null;
    printJson({ ...ended, report, runs: records.runs.map((run) => run.record) });
    return;
  }
  print(`\n${library.summaryTable(records)}`);
  const findings = library.findStudy(records);
  const verdicts = library.verdictsText(findings, process.stdout.columns ?? 100);
  if (verdicts !== '') print(`\n${verdicts}`);
  if (ended.interrupted > 0) print('\nSome runs are unfinished: the same command continues them.');
  if (ended.failed > 0) {
    const them = ended.failed === 1 ? '1 run' : `${ended.failed} runs`;
    print(`\n${them} failed, see log.txt in ${join(ended.directory, 'runs')}: the same command tries again.`);
  }
  if (flags.report) {
    const { html } = await library.writeReport(records, { findings });
    print(`\nreport${verdicts === '' ? '' : ', with estimates, intervals and caveats'}: ${html}`);
  } else if (ended.done > 0) print(`\nfor a report: ceteris report ${ended.directory}`);
}
