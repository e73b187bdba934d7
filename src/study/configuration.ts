/** Schema of a run's configuration: dataset, network, training, and the per-replica keys. */
import * as z from 'zod';
import { syntheticDefaults } from '../data/synthetic.js';
import { poolingNames } from '../nn/cnn.js';
import { activationNames } from '../nn/network.js';
import { parseSchedule } from '../optim/schedule.js';
import { key } from './keys.js';
import type {
  ActivationValue,
  LevelValue,
  OptimizerConfiguration,
  RunConfiguration,
  ScheduleValue,
} from './types.js';

const count = z.int().min(1);
const natural = z.int().min(0);
/** Every epoch is measured on the validation split, and selection and verdicts rest on it. */
const validationRule = 'above 0: every epoch is measured on the validation split';
const validationShare = z.number().gt(0, { error: validationRule }).lt(1);
const validationCount = z.int().min(1, { error: validationRule });
export const seedNumber = z.int().min(0).max(4294967295);

const limit = z.union([
  count,
  z.strictObject({
    train: key(count, 'examples of the training split'),
    validation: key(validationCount, 'examples of the validation split'),
    test: key(natural.nullable().default(null), 'examples of the test file; null: all'),
  }),
]);

const augment = z.array(z.enum(['crop', 'flip']));
const augmentText = 'drawn anew for each image and epoch: crop (padding 4), flip (left to right)';

const splits = {
  validation: key(
    validationShare.default(0.2),
    'share of the training file that becomes the validation split',
  ),
  splitSeed: key(
    z.union([seedNumber, z.literal('per-seed')]).default(42),
    'seed of the stratified split, or per-seed: another split for each seed',
  ),
  augment: key(augment.default(['crop', 'flip']), augmentText),
  limit: key(
    limit.nullable().default(null),
    'use fewer examples: a number of the training file, or { train, validation, test }',
  ),
};

const datasetSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: key(z.literal('cifar100'), 'cifar100, cifar10 or synthetic'),
    ...splits,
    labels: key(z.enum(['fine', 'coarse']).default('fine'), 'cifar100: fine (100 classes) or coarse (20)'),
  }),
  z.strictObject({ name: key(z.literal('cifar10'), 'cifar100, cifar10 or synthetic'), ...splits }),
  z.strictObject({
    name: key(z.literal('synthetic'), 'cifar100, cifar10 or synthetic'),
    ...splits,
    augment: key(augment.default([]), augmentText),
    classes: key(z.int().min(2).max(1000).default(syntheticDefaults.classes), 'synthetic: number of classes'),
    train: key(count.default(syntheticDefaults.train), 'synthetic: images of the training file'),
    test: key(natural.default(syntheticDefaults.test), 'synthetic: images of the test file'),
    seed: key(seedNumber.default(syntheticDefaults.seed), 'synthetic: seed of the images'),
    noise: key(
      z.number().min(0).max(1).default(syntheticDefaults.noise),
      'synthetic: deviation of the noise, as a share of full brightness',
    ),
    clutter: key(
      z.number().min(0).max(8).default(syntheticDefaults.clutter),
      'synthetic: mean number of objects of other classes in an image',
    ),
  }),
]);

const networkSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: key(z.literal('mobilenet'), 'mobilenet, cnn or mlp'),
    width: key(z.number().gt(0).max(4).default(1), 'mobilenet: multiplier of all channels'),
  }),
  z.strictObject({
    name: key(z.literal('cnn'), 'mobilenet, cnn or mlp'),
    channels: key(z.array(count).min(1).default([16, 32, 64]), 'cnn: output channels of each block'),
    pooling: key(z.enum(poolingNames).default('average'), 'cnn: what a block keeps of each 2x2 window'),
  }),
  z.strictObject({
    name: key(z.literal('mlp'), 'mobilenet, cnn or mlp'),
    hidden: key(z.array(count).default([256]), 'mlp: features of each hidden layer'),
  }),
]);

