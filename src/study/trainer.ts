/** `trainer:` of a study file: a command that trains each run, in place of the engine of this project. */
import * as z from 'zod';
import { key } from '../base/keys.js';
import { canonicalJson } from './paths.js';
import { almostPlaceholders, ownNames, placeholdersIn } from './placeholders.js';
import { type Problem, valueText } from './problems.js';
import type { CommandTrainer, ResolvedStudy, Trial } from './types.js';
import { namedValue } from './values.js';

/** Usual names of checkpoints, as patterns below the run's folder. */
export const usualCheckpoints = [
  '*.pt',
  '*.pth',
  '*.ckpt',
  '*.safetensors',
  '*.h5',
  '*.keras',
  'checkpoint*',
  'ckpt*',
] as const;

const text = z.string().min(1);
const argument = z.union([text, z.number()]).transform(String);
const units = { s: 1, m: 60, h: 3600, d: 86400 } as const;

/** `6h`, `90m`, `45s`, `2d`, or seconds -> seconds. */
const duration = z.union([
  z.number().gt(0),
  z
    .string()
    .regex(/^\d+(\.\d+)?\s*[smhd]$/, { error: 'seconds, or a text such as 45s, 90m, 6h, 2d' })
    .transform((written) => Number.parseFloat(written) * units[written.at(-1) as keyof typeof units]),
]);

const words = z.union([text.transform((one) => one.trim().split(/\s+/)), z.array(argument).min(1)]);

/** What lies elsewhere would be shared by all runs, or be a file of ours. */
const insideText = text.refine(
  (path) => !/^([\\/~]|[A-Za-z]:)/.test(path) && !path.split(/[\\/]/).includes('..'),
  { error: 'a path inside of the folder that {run} names, such as logs/metrics.csv' },
);

const metricsKeys = {
  file: key(
    insideText.default('metrics.csv'),
    'the file with the metrics, or a folder of event files, in the folder of the run',
  ),
  columns: key(
    z.record(z.string(), text).default({}),
    'the column of a metric (or of epoch, step) where its name does not tell: { validAccuracy: Top-1 }',
  ),
  judged: key(
    text.optional(),
    'name of the column of the metric of the study, where several could be it; unless given, the name of that metric',
  ),
  ignore: key(z.array(text).default([]), 'columns that are not read'),
  unit: key(
    z.enum(['percent', 'fraction']).optional(),
    'unit of the accuracies, where the values do not tell',
  ),
  axis: key(z.enum(['epoch', 'step', 'row']).optional(), 'what the rows are counted by'),
  firstEpoch: key(z.literal([0, 1]).optional(), 'what the file calls the first epoch'),
  stepsPerEpoch: key(z.int().min(1).optional(), 'how many steps make an epoch, where the file counts steps'),
  repeats: key(
    z.enum(['last', 'first', 'mean']).optional(),
    'which of several values of one metric at one place is read; unless given, several are an error, and after a resume the last one counts',
  ),
  format: key(text.optional(), 'format of the file, where its name does not tell'),
};

export const commandSchema = z.strictObject({
  command: key(
    z
      .array(argument, { error: 'a list of arguments, as [python3, train.py, --lr, "{learningRate}"]' })
      .min(1),
    'the command as a list of arguments, without a shell; {NAME} is a value, {seed} the seed, {run} the folder of the run, {config} a JSON file with all values',
  ),
  metrics: key(
    z
      .union([insideText.transform((file) => ({ file })), z.strictObject(metricsKeys)])
      .transform((given) => z.strictObject(metricsKeys).parse(given))
      .prefault({}),
    'where the command writes its metrics, and how they are read',
  ),
  resume: key(
    words.nullable().default(null),
    'appended when the folder of the run holds a checkpoint; unless given, a run that was broken off starts anew',
  ),
  checkpoint: key(
    z.union([text.transform((one) => [one]), z.array(text).min(1)]).default([...usualCheckpoints]),
    'names of the checkpoints of the command, with * for any part; unless given, the usual ones (*.pt, *.ckpt, checkpoint*, ...)',
  ),
  timeout: key(duration.nullable().default(null), 'longest time of an attempt: seconds, or 45s, 90m, 6h, 2d'),
  grace: key(
    duration.default(10),
    'time between being asked to stop (SIGTERM) and being killed; unless given, 10 seconds',
  ),
  retries: key(z.int().min(0).max(100).default(0), 'how often a run that failed is tried again at once'),
  gpus: key(z.int().min(0).max(64).default(0), 'GPUs of each run, by CUDA_VISIBLE_DEVICES'),
  epochs: key(z.int().min(1).optional(), 'epochs of a run, for the progress only'),
  folder: key(text.optional(), 'where the command is called; unless given, the folder of the study file'),
  files: key(
    z.array(text).default([]),
    'files whose contents are part of what a run is, as seen from the folder: when one changes, runs are trained anew',
  ),
  record: key(
    z.record(z.string(), words).default({}),
    "commands whose output is kept with each run: { python: 'python3 --version' }",
  ),
});

