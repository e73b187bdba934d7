/** Schema of a run's configuration, composed of what the datasets, networks, optimizers and schedules declare. */
import * as z from 'zod';
import { count, key } from '../base/keys.js';
import { datasetSchema } from '../data/datasets.js';
import { activationSchema } from '../nn/activationKey.js';
import { networkSchema } from '../nn/build.js';
import { constantsOf, optimizerDefaults, optimizerSchema } from '../optim/optimizer.js';
import { scheduleSchema } from '../optim/schedule.js';
import type { OptimizerConfiguration, RunConfiguration } from './types.js';

const trainingSchema = z.strictObject({
  epochs: key(z.int().min(1).max(1000000).default(30), 'passes over the training split'),
  batchSize: key(count.default(128), 'images of one step'),
  optimizer: key(
    optimizerSchema.default(optimizerSchema.parse({ name: 'sgd' })),
    'the optimizer and its constants',
    { perReplica: true },
  ),
  shuffle: key(z.boolean().default(true), 'another order of the images in each epoch'),
  initial: key(
    z.string().min(1).nullable().default(null),
    'a safetensors file with the initial weights; null: drawn from the seed',
    { perReplica: true },
  ),
  logSteps: key(z.int().min(0).default(0), 'log the loss of every N-th step; 0: not', {
    changesResults: false,
  }),
  checkpointSeconds: key(z.number().min(0).default(30), 'seconds between checkpoints; 0: every epoch', {
    changesResults: false,
  }),
});

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

/** A name that stands in the path of a factor: `imported.dropout`. */
const importedName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, {
  error: 'letters, digits, dash and underscore',
});

export const fileConfigurationKeys = {
  dataset: key(datasetSchema, 'the images, their split and augmentation'),
  network: key(networkSchema.default({ name: 'mobilenet', width: 1 }), 'the network'),
  training: key(trainingSchema.prefault({}), 'how a run is trained'),
  imported: key(
    z.record(importedName, z.unknown()).optional(),
    'hyperparameters of imported runs that have no key here, by any name; such a study cannot be trained here',
  ),
};

/** A configuration as written (`baseline:` lifted to the top level); parses to the resolved one. */
export const configurationSchema = z.strictObject({ ...fileConfigurationKeys, ...baselineKeys });
export type ParsedConfiguration = z.output<typeof configurationSchema>;

/** The resolved form: the optimizer's constants all written out, also those of the other optimizers. */
export function resolvedConfiguration(parsed: ParsedConfiguration): RunConfiguration {
  const optimizer = { ...optimizerDefaults, ...parsed.training.optimizer } as OptimizerConfiguration;
  return { ...parsed, training: { ...parsed.training, optimizer } } as RunConfiguration;
}

/** The way back: a resolved configuration as it could be written, with the keys of its own optimizer only. */
export function configurationInput(configuration: RunConfiguration): Record<string, unknown> {
  const { optimizer: all } = configuration.training;
  const own = constantsOf(all.name).map((constant) => [constant, all[constant as keyof typeof all]]);
  const optimizer = { name: all.name, ...Object.fromEntries(own) };
  return structuredClone({ ...configuration, training: { ...configuration.training, optimizer } });
}
