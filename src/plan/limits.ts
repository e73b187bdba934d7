/** What a study cannot find with its seeds, in one sentence for each kind of comparison. */

import { count, formatNumber } from '../analysis/words/format.js';

interface Limited {
  readonly seeds: number;
  readonly smallestEffect: number;
  readonly unit: string;
  readonly rows: readonly {
    readonly label: string;
    readonly neededSeeds: number | null;
    readonly equivalenceSeeds: number | null;
  }[];
}

/** `3 seeds cannot find 1 point (a level against the baseline): 80% power needs 11; to show that ... needs 9.` */
export function powerLimits({ rows, seeds, smallestEffect, unit }: Limited): string[] {
  if (seeds < 2) return [];
  const size = `${formatNumber(smallestEffect)}${unit === '' ? '' : smallestEffect === 1 ? ' point' : ` ${unit}`}`;
  return rows.flatMap(({ label, neededSeeds, equivalenceSeeds }) => {
    const parts = [
      neededSeeds === null || neededSeeds <= seeds
        ? null
        : `cannot find ${size} (${label}): 80% power needs ${neededSeeds}`,
      equivalenceSeeds === null || equivalenceSeeds <= seeds
        ? null
        : `cannot show that a difference is smaller than ${size}${neededSeeds !== null && neededSeeds > seeds ? '' : ` (${label})`}: that needs ${equivalenceSeeds}`,
    ].filter((part) => part !== null);
    return parts.length === 0 ? [] : [`${count(seeds, 'seed')} ${parts.join(', and ')}.`];
  });
}
