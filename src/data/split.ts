/**
 * Splits of the training file: stratified (every class in proportion), reproducible from one seed, and nested, so that
 * a smaller `limit` takes a part of the same splits and no image changes sides.
 */

import { requestError } from '../base/errors.js';
import { maxOf, minOf } from '../base/extremes.js';
import { permutation, RandomStream } from '../base/random.js';
import type { Dataset } from './dataset.js';

/** A number cuts the training file to that many examples, split by the fraction; an object sets each split. */
export type SplitLimit =
  | number
  | { readonly train: number; readonly validation: number; readonly test?: number | undefined };

export interface SplitOptions {
  /** Share of the training file that becomes the validation split: 0 <= validation < 1. */
  readonly validation: number;
  readonly seed: number;
  readonly limit?: SplitLimit | undefined;
}

/** Indices into the training file, each sorted, and what the user should be told. */
export interface StratifiedSplit {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly notes: readonly string[];
}

/** Indices into a Dataset's arrays (test: from `trainExamples` on), each sorted. */
export interface DatasetSplit extends StratifiedSplit {
  readonly test: Int32Array;
}

/** Streams under the purpose `split`: `a` is the class, `b` says which choice is made. */
const choice = { validation: 0, trainEvaluation: 1, test: 2 } as const;

/** Indices of `pool` by class, each class in the random order of its stream. */
function shuffledByClass(
  labels: ArrayLike<number>,
  pool: ArrayLike<number>,
  seed: number,
  which: number,
): Int32Array[] {
  const byClass: number[][] = [];
  for (let i = 0; i < pool.length; i++) {
    const label = labels[pool[i]];
    while (byClass.length <= label) byClass.push([]);
    byClass[label].push(pool[i]);
  }
  return byClass.map((members, label) =>
    permutation(members.length, new RandomStream(seed, 'split', label, which)).map((i) => members[i]),
  );
}

/**
 * Shares `total` out over groups in proportion to their sizes: whole parts first, then one more to the groups with the
 * largest remainders, lower index first among equals (Hamilton's method). No share exceeds its group.
 * @throws RangeError where total is above the sum of the sizes
 */
export function largestRemainder(total: number, sizes: readonly number[]): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (total > all) throw new RangeError(`cannot take ${total} of ${all}`);
  if (all === 0) return sizes.map(() => 0);
  const shares = sizes.map((size) => Math.floor((total * size) / all));
  const left = total - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = sizes
    .map((_, i) => i)
    .sort((a, b) => {
      return ((total * sizes[b]) % all) - ((total * sizes[a]) % all) || a - b;
    });
  for (const i of byRemainder.slice(0, left)) shares[i] += 1;
  return shares;
}

function sorted(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.sort();
}

/** Says so where the classes that have equally many images could not get equally many. */
function unevenNote(split: string, shares: readonly number[], sizes: readonly number[]): string[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.every((size) => (total * size) % all === 0)) return [];
  const present = shares.filter((_, i) => sizes[i] > 0);
  const without = present.filter((share) => share === 0).length;
  const missing = without === 0 ? '' : `; ${without} of ${present.length} classes have none`;
  const range = `${minOf(present)} to ${maxOf(present)}`;
  return [
    `the ${split} split's ${total} images cannot be shared out in exact proportion: ${range} per class, by largest remainder${missing}`,
  ];
}

/** How many examples each split gets. Throws a request error where that is impossible. */
export function splitSizes(examples: number, options: SplitOptions): { train: number; validation: number } {
  const { validation: fraction, limit } = options;
  const where = 'dataset';
  if (!(fraction >= 0 && fraction < 1)) {
    throw requestError({
      what: 'the validation share is impossible',
      where: `${where}.validation`,
      rule: 'at least 0 and below 1',
      value: String(fraction),
    });
  }
  const total = typeof limit === 'number' ? limit : examples;
  const cut = Math.round(total * fraction);
  const sizes = typeof limit === 'object' ? limit : { train: total - cut, validation: cut };
  const { train, validation } = sizes;
  if (!Number.isInteger(train) || !Number.isInteger(validation) || train < 1 || validation < 0) {
    throw requestError({
      what: 'the splits would be empty or not whole numbers',
      where: limit === undefined ? `${where}.validation` : `${where}.limit`,
      rule: 'whole numbers; at least one training image',
      value: `train ${train}, validation ${validation}`,
    });
  }
  if (train + validation > examples) {
    throw requestError({
      what: 'the limit is above what the training file holds',
      where: `${where}.limit`,
      rule: `train + validation at most ${examples}`,
      value: String(train + validation),
      advice: 'lower the limit, or leave it out to use the whole file',
    });
  }
  return { train, validation };
}

