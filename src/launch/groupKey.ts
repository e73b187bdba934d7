/** Which runs can be trained in lockstep, by one Program. */
import { configurationSchema } from '../study/configuration.js';
import { listKeys } from '../study/keys.js';
import { canonicalJson, type PlainObject, removePath } from '../study/paths.js';
import type { RunConfiguration } from '../study/types.js';
import type { TrainPosition } from '../train/events.js';

/** Keys that the replicas of one Program may differ in: those marked so, and those that change no result. */
const ownToReplicas = listKeys(configurationSchema)
  .filter(({ perReplica, changesResults }) => perReplica || !changesResults)
  .map(({ path }) => path.split('.'));

/**
 * Runs of equal keys can share a Program: it has one network, one batch size, one number of epochs and one order of
 * calls, and its replicas go through splits of equal sizes, augmented alike, from one step of an epoch on. They may
 * differ in what the study's schema marks per-replica (the optimizer and the initial weights too), in the seed, in the
 * epochs that are already done, and in what changes no result.
 */
export function groupKey(
  configuration: RunConfiguration,
  { stepInEpoch }: Pick<TrainPosition, 'stepInEpoch'>,
): string {
  const shared = structuredClone(configuration) as unknown as PlainObject;
  for (const path of ownToReplicas) removePath(shared, path);
  return canonicalJson({ ...shared, stepInEpoch });
}
