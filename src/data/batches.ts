/**
 * Epochs and batches as plans: which examples, in which order, with which crop and flip. All draws are pure functions
 * of (seed, purpose, epoch, example), so every backend, thread count and resumed run sees the same images.
 */
import { requestError } from '../base/errors.js';
import { permutation, philox, purposes, RandomStream } from '../base/random.js';

/** Pixels of zero (black) padding on each side before a crop: shifts are -4 .. 4. */
export const cropPadding = 4;

export const augmentations = ['crop', 'flip'] as const;
export type Augmentation = (typeof augmentations)[number];

/** The arrays of one replica's part of a batch, allocated once; structurally the engine's `ReplicaPlan`. */
export interface BatchArrays {
  readonly indices: Int32Array;
  /** The crop's offset in rows and columns: row y of the result is row y + shiftY of the image, black outside. */
  readonly shiftY: Int8Array;
  readonly shiftX: Int8Array;
  /** 1: mirrored left to right, after the crop. */
  readonly flip: Uint8Array;
}

/** What the draws of a training batch depend on. */
export interface AugmentDraws {
  readonly augment: readonly Augmentation[];
  readonly seed: number;
  readonly epoch: number;
}

/** Arrays for batches of at most `batch` examples. */
export function createBatchArrays(batch: number): BatchArrays {
  return {
    indices: new Int32Array(batch),
    shiftY: new Int8Array(batch),
    shiftX: new Int8Array(batch),
    flip: new Uint8Array(batch),
  };
}

/** The training split in the order of this epoch: permuted anew each epoch, or as it stands without `shuffle`. */
export function epochOrder(indices: Int32Array, seed: number, epoch: number, shuffle: boolean): Int32Array {
  if (!shuffle) return indices;
  const order = permutation(indices.length, new RandomStream(seed, 'order', epoch));
  for (let i = 0; i < order.length; i++) order[i] = indices[order[i]];
  return order;
}

/**
 * Steps of one epoch: the last partial batch is dropped.
 * @throws CeterisError (request) where the training split is smaller than one batch
 */
export function stepsPerEpoch(trainExamples: number, batch: number): number {
  const steps = Math.floor(trainExamples / batch);
  if (steps >= 1) return steps;
  throw requestError({
    what: 'the training split is smaller than one batch, so that no step could be made',
    where: 'training.batchSize',
    rule: `at most ${trainExamples}, the size of the training split`,
    value: String(batch),
    advice: 'lower training.batchSize, or raise dataset.limit',
  });
}

const block = new Uint32Array(4);

/**
 * Plans training step `step` (from 0) of an epoch: examples step * batch to step * batch + batch - 1 of `order`, each
 * with its own crop and flip. A draw depends on the example's index, not on its place in the batch. Allocates nothing.
 * @param into receives the plan; its length is the batch
 * @param order of `epochOrder`
 */
export function planTrainBatch(
  into: BatchArrays,
  order: Int32Array,
  step: number,
  draws: AugmentDraws,
): void {
  const batch = into.indices.length;
  const start = step * batch;
  if (start + batch > order.length) throw new RangeError(`step ${step} is outside the epoch`);
  const crop = draws.augment.includes('crop');
  const flip = draws.augment.includes('flip');
  for (let i = 0; i < batch; i++) {
    const example = order[start + i];
    into.indices[i] = example;
    // The first block of RandomStream(seed, 'augment', epoch, example), without allocating the stream. Crop and flip
    // have fixed numbers in it, so switching one off leaves the other's draws as they were.
    if (crop || flip) philox(block, 0, draws.epoch, example, 0, draws.seed, purposes.augment);
    into.shiftY[i] = crop ? shift(block[0]) : 0;
    into.shiftX[i] = crop ? shift(block[1]) : 0;
    into.flip[i] = flip ? block[2] >>> 31 : 0;
  }
}

function shift(random: number): number {
  return Math.floor((random / 4294967296) * (2 * cropPadding + 1)) - cropPadding;
}

/**
 * Plans a batch of an evaluation: `indices` from `start` on, as they are. Entries after the returned count are padding
 * (the first example again, to be ignored). Allocates nothing.
 * @returns the number of examples in this batch, below the batch length only for the last one
 */
export function planEvaluationBatch(into: BatchArrays, indices: Int32Array, start: number): number {
  const batch = into.indices.length;
  const count = Math.min(batch, indices.length - start);
  for (let i = 0; i < batch; i++) into.indices[i] = indices[i < count ? start + i : start];
  into.shiftY.fill(0);
  into.shiftX.fill(0);
  into.flip.fill(0);
  return count;
}
