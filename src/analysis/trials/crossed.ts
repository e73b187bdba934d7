/** Cells of a factorial study: the runs at each combination of two factors' levels. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import type { Factor, LevelValue } from '../../study/types.js';
import type { Measure } from '../measures/measures.js';
import { levelKey, levelLabel } from '../words/labels.js';
import { keepsTheRest, type LevelSummary, levelGroups, summarizeLevel } from './levels.js';

export interface Cell {
  readonly a: LevelValue;
  readonly b: LevelValue;
  readonly aLabel: string;
  readonly bLabel: string;
  readonly runs: readonly LoadedRun[];
  readonly summary: LevelSummary;
  /** True where other factors vary within the cell too: its runs are then no repeats of one trial. */
  readonly mixed: boolean;
}

/** Every combination of the levels of two factors, the first factor's levels outermost. Empty cells have no runs. */
export function crossedCells(
  records: StudyRecords,
  [a, b]: readonly [Factor, Factor],
  measure: Measure,
): Cell[] {
  const levelsOf = (factor: Factor) => levelGroups(records, factor).map((group) => group.value);
  const designed = records.runs.filter(({ record }) => keepsTheRest(records.study, record.levels));
  return levelsOf(a).flatMap((aLevel) =>
    levelsOf(b).map((bLevel) => {
      const runs = designed.filter(
        ({ record }) =>
          levelKey(record.levels[a.path] ?? null) === levelKey(aLevel) &&
          levelKey(record.levels[b.path] ?? null) === levelKey(bLevel),
      );
      const mixed = new Set(runs.map(({ record }) => record.trialName)).size > 1;
      return {
        a: aLevel,
        b: bLevel,
        aLabel: levelLabel(aLevel),
        bLabel: levelLabel(bLevel),
        runs,
        mixed,
        summary: summarizeLevel({ runs }, measure),
      };
    }),
  );
}

/** Pairs of factors whose combinations a study ran: all pairs of a grid's or random search's listed factors. */
export function crossedPairs(records: StudyRecords): [Factor, Factor][] {
  if (records.study.method.name === 'one-factor') return [];
  const listed = records.study.factors.filter(
    (factor) => factor.range === null && factor.role === 'scientific' && factor.levels.length > 1,
  );
  return listed.flatMap((a, i) => listed.slice(i + 1).map((b): [Factor, Factor] => [a, b]));
}
