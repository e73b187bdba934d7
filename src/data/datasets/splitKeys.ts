/** The keys that every dataset has. */
import * as z from 'zod';
import { count, key, natural, seedNumber } from '../../base/keys.js';
import { type Augmentation, augmentations } from '../batches.js';

/** Every epoch is measured on the validation split, and selection and verdicts rest on it. */
const validationRule = 'above 0: every epoch is measured on the validation split';
const validationShare = z.number().gt(0, { error: validationRule }).lt(1);
const validationCount = z.int().min(1, { error: validationRule });

const limit = z.union([
  count,
  z.strictObject({
    train: key(count, 'examples of the training split'),
    validation: key(validationCount, 'examples of the validation split'),
    test: key(natural.nullable().default(null), 'examples of the test file; null: all'),
  }),
]);

const augment = z.array(z.enum(augmentations));
const augmentText = 'drawn anew for each image and epoch: crop (padding 4), flip (left to right)';

/** @param usual what a dataset's images bear without a change of class */
export function augmentKey(usual: Augmentation[]) {
  return key(augment.default(usual), augmentText);
}

/** How every dataset's images are split and shown. */
export const splitKeys = {
  validation: key(
    validationShare.default(0.2),
    'share of the training file that becomes the validation split',
  ),
  splitSeed: key(
    z.union([seedNumber, z.literal('per-seed')]).default(42),
    'seed of the stratified split, or per-seed: another split for each seed',
  ),
  augment: augmentKey(['crop', 'flip']),
  limit: key(
    limit.nullable().default(null),
    'use fewer examples: a number of the training file, or { train, validation, test }',
  ),
};
