/** Values of several groups of runs, seed by seed. */

import type { Measure } from '../measures/measures.js';
import type { RunGroup } from '../trials/runGroup.js';

/** Value i of each group belongs to one seed: seeds that one of them lacks are left out. */
export function pairedValues(groups: readonly RunGroup[], measure: Measure): (readonly number[])[] {
  const maps = groups.map((group) => group.valuesBySeed(measure));
  const shared = [...(maps[0]?.keys() ?? [])].filter((seed) => maps.every((map) => map.has(seed)));
  return maps.map((map) => shared.map((seed) => map.get(seed)!));
}

/** The same, with a run that diverged as the worst value there is: it is lost against one that finished, and ties with its like. */
export function pairedRuns(
  groups: readonly RunGroup[],
  measure: Measure,
  goal: 'maximize' | 'minimize',
): (readonly number[])[] {
  const worst = goal === 'maximize' ? -Number.MAX_VALUE : Number.MAX_VALUE;
  const maps = groups.map((group) => {
    const diverged = group.runs.filter(({ record }) => record.status === 'diverged');
    const lost = diverged.map(({ record }) => [record.seed.label, worst] as const);
    return new Map([...group.valuesBySeed(measure), ...lost]);
  });
  const shared = [...(maps[0]?.keys() ?? [])].filter((seed) => maps.every((map) => map.has(seed)));
  return maps.map((map) => shared.map((seed) => map.get(seed)!));
}