const below1 = z.number().min(0).lt(1);
const sgdDefaults = { momentum: 0.9, dampening: 0, nesterov: false };
const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const adamKeys = {
  beta1: key(below1.default(adamDefaults.beta1), 'adam, adamw: decay of the mean of gradients', {
    perReplica: true,
  }),
  beta2: key(below1.default(adamDefaults.beta2), 'adam, adamw: decay of the mean of squares', {
    perReplica: true,
  }),
  epsilon: key(z.number().gt(0).default(adamDefaults.epsilon), 'adam, adamw: added to the root', {
    perReplica: true,
  }),
};
const optimizerSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: key(z.literal('sgd'), 'sgd, adam or adamw'),
    momentum: key(below1.default(sgdDefaults.momentum), 'sgd: momentum', { perReplica: true }),
    dampening: key(z.number().min(0).max(1).default(0), 'sgd: dampening of the momentum', {
      perReplica: true,
    }),
    nesterov: key(z.boolean().default(false), "sgd: Nesterov's momentum", { perReplica: true }),
  }),
  z.strictObject({ name: key(z.literal('adam'), 'sgd, adam or adamw'), ...adamKeys }),
  z.strictObject({ name: key(z.literal('adamw'), 'sgd, adam or adamw'), ...adamKeys }),
]);

const trainingSchema = z.strictObject({
  epochs: key(z.int().min(1).max(1000000).default(30), 'passes over the training split'),
  batchSize: key(count.default(128), 'images of one step'),
  optimizer: key(optimizerSchema.default({ name: 'sgd', ...sgdDefaults }), 'the optimizer and its constants'),
  shuffle: key(z.boolean().default(true), 'another order of the images in each epoch'),
  initial: key(
    z.string().min(1).nullable().default(null),
    'a safetensors file with the initial weights; null: drawn from the seed',
  ),
  logSteps: key(z.int().min(0).default(0), 'log the loss of every N-th step; 0: not', {
    changesResults: false,
  }),
  checkpointSeconds: key(z.number().min(0).default(30), 'seconds between checkpoints; 0: every epoch', {
    changesResults: false,
  }),
});

const warmup = key(z.int().min(0).optional(), 'epochs in which the rate rises to its value');
const scheduleText = 'constant, cosine (down to 0 over the run) or step (drops by a factor)';
const scheduleSchema = z
  .union([
    z.enum(['constant', 'cosine'], { error: 'one of constant, cosine, or { name: step, every, factor }' }),
    z.discriminatedUnion('name', [
      z.strictObject({ name: key(z.literal('constant'), scheduleText), warmup }),
      z.strictObject({
        name: key(z.literal('cosine'), scheduleText),
        warmup,
        over: key(count.nullable().optional(), 'epochs of the cosine; else those of the run'),
      }),
      z.strictObject({
        name: key(z.literal('step'), scheduleText),
        warmup,
        every: key(count, 'epochs between drops'),
        factor: key(z.number().gt(0), 'what a drop multiplies the rate by'),
      }),
    ]),
  ])
  .transform(canonicalSchedule);

const blockList = /^\s*\d{1,6}(\s*-\s*\d{1,6})?(\s*,\s*\d{1,6}(\s*-\s*\d{1,6})?)*\s*$|^all$/;
const activationSchema = z
  .union([
    z.enum(activationNames),
    z.strictObject({
      name: key(z.enum(activationNames), 'the activation'),
      blocks: key(
        z.union([
          z.string().regex(blockList, { error: 'blocks as 4-10, or 0,2,5-7, a list of indices, or all' }),
          z.int().min(0),
          z.array(z.int().min(0)).min(1),
        ]),
        'the blocks that get it, counted from 0: 4-10',
      ),
      elsewhere: key(z.enum(activationNames).optional(), 'the activation of the stem and the other blocks'),
    }),
  ])
  .transform(canonicalActivation);

