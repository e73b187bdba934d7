/** The study file's schema: what a person may write, with every default. */
import { z } from 'zod';
import { activationNames } from '../nn/network.js';
import { optimizerNames } from '../optim/optimizer.js';

/**
 * Marks of the keys. `replica`: may differ between replicas of one Program. `result: false`: changes no result, so it
 * is no part of a run's fingerprint.
 */
export interface KeyMarks {
  readonly replica?: boolean;
  readonly result?: boolean;
}

export const keyMarks: Readonly<Record<string, KeyMarks>> = {
  learningRate: { replica: true },
  schedule: { replica: true },
  weightDecay: { replica: true },
  activation: { replica: true },
  'training.optimizer.momentum': { replica: true },
  'training.logSteps': { result: false },
  'training.checkpointSeconds': { result: false },
};

const count = z.number().int().positive();
const natural = z.number().int().nonnegative();

const limit = z.union([
  count,
  z.strictObject({ train: count, validation: natural, test: natural.nullable().default(null) }),
]);

const common = {
  validation: z.number().gt(0).lt(1).default(0.2).describe('fraction of the training file for validation'),
  splitSeed: z.union([natural, z.literal('per-seed')]).default(42),
  augment: z.array(z.enum(['crop', 'flip'])).default(['crop', 'flip']),
  limit: limit.nullable().default(null).describe('fewer examples: 5000, or { train, validation, test }'),
};

const dataset = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('cifar100'), ...common, labels: z.enum(['fine', 'coarse']).optional() }),
  z.strictObject({ name: z.literal('cifar10'), ...common }),
  z.strictObject({
    name: z.literal('synthetic'),
    ...common,
    augment: z.array(z.enum(['crop', 'flip'])).default([]),
    classes: count.min(2).max(1000).default(10),
    train: count.default(2000),
    test: natural.default(500),
    seed: natural.default(0),
    noise: z.number().min(0).max(2).optional(),
    clutter: natural.max(50).optional(),
  }),
]);

const network = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('mobilenet'), width: z.number().positive().max(4).default(1) }),
  z.strictObject({ name: z.literal('cnn'), channels: z.array(count).min(1).default([16, 32, 64]) }),
  z.strictObject({ name: z.literal('mlp'), hidden: z.array(count).default([256, 128]) }),
]);

const fraction = z.number().min(0).lt(1);

const optimizer = z.strictObject({
  name: z.enum(optimizerNames).default('sgd'),
  momentum: fraction.default(0.9),
  dampening: z.number().min(0).max(1).default(0),
  nesterov: z.boolean().default(false),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: z.number().positive().default(1e-8),
});

const training = z.strictObject({
  epochs: count.default(30),
  batchSize: count.default(128),
  optimizer: optimizer.prefault({}),
  shuffle: z.boolean().default(true),
  initial: z.string().nullable().default(null).describe('safetensors file with the initial weights'),
  logSteps: natural.default(0).describe('log the loss of every N-th step'),
  checkpointSeconds: z.number().nonnegative().default(30),
});

const blocks = z.union([z.string(), natural, z.array(natural)]);
const activation = z.union([
  z.enum(activationNames),
  z.strictObject({ name: z.enum(activationNames), blocks, elsewhere: z.enum(activationNames).optional() }),
]);
const schedule = z.union([
  z.string(),
  z.strictObject({
    name: z.enum(['constant', 'cosine', 'step']),
    over: count.optional(),
    every: count.optional(),
    factor: z.number().positive().optional(),
    warmup: natural.optional(),
  }),
]);

/** The configuration of one run, as trials set it by path. */
export const configurationSchema = z.strictObject({
  dataset,
  network,
  training: training.prefault({}),
  learningRate: z.number().positive().default(0.05),
  schedule: schedule.default('constant'),
  weightDecay: z.number().nonnegative().default(0),
  activation: activation.default('relu'),
});

const levels = z.array(z.unknown()).min(1);
const factor = z.union([
  levels,
  z.strictObject({ values: levels, role: z.enum(['scientific', 'nuisance', 'fixed']).default('scientific') }),
  z.strictObject({
    min: z.number(),
    max: z.number(),
    distribution: z.enum(['uniform', 'log-uniform', 'int']).default('uniform'),
    role: z.enum(['scientific', 'nuisance', 'fixed']).default('nuisance'),
  }),
]);

const seedList = z.array(natural).min(1);
const seeds = z.union([
  count,
  seedList,
  z.strictObject({ data: z.union([natural, seedList]), initial: z.union([natural, seedList]) }),
]);

const metricNames = [
  'trainLoss',
  'trainAccuracy',
  'validLoss',
  'validAccuracy',
  'trainEvalLoss',
  'trainEvalAccuracy',
  'testLoss',
  'testAccuracy',
] as const;

const metric = z.strictObject({
  name: z.enum(metricNames).default('validAccuracy'),
  goal: z.enum(['maximize', 'minimize']).default('maximize'),
  at: z.enum(['last', 'final', 'best']).default('last'),
});

const report = z.strictObject({
  title: z.string().nullable().default(null),
  authors: z.array(z.string()).default([]),
  affiliation: z.string().nullable().default(null),
  code: z.string().nullable().default(null),
  text: z.string().nullable().default(null),
  miniatureOf: z.string().nullable().default(null),
  gradientNorms: z.array(z.string()).default([]),
});

const method = z.union([
  z.enum(['one-factor', 'grid', 'random']),
  z.strictObject({
    name: z.enum(['one-factor', 'grid', 'random']),
    trials: count.optional(),
    seed: natural.optional(),
  }),
]);

/** A study file. */
export const studyFileSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore')
    .max(80),
  question: z.string().nullable().default(null),
  dataset,
  network,
  training: training.prefault({}),
  method: method.default('one-factor'),
  baseline: z
    .strictObject({
      learningRate: z.number().positive().default(0.05),
      schedule: schedule.default('constant'),
      weightDecay: z.number().nonnegative().default(0),
      activation: activation.default('relu'),
    })
    .prefault({}),
  factors: z.record(z.string(), factor).default({}),
  trials: z.array(z.record(z.string(), z.unknown())).default([]),
  seeds: seeds.default(1),
  metric: metric.prefault({}),
  smallestEffect: z.number().positive().default(1),
  pairing: z.enum(['none', 'paired']).default('none'),
  interactions: z.array(z.tuple([z.string(), z.string()])).optional(),
  report: report.prefault({}),
});

export type StudyFile = z.infer<typeof studyFileSchema>;

/** JSON Schema of the study file, for editors. */
export function studyJsonSchema(): unknown {
  return z.toJSONSchema(studyFileSchema, { io: 'input', unrepresentable: 'any' });
}
