/** What a study can and cannot find with its seeds, in one sentence for all comparisons that need the same seeds. */

import { count, formatNumber } from '../analysis/words/format.js';

interface Row {
  readonly label: string;
  readonly neededSeeds: number | null;
  readonly equivalenceSeeds: number | null;
}

interface Planned {
  readonly seeds: number;
  readonly smallestEffect: number;
  readonly unit: string;
  readonly rows: readonly Row[];
}

export interface PowerLimits {
  /** `3 seeds cannot find 1 point (...): 80% power needs 11; to show that a difference is smaller (...) takes 12.` */
  readonly limits: readonly string[];
  /** The same of comparisons for which the seeds suffice. */
  readonly enough: readonly string[];
}

export function powerLimits({ rows, seeds, smallestEffect, unit }: Planned): PowerLimits {
  const size = `${formatNumber(smallestEffect)}${unit === '' ? '' : smallestEffect === 1 ? ' point' : ` ${unit}`}`;
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.neededSeeds === null && row.equivalenceSeeds === null) continue;
    const key = `${row.neededSeeds} ${row.equivalenceSeeds}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const sentences = [...groups.values()].map((group) => sentence(group, seeds, size));
  const pick = (isEnough: boolean) =>
    sentences.filter((one) => one.isEnough === isEnough).map(({ text }) => text);
  return { limits: pick(false), enough: pick(true) };
}

/** Of comparisons that all need the same. */
function sentence(group: readonly Row[], seeds: number, size: string) {
  const { neededSeeds = null, equivalenceSeeds = null } = group[0] ?? {};
  const finds = neededSeeds !== null && neededSeeds <= seeds;
  const shows = equivalenceSeeds !== null && equivalenceSeeds <= seeds;
  const own = count(seeds, 'seed');
  const what = `${size} (${group.map(({ label }) => label).join('; ')})`;
  const power = `80% power needs ${neededSeeds ?? unplannable}`;
  const smaller = 'that a difference is smaller (TOST, 80% of studies where there is none)';
  const takes = `takes ${equivalenceSeeds ?? unplannable}`;
  const both = `${power}; to show ${smaller} ${takes}`;
  const text =
    seeds === 1
      ? `1 seed cannot find ${what}, nor any other difference: ${both}`
      : !finds
        ? `${own} cannot find ${what}: ${both}`
        : shows
          ? `${own} find ${what}: ${both}`
          : `${own} find ${what}, but cannot show ${smaller}: that ${takes}`;
  return { isEnough: finds && shows, text: `${text}.` };
}

const unplannable = 'more seeds than can be planned';
