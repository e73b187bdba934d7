import { type Command, InvalidArgumentError } from 'commander';
import { formatTable } from '../base/text.js';
import type { StudyPlan } from './library.js';
import { formatBytes, formatDuration, print, printJson, remark, wrap } from './output.js';
import { addStudyOptions } from './studyOptions.js';

interface PlanFlags {
  readonly dataDir?: string;
  readonly out: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly set?: readonly string[];
  readonly deviation?: number;
  readonly json?: boolean;
}

function aboveZero(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

export function registerPlan(program: Command): void {
  addStudyOptions(
    program
      .command('plan')
      .argument('<study.yaml>', 'the study file')
      .description('say what a study would train, how long it takes here, and what it can detect'),
  )
    .option(
      '--deviation <d>',
      'deviation between seeds: points for accuracies, else in the unit of the metric',
      aboveZero,
    )
    .action(plan);
}

async function plan(studyFile: string, flags: PlanFlags): Promise<void> {
  const library = await import('./library.js');
  const { dataDir, out, workers, threads, set, deviation } = flags;
  const onTiming = () => remark('timing a few steps ...');
  const request = { studyFile, out, set, dataDir, workers, threads, deviation, onTiming };
  const planned = await library.planStudy(request);
  if (flags.json) printJson(planned);
  else print(describePlan(planned, process.stdout.columns ?? 80));
}

/** Trials that a table shows before it is cut. */
const mostTrials = 24;

/** The plan in lines of at most `width` characters. */
function describePlan(plan: StudyPlan, width = 80): string {
  return [
    `${plan.name}: ${sizeText(plan)}`,
    '',
    trialLines(plan, width),
    '',
    ...facts(plan, width),
    '',
    ...powerLines(plan, width),
    ...(plan.warnings.length === 0 ? [] : ['', ...plan.warnings.map((one) => wrap(`! ${one}`, 2, width))]),
  ].join('\n');
}

function sizeText({ trials, runs }: StudyPlan): string {
  const text = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const states = [
    [runs.done, 'done'],
    [runs.diverged, 'diverged'],
    [runs.continues, 'to continue'],
    [runs.new, 'new'],
  ] as const;
  const parts = states.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  const outside = runs.outside === 0 ? '' : `; ${text(runs.outside, 'run')} on disk outside the study`;
  return `${text(trials.length, 'trial')}, ${text(runs.total, 'run')} (${parts.join(', ')})${outside}`;
}

function trialLines({ trials }: StudyPlan, width: number): string {
  const isStaged = trials.some(({ stage }) => stage === 'search');
  const rows = trials
    .slice(0, mostTrials)
    .map((trial) => [
      trial.name,
      ...(isStaged ? [trial.stage] : []),
      String(trial.runs),
      String(trial.done + trial.diverged),
      String(trial.continues),
      String(trial.new),
      formatDuration(trial.secondsPerRun ?? Number.NaN),
    ]);
  const head = ['trial', ...(isStaged ? ['stage'] : []), 'runs', 'ended', 'continue', 'new', 'time of one'];
  const rest = trials.length - rows.length;
  return [formatTable([head, ...rows], { width }), ...(rest > 0 ? [`and ${rest} more trials`] : [])].join(
    '\n',
  );
}

function facts(plan: StudyPlan, width: number): string[] {
  const fact = (name: string, text: string) => wrap(`${name.padEnd(8)}${text}`, 8, width);
  const { allotment, cores, memory, data, extension, times } = plan;
  const threads = `${allotment.threads} thread${allotment.threads === 1 ? '' : 's'}`;
  const side = data === null ? '' : ` with ${threads} each, ${cores} cores`;
  const steps = times.map(({ network, batchSize, trainMs, evaluateMs, isMeasured }) => {
    const source = isMeasured ? 'measured' : 'scaled by its arithmetic';
    return fact(
      'step',
      `${network}, batch ${batchSize}: ${ms(trainMs)} training, ${ms(evaluateMs)} evaluation (${source})`,
    );
  });
  return [
    fact('time', `${timeText(plan)}: ${allotment.workers} at a time${side}`),
    ...steps.slice(0, 6),
    ...(steps.length > 6 ? [fact('', `and ${steps.length - 6} more networks or batch sizes`)] : []),
    ...(memory === null ? [] : [fact('memory', memoryText(memory))]),
    ...(data === null ? [] : [fact('data', dataText(data))]),
    ...(extension === null ? [] : [fact('look', `another look: ${extension}`)]),
  ];
}

/** Of a command only runs that have ended tell. */
function timeText({ seconds }: StudyPlan): string {
  if (seconds === null) return 'not known before a run has ended';
  return seconds === 0 ? 'nothing is left to train' : `about ${formatDuration(seconds)}`;
}

function memoryText({ total, run, dataset, free }: NonNullable<StudyPlan['memory']>): string {
  return `${formatBytes(total)} (${formatBytes(run)} a run, dataset ${formatBytes(dataset)}); ${formatBytes(free)} free`;
}

function dataText({ name, isThere, directory, path }: NonNullable<StudyPlan['data']>): string {
  if (!isThere)
    return `${name} is not there: run fetches it into ${directory}, or name its place with --data-dir`;
  return `${name}, ${directory === null ? 'made when it is needed' : `there: ${path}`}`;
}

const ms = (value: number) => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);

function powerLines({ power }: StudyPlan, width: number): string[] {
  const { rows, deviation, seeds, smallestEffect, unit, alpha, look, contrasts } = power;
  if (rows.length === 0)
    return [wrap('This design declares no comparison, so there is nothing to test.', 0, width)];
  const amount = (value: number) =>
    `${value < 10 ? value.toPrecision(2) : Math.round(value)}${unit === '' ? '' : ` ${unit}`}`;
  const level = `${Number((100 * alpha).toPrecision(2))}%${look === null ? '' : ` (look ${look})`}`;
  if (deviation === null) {
    return [
      wrap(
        `What ${seeds} seed${seeds === 1 ? '' : 's'} can detect depends on the deviation of the metric between seeds, which is not known: give it with --deviation.`,
        0,
        width,
      ),
    ];
  }
  const head = [
    'contrast',
    'in family',
    `${seeds} seed${seeds === 1 ? '' : 's'} detect`,
    `seeds for ${amount(smallestEffect)}`,
  ];
  const lines = rows.map((row) => [
    row.label,
    String(row.contrasts),
    row.detectable === null ? '-' : amount(row.detectable),
    row.neededSeeds === null ? '-' : String(row.neededSeeds),
  ]);
  const intro = `True differences found in 80% of studies, Holm over ${contrasts} contrast${contrasts === 1 ? '' : 's'} at ${level}, deviation between seeds ${amount(deviation.value)} (${sourceText(power)}):`;
  const limits = [
    ...power.limits.map((one) => wrap(`! ${one}`, 2, width)),
    ...power.enough.map((one) => wrap(`  ${one}`, 2, width)),
  ];
  return [
    wrap(intro, 0, width),
    '',
    formatTable([head, ...lines], { width }),
    ...(limits.length === 0 ? [] : ['', ...limits]),
  ];
}

function sourceText({ deviation }: StudyPlan['power']): string {
  if (deviation?.source === 'given') return 'as given';
  if (deviation?.measured == null) return 'default: 0.4 to 0.8 were measured, see docs/statistics.md';
  const { sd, trials, df } = deviation.measured;
  return `upper 80% limit of ${sd.toPrecision(2)} measured in ${trials} trial${trials === 1 ? '' : 's'}, ${df} degree${df === 1 ? '' : 's'} of freedom`;
}
