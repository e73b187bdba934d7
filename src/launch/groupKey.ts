/** Which runs can be trained in lockstep, by one Program. */
import { canonicalJson } from '../study/paths.js';
import type { RunConfiguration } from '../study/types.js';
import type { TrainPosition } from '../train/events.js';

/**
 * Runs of equal keys can share a Program: it has one network, one batch size, one number of epochs and one order of
 * calls, and its replicas go through splits of equal sizes, augmented alike, from one step of an epoch on. They may
 * differ in everything else: in the keys that the study's schema marks per-replica, in the optimizer, the seed, the
 * initial weights, the epochs that are already done, and in what changes no result.
 */
export function groupKey(
  { network, training, dataset }: RunConfiguration,
  { stepInEpoch }: Pick<TrainPosition, 'stepInEpoch'>,
): string {
  const { batchSize, epochs, shuffle } = training;
  return canonicalJson({ network, batchSize, epochs, shuffle, dataset, stepInEpoch });
}
