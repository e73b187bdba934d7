/** Cells of a factorial study: the runs at each combination of two factors' levels. */

import type { StudyRecords } from '../../store/records.js';
import type { Factor } from '../../study/types.js';
import { factorLevelLabel, levelKey, levelLabel } from '../words/labels.js';
import { designedRuns, levelGroups, missingOf } from './levels.js';
import { RunGroup } from './runGroup.js';

/** Two factors that a study crosses, and the runs at every combination of their levels, the first's levels outermost. */
export interface Crossing {
  readonly factors: readonly [Factor, Factor];
  /** `mixed` where other factors vary within the cell too. Empty cells have no runs. */
  readonly cells: readonly RunGroup[];
}

/** Every combination of the levels of two factors. */
export function crossedCells(records: StudyRecords, [a, b]: readonly [Factor, Factor]): RunGroup[] {
  const levelsOf = (factor: Factor) => levelGroups(records, factor).map(({ levels }) => levels[factor.path]!);
  const designed = designedRuns(records);
  return levelsOf(a).flatMap((aLevel) =>
    levelsOf(b).map((bLevel) => {
      const runs = designed.filter(
        ({ record }) =>
          levelKey(record.levels[a.path] ?? null) === levelKey(aLevel) &&
          levelKey(record.levels[b.path] ?? null) === levelKey(bLevel),
      );
      const trials = new Set(runs.map(({ record }) => record.trialName));
      return new RunGroup({
        name: `${a.path}=${levelLabel(aLevel)},${b.path}=${levelLabel(bLevel)}`,
        fullLabel: `${factorLevelLabel(a.path, aLevel)}, ${factorLevelLabel(b.path, bLevel)}`,
        levels: { [a.path]: aLevel, [b.path]: bLevel },
        runs,
        missing: missingOf(records, trials),
        mixed: trials.size > 1,
      });
    }),
  );
}

/** Pairs of factors whose combinations a study ran: all pairs of a grid's or random search's listed factors. */
export function crossedPairs({ study: { method, factors } }: StudyRecords): [Factor, Factor][] {
  if (method.name === 'one-factor') return [];
  const listed = factors.filter(
    (factor) => factor.range === null && factor.role === 'scientific' && factor.levels.length > 1,
  );
  return listed.flatMap((a, i) => listed.slice(i + 1).map((b): [Factor, Factor] => [a, b]));
}