/**
 * Splits the training file. Per class, the images stand in one random order; validation takes them from the front and
 * training from the back, so that (with classes of equal size) the splits of a smaller limit are parts of those of a
 * larger one. Shares per class are exact where they divide; else by largest remainder, and `notes` says so.
 * @param labels of the training file
 * @throws CeterisError (request) for an impossible fraction or limit
 */
export function stratifiedSplit(labels: ArrayLike<number>, options: SplitOptions): StratifiedSplit {
  const sizes = splitSizes(labels.length, options);
  const everything = Int32Array.from({ length: labels.length }, (_, i) => i);
  const groups = shuffledByClass(labels, everything, options.seed, choice.validation);
  const counts = groups.map((group) => group.length);
  const validation = largestRemainder(sizes.validation, counts);
  const rest = counts.map((count, i) => count - validation[i]);
  const train = largestRemainder(sizes.train, rest);
  return {
    train: sorted(groups.map((group, i) => group.subarray(group.length - train[i]))),
    validation: sorted(groups.map((group, i) => group.subarray(0, validation[i]))),
    notes: [...unevenNote('validation', validation, counts), ...unevenNote('training', train, counts)],
  };
}

/**
 * The three splits of a dataset as indices into its arrays; the test split is the whole test file, or the stratified
 * part of it that `limit.test` asks for.
 * @throws CeterisError (request) for an impossible fraction or limit
 */
export function splitDataset(
  dataset: Pick<Dataset, 'labels' | 'trainExamples' | 'testExamples'>,
  options: SplitOptions,
): DatasetSplit {
  const { labels, trainExamples, testExamples } = dataset;
  const split = stratifiedSplit(labels.subarray(0, trainExamples), options);
  const wholeTest = Int32Array.from({ length: testExamples }, (_, i) => trainExamples + i);
  const size = typeof options.limit === 'object' ? options.limit.test : undefined;
  if (size === undefined) return { ...split, test: wholeTest };
  if (!Number.isInteger(size) || size < 0 || size > testExamples) {
    throw requestError({
      what: 'the limit of the test split is impossible',
      where: 'dataset.limit.test',
      rule: `a whole number from 0 to ${testExamples}`,
      value: String(size),
    });
  }
  const part = stratifiedPart(labels, wholeTest, { size, seed: options.seed, choice: choice.test });
  return {
    ...split,
    test: part.indices,
    notes: [...split.notes, ...unevenNote('test', part.shares, part.counts)],
  };
}

function stratifiedPart(
  labels: ArrayLike<number>,
  pool: Int32Array,
  options: { size: number; seed: number; choice: number },
): { indices: Int32Array; shares: number[]; counts: number[] } {
  const groups = shuffledByClass(labels, pool, options.seed, options.choice);
  const counts = groups.map((group) => group.length);
  const shares = largestRemainder(options.size, counts);
  return { indices: sorted(groups.map((group, i) => group.subarray(0, shares[i]))), shares, counts };
}

/**
 * The fixed stratified part of the training split on which trainEvalLoss and trainEvalAccuracy are measured: as large
 * as the validation split, or the whole training split where that is smaller. Sorted.
 * @param labels of the dataset @param train the training split @param size examples in the validation split
 */
export function trainEvaluationSubset(
  labels: ArrayLike<number>,
  train: Int32Array,
  size: number,
  seed: number,
): Int32Array {
  if (size >= train.length) return train.slice().sort();
  return stratifiedPart(labels, train, { size, seed, choice: choice.trainEvaluation }).indices;
}
