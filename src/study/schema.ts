/** The study file's schema: what a person may write, with every default. */
import * as z from 'zod';
import { key, seedNumber } from '../base/keys.js';
import { baselineKeys, fileConfigurationKeys } from './configuration.js';
import { launcherSchema } from './launcher.js';
import { curveMetrics } from './metrics.js';
import { commandSchema, trainerSchema } from './trainer.js';

export const studyFormatVersion = 1;

/** A directory's name in any file system. */
export const studyName = z
  .string()
  .regex(/^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[A-Za-z0-9][A-Za-z0-9._-]{0,59}(?<!\.)$/i, {
    error: 'letters, digits, dot, dash and underscore, at most 60, beginning with a letter or digit',
  });

const text = z.string().min(1);
const role = key(
  z.enum(['scientific', 'nuisance', 'fixed']).default('scientific'),
  'scientific: its effect is the question; nuisance: tuned for each level; fixed: held',
);

const factorSchema = z.union([
  z.array(z.unknown()).min(1),
  z.strictObject({
    values: key(z.array(z.unknown()).min(1), 'the levels, in the order of the figures'),
    role,
  }),
  z.strictObject({
    min: key(z.number(), 'least value'),
    max: key(z.number(), 'largest value'),
    distribution: key(
      z.enum(['uniform', 'log-uniform', 'int']).default('uniform'),
      'uniform, log-uniform or int',
    ),
    role,
  }),
]);
export type FactorInput = z.output<typeof factorSchema>;

const methodNames = z.enum(['one-factor', 'grid', 'random']);
const methodSchema = z.union([
  methodNames,
  z.strictObject({
    name: key(methodNames, 'one-factor, grid or random'),
    trials: key(
      z.int().min(1).max(10000).optional(),
      'number of draws (per combination of the scientific levels)',
    ),
    seed: key(seedNumber.optional(), 'seed of the draws'),
  }),
]);

const seedList = z
  .array(seedNumber)
  .min(1)
  .refine((seeds) => new Set(seeds).size === seeds.length, {
    error: 'each seed once',
  });
const stream = z.union([seedNumber, seedList]);
const seedsSchema = z.union([
  z.int().min(1).max(10000),
  seedList,
  z
    .strictObject({
      data: key(stream, 'order, augmentation, dropout'),
      initial: key(stream, 'initial weights'),
    })
    .refine((streams) => Array.isArray(streams.data) !== Array.isArray(streams.initial), {
      error: 'one of data and initial is a list (the stream that varies), the other one number',
    }),
]);
export type SeedsInput = z.output<typeof seedsSchema>;

/** Those of the test split are refused by name: `judgedByTest`. */
const metricName = z.enum(curveMetrics);
const metricSchema = z.union([
  metricName,
  z.strictObject({
    name: key(metricName, 'what the study is judged by; of a command also any other column of its metrics'),
    goal: key(z.enum(['maximize', 'minimize']).optional(), 'which direction is better'),
    at: key(
      z.enum(['last', 'final', 'best']).default('last'),
      'last: mean of the last max(3, 10 %) epochs; final: the last epoch; best: the best epoch',
    ),
  }),
]);

const selectionSchema = z.strictObject({
  metric: key(metricSchema.optional(), 'of the validation split; else the metric of the study'),
  seeds: key(
    z.union([z.int().min(1).max(10000), seedList]).default(1),
    'seeds of the search: a number (1 is seed 1000), or a list; none of the seeds of the study',
  ),
});

const nullableText = text.nullable().default(null);
const reportSchema = z.strictObject({
  title: key(nullableText, 'title of the report; else the name and the question'),
  authors: key(z.array(text).default([]), 'names'),
  affiliation: key(nullableText, 'where the authors work'),
  code: key(nullableText, 'address of the code'),
  text: key(nullableText, 'a Markdown file whose sections are woven into the report'),
  miniatureOf: key(nullableText, 'the study that this one is a cut-down version of'),
  gradientNorms: key(z.array(text).default([]), 'tensors whose gradient norms the report draws'),
});

