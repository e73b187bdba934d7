/** Values of several groups of runs, seed by seed. */

import type { Measure } from '../measures/measures.js';
import type { RunGroup } from '../trials/runGroup.js';

/** Value i of each group belongs to one seed: seeds that one of them lacks are left out. */
export function pairedValues(groups: readonly RunGroup[], measure: Measure): (readonly number[])[] {
  const maps = groups.map((group) => group.valuesBySeed(measure));
  const shared = [...(maps[0]?.keys() ?? [])].filter((seed) => maps.every((map) => map.has(seed)));
  return maps.map((map) => shared.map((seed) => map.get(seed)!));
}