/** `engine` or a command. */
export const trainerSchema = z.union([z.literal('engine'), commandSchema]);

/** What is wrong with a command in the light of its study: placeholders that nothing fills, seeds that it does not get. */
export function commandProblems(
  study: ResolvedStudy,
  trials: readonly Pick<Trial, 'name' | 'configuration'>[],
): Problem[] {
  const { trainer } = study;
  if (trainer === 'engine') return [];
  const asked = [
    ...trainer.command.map((argument, i) => ({ argument, path: `trainer.command.${i}` })),
    ...(trainer.resume ?? []).map((argument, i) => ({ argument, path: `trainer.resume.${i}` })),
  ];
  const problems: Problem[] = [];
  for (const { argument, path } of asked) {
    for (const name of placeholdersIn(argument)) {
      if (ownNames.some((own) => own === name)) continue;
      const without = trials.find(
        ({ configuration }) => namedValue(configuration.command?.values ?? {}, name) === undefined,
      );
      if (without !== undefined) problems.push(unfilled(path, name, without.name, study));
    }
    const names = [...Object.keys(study.baseline.command?.values ?? {}), ...ownNames];
    for (const almost of almostPlaceholders(argument, names)) problems.push(miswritten(path, almost));
  }
  return [...problems, ...nameProblems(trials), ...seedProblems(study)];
}

/** A trial is known by its name: the levels null and 'none', or [1, 2] and '1 + 2', read alike. */
function nameProblems(trials: readonly Pick<Trial, 'name' | 'configuration'>[]): Problem[] {
  const seen = new Map<string, Trial['configuration']>();
  for (const { name, configuration } of trials) {
    const before = seen.get(name);
    seen.set(name, configuration);
    if (before === undefined || canonicalJson(before) === canonicalJson(configuration)) continue;
    return [
      {
        path: 'factors',
        what: `two different trials have the name ${name}`,
        rule: 'levels that read differently: by its name a trial is known in tables and figures',
        value: valueText(configuration.command?.values),
        advice: 'write one of the two levels as another text',
      },
    ];
  }
  return [];
}

function miswritten(path: string, { text: written, name }: { text: string; name: string }): Problem {
  return {
    path,
    what: `this looks like the placeholder {${name}}, and nothing would fill it`,
    rule: 'a name in braces, without blanks and without a $ before them: no shell reads it',
    value: written,
    advice: `write {${name}}, or {{${name}}} for the text itself`,
  };
}

function unfilled(path: string, name: string, trial: string, study: ResolvedStudy): Problem {
  const known = Object.keys(study.baseline.command?.values ?? {});
  return {
    path,
    what: `nothing fills the placeholder {${name}}${trial === 'baseline' ? '' : ` of trial ${trial}`}`,
    rule: `a name of baseline or factors${known.length === 0 ? '' : ` (${known.join(', ')})`}, or ${ownNames.join(', ')}`,
    value: `{${name}}`,
    advice: `give it a value (baseline: { ${name}: ... }), or write {{${name}}} for the text itself`,
  };
}

/** Seeds that vary one stream only must reach the command, or nothing would vary. */
function seedProblems({ trainer, seedStreams, seeds }: ResolvedStudy): Problem[] {
  if (trainer === 'engine' || seedStreams === 'all' || seeds.length < 2) return [];
  const wanted = `seed.${seedStreams}`;
  const names = trainer.command.flatMap(placeholdersIn);
  if (names.includes(wanted) || names.includes('config')) return [];
  return [
    {
      path: 'seeds',
      what: `the seeds vary ${seedStreams} only, and the command does not take {${wanted}}`,
      rule: `{${wanted}} or {config} among the arguments`,
      value: valueText(trainer.command),
    },
  ];
}

/** Whether a command is told the seed by its arguments; else it can only learn it from its environment. */
export function takesSeed({ command }: CommandTrainer): boolean {
  return command
    .flatMap(placeholdersIn)
    .some((name) => name === 'seed' || name.startsWith('seed.') || name === 'config');
}