/** The per-replica keys that a study file keeps under `baseline:`. */
export const baselineKeys = {
  learningRate: key(z.number().gt(0).max(1e6).default(0.05), 'step size', { perReplica: true }),
  schedule: key(
    scheduleSchema.default('constant'),
    'how the rate changes: constant, cosine, { name: step, every, factor }',
    {
      perReplica: true,
    },
  ),
  weightDecay: key(
    z.number().min(0).max(1e6).default(0),
    'L2 coefficient, added to the gradient of every parameter',
    {
      perReplica: true,
    },
  ),
  activation: key(activationSchema.default('relu'), 'relu, or { name: sigmoid, blocks: 4-10 }', {
    perReplica: true,
  }),
};

export const fileConfigurationKeys = {
  dataset: key(datasetSchema, 'the images, their split and augmentation'),
  network: key(networkSchema.default({ name: 'mobilenet', width: 1 }), 'the network'),
  training: key(trainingSchema.prefault({}), 'how a run is trained'),
};

/** A configuration as written (`baseline:` lifted to the top level); parses to the resolved one. */
export const configurationSchema = z.strictObject({ ...fileConfigurationKeys, ...baselineKeys });
export type ParsedConfiguration = z.output<typeof configurationSchema>;

function canonicalSchedule(
  spec: string | { readonly name: string; readonly [key: string]: unknown },
): ScheduleValue {
  const { name, ...options } = parseSchedule(spec);
  const set = Object.entries(options).filter(
    ([option, value]) => !(option === 'warmup' && value === 0) && value !== null,
  );
  return set.length === 0 ? name : { name, ...(Object.fromEntries(set) as Record<string, LevelValue>) };
}

interface ActivationInput {
  readonly name: (typeof activationNames)[number];
  readonly blocks: string | number | number[];
  readonly elsewhere?: (typeof activationNames)[number] | undefined;
}

function canonicalActivation(spec: ActivationInput['name'] | ActivationInput): ActivationValue {
  if (typeof spec === 'string') return spec;
  const { name, blocks, elsewhere = 'relu' } = spec;
  if (name === elsewhere) return name;
  const value = { name, blocks: canonicalBlocks(blocks) };
  return elsewhere === 'relu' ? value : { ...value, elsewhere };
}

/** Sorted, without repeats, neighbours joined: `[4, 5, 6, 9]` -> `4-6,9`. Ranges above 10,000 blocks stay as written. */
function canonicalBlocks(blocks: string | number | readonly number[]): string {
  if (blocks === 'all') return 'all';
  const parts = typeof blocks === 'string' ? blocks.split(',') : [blocks].flat().map(String);
  const chosen = new Set<number>();
  for (const part of parts) {
    const [first, last = first] = part.split('-').map(Number);
    if (last < first || last > 10000) return String(blocks);
    for (let block = first; block <= last; block++) chosen.add(block);
  }
  const ranges: [number, number][] = [];
  for (const block of [...chosen].sort((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open !== undefined && open[1] === block - 1) open[1] = block;
    else ranges.push([block, block]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** The resolved form: the optimizer's constants all written out, also those of the other optimizers. */
export function resolvedConfiguration(parsed: ParsedConfiguration): RunConfiguration {
  const optimizer = {
    ...sgdDefaults,
    ...adamDefaults,
    ...parsed.training.optimizer,
  } as OptimizerConfiguration;
  return { ...parsed, training: { ...parsed.training, optimizer } } as RunConfiguration;
}

/** The way back: a resolved configuration as it could be written, with the keys of its own optimizer only. */
export function configurationInput(configuration: RunConfiguration): Record<string, unknown> {
  const { name, momentum, dampening, nesterov, beta1, beta2, epsilon } = configuration.training.optimizer;
  const optimizer =
    name === 'sgd' ? { name, momentum, dampening, nesterov } : { name, beta1, beta2, epsilon };
  return structuredClone({ ...configuration, training: { ...configuration.training, optimizer } });
}
