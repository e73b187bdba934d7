import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { CeterisError } from '../base/errors.js';
import type { GpuPrecision, ResolvedStudy, RunStudyOptions, StudyEndedEvent } from './library.js';
import { print, printJson, printWords, remarkNotes } from './output.js';
import { onStopSignal, type StopSignal } from './signals.js';
import { addStudyOptions, precisionOption, vectorBits } from './studyOptions.js';

/** The options, as the parser gives them. */
interface StudyFlags {
  readonly dataDir?: string;
  readonly out: string;
  readonly device: DeviceFlag;
  readonly workers?: number;
  readonly threads?: number;
  readonly lockstep: 'auto' | 'off' | number;
  readonly cpuVectors?: 128 | 256;
  readonly set?: readonly string[];
  readonly allowVariantChange?: boolean;
  readonly report: boolean;
  readonly precision?: GpuPrecision;
  readonly tune: boolean;
  readonly json?: boolean;
  readonly launcher?: 'local' | 'slurm';
  readonly watch?: boolean;
  readonly cancel?: boolean;
}

type DeviceFlag = NonNullable<RunStudyOptions['device']>;

function device(text: string): DeviceFlag {
  const isGpu = text === 'webgpu' || /^webgpu:.+/.test(text);
  if (text === 'auto' || text === 'cpu' || isGpu) return text as DeviceFlag;
  throw new InvalidArgumentError('It must be auto, cpu, webgpu, or webgpu:NAME.');
}

function lockstep(text: string): 'auto' | 'off' | number {
  if (text === 'auto' || text === 'off') return text;
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1) return runs;
  throw new InvalidArgumentError('It must be auto, off, or a whole number from 1.');
}

function launcher(text: string): 'local' | 'slurm' {
  if (text === 'local' || text === 'slurm') return text;
  throw new InvalidArgumentError('It must be local or slurm.');
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
    lockstep: flags.lockstep,
    cpuVectors: flags.cpuVectors,
    precision: flags.precision,
    tune: flags.tune,
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
    .option(
      '--device <device>',
      'cpu, webgpu (every hardware GPU), webgpu:NAME (part of a name that doctor lists; several: webgpu:NAME,webgpu:NAME), or auto: a hardware GPU where there is one, else the CPU',
      device,
      'auto',
    )
    .option(
      '--lockstep <runs>',
      'runs that one program trains together, with the same bits: auto (where it was measured to pay), off, or at most N',
      lockstep,
      'auto',
    )
    .option(
      '--cpu-vectors <bits>',
      '128 or 256 (default: 256 where this Node has them and a check at start passes)',
      vectorBits,
    )
    .addOption(precisionOption())
    .option('--allow-variant-change', 'continue runs that another kernel variant, Node or machine began')
    .option(
      '--no-tune',
      'take fixed tiles on a GPU, in place of those measured once for each device: the same bits',
    )
    .option('--no-report', 'train only')
    .option(
      '--launcher <launcher>',
      "local: this machine; slurm: the jobs of a cluster (default: the study file's launcher, else local)",
      launcher,
    )
    .option('--watch', 'on a cluster: follow the study until nothing is left to wait for; Ctrl-C detaches')
    .option('--cancel', 'on a cluster: end what was submitted')
    .action(run);
}

async function run(studyFile: string, flags: StudyFlags): Promise<void> {
  const library = await import('./library.js');
  if (launcherOf(library.readStudyFile(studyFile, flags.set), flags) === 'slurm') {
    const { runOnCluster } = await import('./cluster.js');
    const over = await runOnCluster(toRunOptions(studyFile, flags), flags);
    if (over !== null) await conclude(over, flags);
    return;
  }
  const abort = new AbortController();
  const progress = (await import('./progress.js')).createProgress(process.stderr.isTTY === true);
  const release = onStopSignal(stopOn(abort, progress.note.bind(progress)));
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
    release();
  }
  if (abort.signal.aborted) process.exitCode = 130;
  if (ended === null) return;
  if (!abort.signal.aborted && ended.failed > 0) process.exitCode = 1;
  // Whoever stops does not want to wait for a report of what is unfinished.
  await conclude(ended, { ...flags, report: flags.report && !abort.signal.aborted });
}

/** The command's word, else the study file's. @throws a request error for what belongs to a cluster only */
function launcherOf(study: ResolvedStudy, { launcher: asked, watch, cancel }: StudyFlags): 'local' | 'slurm' {
  const chosen = asked ?? study.launcher?.name ?? 'local';
  const foreign = watch ? '--watch' : cancel ? '--cancel' : null;
  if (chosen === 'slurm' || foreign === null) return chosen;
  throw new CeterisError('request', {
    what: `${foreign} is for studies on a cluster`,
    where: foreign,
    rule: 'with --launcher slurm, or launcher: { name: slurm } in the study file',
    advice: 'to stop a study on this machine: Ctrl-C, or kill its process',
  });
}

/** Two signals within this time are one request: npm passes Ctrl-C on to a process that has it from the terminal already. */
const pressMilliseconds = 500;

/** The first signal stops with a checkpoint; only Ctrl-C pressed again does not wait for it. */
function stopOn(abort: AbortController, note: (text: string) => void): (signal: StopSignal) => void {
  let first = 0;
  return (signal) => {
    if (!abort.signal.aborted) {
      first = performance.now();
      const again = signal === 'SIGINT' ? ' (press again to stop without waiting)' : '';
      note(`stopping on ${signal}: what is done is kept${again}`);
      abort.abort();
    } else if (signal === 'SIGINT' && performance.now() - first > pressMilliseconds) process.exit(130);
  };
}

/** A table of results, the report, and what to do next. */
async function conclude(ended: StudyEndedEvent, flags: StudyFlags): Promise<void> {
  const library = await import('./library.js');
  const records = library.loadStudy(ended.directory);
  remarkNotes(library.recordsNotes(records));
  const analysis = library.analyse(records);
  if (flags.json) {
    const report = flags.report ? (await library.writeReport(analysis)).html : null;
    printJson({ ...ended, report, runs: records.runs.map((run) => run.record) });
    return;
  }
  print(`\n${library.summaryTable(analysis, process.stdout.columns)}`);
  const verdicts = library.verdictsText(analysis, process.stdout.columns ?? 100);
  if (verdicts !== '') print(`\n${verdicts}`);
  if (ended.interrupted > 0) print('\nSome runs are unfinished: the same command continues them.');
  if (ended.failed > 0) {
    const them = ended.failed === 1 ? '1 run' : `${ended.failed} runs`;
    printWords(
      `\n${them} failed, see log.txt in ${join(ended.directory, 'runs')}: the same command tries again.`,
    );
  }
  if (flags.report) {
    const { html } = await library.writeReport(analysis);
    printWords(`\nreport${verdicts === '' ? '' : ', with estimates, intervals and caveats'}: ${html}`);
  } else if (ended.done > 0) printWords(`\nfor a report: ceteris report ${ended.directory}`);
}