export const studyFileSchema = z.strictObject({
  formatVersion: key(z.literal(studyFormatVersion).optional(), 'version of this format'),
  name: key(studyName, 'name of the study and of its directory'),
  question: key(text.nullable().default(null), 'what the study asks, one sentence'),
  trainer: key(
    trainerSchema.default('engine'),
    'what trains the runs: engine (unless given), or a command of your own (docs/any-trainer.md)',
  ),
  ...fileConfigurationKeys,
  method: key(
    methodSchema.default('one-factor'),
    'one-factor: the baseline and one trial per other level; grid: all combinations; { name: random, trials: 20 }',
  ),
  baseline: key(
    z.strictObject(baselineKeys).prefault({}),
    'the levels that all factors have while another one is varied',
  ),
  factors: key(
    z.record(z.string(), factorSchema).default({}),
    'what is varied: a list of levels, { values, role } or { min, max, distribution, role }, by the path of the key',
  ),
  trials: key(
    z.array(z.record(z.string(), z.unknown())).default([]),
    'explicit configurations, as levels by path',
  ),
  seeds: key(
    seedsSchema.optional(),
    'repeats: a number (5 is 0 to 4), a list, or { data: 0, initial: [0, 1, 2] } for one stream only',
  ),
  metric: key(
    metricSchema.default('validAccuracy'),
    'what the study is judged by: { name, goal, at }; of a command also any other column: { name: valid/f1, goal: maximize }',
  ),
  selection: key(
    selectionSchema.optional(),
    'with nuisance factors: how one trial is chosen for each level of the others, { metric, seeds }',
  ),
  smallestEffect: key(
    z.number().gt(0).optional(),
    'smallest difference worth knowing: of accuracies in points, 1 unless given; of losses in nats, always given, such as 0.05',
  ),
  pairing: key(
    z.enum(['none', 'paired']).default('none'),
    'paired: runs of one seed are compared as pairs; to be declared before there are data',
  ),
  interactions: key(
    z.array(z.tuple([z.string(), z.string()], { error: 'a pair of factors' })).optional(),
    'pairs of factors whose interaction is tested; in a grid all pairs unless given',
  ),
  launcher: key(
    launcherSchema.optional(),
    'what trains the runs: without it this machine; { name: slurm, partition, time, cpus, ... }: the jobs of a cluster',
  ),
  report: key(reportSchema.prefault({}), 'what the report says beside the results'),
});

const anyMetric = z.union([
  text,
  z.strictObject({
    name: key(text, 'a metric that the command writes'),
    goal: key(z.enum(['maximize', 'minimize']).optional(), 'which direction is better'),
    at: key(z.enum(['last', 'final', 'best']).default('last'), 'as for the metrics of the engine'),
  }),
]);

/** Of a study whose runs a command trains: values of any names in place of the engine's keys, and any metric. */
export const commandFileSchema = studyFileSchema
  .omit({ dataset: true, network: true, training: true, imported: true })
  .extend({
    trainer: key(commandSchema, 'the command that trains a run'),
    baseline: key(
      z.record(text, z.unknown()).default({}),
      'the values that the command gets, by any names; of factors, the levels while another one is varied',
    ),
    metric: key(
      anyMetric.default('validAccuracy'),
      'what the study is judged by: { name, goal, at }, any column of the metrics',
    ),
    selection: key(
      selectionSchema
        .extend({ metric: key(anyMetric.optional(), 'else the metric of the study') })
        .optional(),
      'with nuisance factors: how one trial is chosen for each level of the others, { metric, seeds }',
    ),
  });

/** What both forms of a study file have, once it is parsed. */
export type StudyFile = Omit<
  z.output<typeof studyFileSchema>,
  'dataset' | 'network' | 'training' | 'imported' | 'baseline' | 'metric' | 'selection'
> &
  Pick<z.output<typeof commandFileSchema>, 'metric' | 'selection'>;

export type SelectionInput = NonNullable<StudyFile['selection']>;

/** JSON Schema (draft 2020-12) of what a person writes, with the explanation of each key; for editors. */
export function studyJsonSchema(): Record<string, unknown> {
  return {
    title: 'Ceteris study file',
    ...z.toJSONSchema(z.union([studyFileSchema, commandFileSchema]), { io: 'input', reused: 'inline' }),
  };
}

/** The keys of a study file that the engine trains, with those of `trainer` in their place: for the reference of keys. */
export function engineJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(studyFileSchema, { io: 'input', reused: 'inline' }) };
}
