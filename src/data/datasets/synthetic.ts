/** The built-in synthetic dataset, as a study file names it. */
import * as z from 'zod';
import { count, key, natural, seedNumber } from '../../base/keys.js';
import type { SyntheticOptions } from '../config.js';
import { synthesize, syntheticDefaults } from '../synthetic.js';
import type { DatasetDefinition, ImageForm } from './definition.js';
import { augmentKey, splitKeys } from './splitKeys.js';

const source = {
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
};

type Option = keyof typeof syntheticDefaults;

const forms = new Map<string, ImageForm>();

function formOf(config: SyntheticOptions): ImageForm {
  const { channels, height, width, mean, deviation } = synthesize({ ...config, test: 0 });
  return { channels, height, width, mean, deviation };
}

export const syntheticDefinition = {
  name: 'synthetic',
  keys: { ...splitKeys, augment: augmentKey([]), ...source },
  source,
  outline: ({ classes, train, test }) => ({
    classes: classes ?? syntheticDefaults.classes,
    trainExamples: train ?? syntheticDefaults.train,
    testExamples: test ?? syntheticDefaults.test,
  }),
  form: (config) => {
    // Mean and deviation are those of the training images: made once for equal ones, and only the numbers are kept.
    const key = JSON.stringify(Object.keys(syntheticDefaults).map((name) => config[name as Option]));
    const known = forms.get(key) ?? formOf(config);
    forms.set(key, known);
    return known;
  },
} as const satisfies DatasetDefinition<SyntheticOptions>;
