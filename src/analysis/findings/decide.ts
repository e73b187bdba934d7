/** From declared contrasts to decided ones: values, Holm's decision over the family, and what depends on what. */

import { minOf } from '../../base/extremes.js';
import { type ContrastCell, contrast, type TTest } from '../../stats/contrast.js';
import { type Decided, decideFamily, type FamilyContrast, type FamilyOptions } from '../../stats/decision.js';
import { hedgesG } from '../../stats/effectSize.js';
import { probabilityOfImprovement } from '../../stats/improvement.js';
import type { Result } from '../../stats/result.js';
import { mean } from '../../stats/summary.js';
import type { StudyRecords } from '../../store/records.js';
import type { ResolvedStudy } from '../../study/types.js';
import { unitOf } from '../../study/units.js';
import { declaredMeasure, type Measure } from '../measures/measures.js';
import type { Bounds, Improvement, StandardizedDifference } from '../words/results.js';
import type { DeclaredContrast, WeightedCell } from './family.js';
import { pairedRuns, pairedValues } from './pairs.js';

/** What the finished runs of a contrast show, whether or not a decision may rest on it. */
export interface Measured {
  readonly estimate: number | null;
  readonly interval: Bounds | null;
  readonly method: string;
  /** Values per cell. */
  readonly n: readonly number[];
  readonly improvement: Improvement | null;
  readonly effectSize: StandardizedDifference | null;
  /** The values of each cell that entered, in the order of the contrast's cells. */
  readonly values: readonly (readonly number[])[];
}

/**
 * How a study's families are decided: its smallest effect, the look, and whether its runs are paired. A study to which
 * nothing was added is tested at 0.05, not at the first look's 0.04; look 2 at 0.008, look 3 at 0.0016, ...
 */
export function familyOptions({ study, looks }: Pick<StudyRecords, 'study' | 'looks'>): FamilyOptions {
  return {
    smallestEffect: study.smallestEffect / unitOf(declaredMeasure(study.metric).unit).scale,
    look: looks.length === 0 ? null : looks.length + 1,
    paired: study.pairing === 'paired',
  };
}

/** Values, estimate, plain 95% interval and probability of improvement of a contrast on any measure. */
export function measureContrast(study: ResolvedStudy, item: DeclaredContrast, measure: Measure): Measured {
  const paired = study.pairing === 'paired';
  const cells = item.cells.map(({ cell }) => cell);
  const values = paired
    ? pairedValues(cells, measure)
    : cells.map((cell) => [...cell.valuesBySeed(measure).values()]);
  const n = values.map((list) => list.length);
  const improvement = improvementOf(item, measure, study.metric.goal);
  if (item.problem !== null || values.some((list) => list.length === 0)) {
    return { estimate: null, interval: null, method: '', n, improvement: null, effectSize: null, values };
  }
  const weighted = item.cells.map(({ coefficient }, i) => ({ coefficient, values: values[i]! }));
  const estimate = weighted.reduce((sum, one) => sum + one.coefficient * (mean(one.values) ?? 0), 0);
  const test = plainTest(weighted, paired);
  const shown = { estimate, n, improvement, effectSize: effectSizeOf(weighted), values };
  if (test.status === 'undefined') return { ...shown, interval: null, method: '' };
  return { ...shown, interval: { low: test.low, high: test.high }, method: test.method };
}

/** Of two cells only, since a main effect's cells differ by more than their seeds; none below ten runs a side. */
function effectSizeOf(cells: readonly ContrastCell[]): StandardizedDifference | null {
  const [treated, baseline] = cells;
  if (cells.length !== 2 || treated === undefined || baseline === undefined) return null;
  if (Math.min(treated.values.length, baseline.values.length) < FEWEST_PAIRS) return null;
  const size = hedgesG(treated.values, baseline.values);
  return size.status === 'ok' ? { value: size.value, method: size.method } : null;
}

function plainTest(cells: readonly ContrastCell[], paired: boolean): Result<TTest> {
  if (!paired) return contrast(cells, 0.95, cells.length === 2 ? "Welch's t" : 'Welch-Satterthwaite t');
  const length = minOf(cells.map(({ values }) => values.length));
  const perSeed = Array.from({ length }, (_, i) =>
    cells.reduce((sum, { coefficient, values }) => sum + coefficient * values[i]!, 0),
  );
  return contrast([{ values: perSeed, coefficient: 1 }], 0.95, 'paired t');
}

/** Fewer pairs say next to nothing: five wins of five leave 48 to 100%. */
export const FEWEST_PAIRS = 10;

/** Pairs of one seed, a diverged run lost: of a main effect within each combination of the other factors. */
function improvementOf(
  item: DeclaredContrast,
  measure: Measure,
  goal: 'maximize' | 'minimize',
): Improvement | null {
  if (item.kind === 'interaction') return null;
  const side = (sign: number) => item.cells.filter(({ coefficient }) => Math.sign(coefficient) === sign);
  const [treated, baseline] = [side(1), side(-1)];
  if (treated.length !== baseline.length) return null;
  const direction = measure.goal === 'none' ? goal : measure.goal;
  const pairs = treated.map(({ cell }, i) => pairedRuns([cell, baseline[i]!.cell], measure, direction));
  const result = probabilityOfImprovement(
    pairs.flatMap(([first]) => first ?? []),
    pairs.flatMap(([, second]) => second ?? []),
    direction,
  );
  if (result.status === 'undefined' || result.pairs < FEWEST_PAIRS) return null;
  const { probability, won, low, high, method } = result;
  return { probability, won, pairs: result.pairs, interval: { low, high }, method };
}

/**
 * Decides the family: one result per contrast, in order. `usable` contrasts enter with their values; the others still
 * count in Holm's family, because they were declared.
 */
export function decideContrasts(
  records: Pick<StudyRecords, 'study' | 'looks'>,
  items: readonly {
    readonly contrast: DeclaredContrast;
    readonly measured: Measured;
    readonly usable: boolean;
  }[],
  plan = false,
): Result<Decided>[] {
  const family = items.map(({ contrast: item, measured, usable }): FamilyContrast => {
    const { id, cells } = item;
    return usable ? familyContrast(id, cells, measured.values) : { id, cells: [] };
  });
  return decideFamily(family, { ...familyOptions(records), plan });
}

function familyContrast(
  id: string,
  cells: readonly WeightedCell[],
  values: readonly (readonly number[])[],
): FamilyContrast {
  const [first, second] = cells;
  if (cells.length === 2 && first!.coefficient === 1 && second!.coefficient === -1) {
    return { id, treated: values[0]!, baseline: values[1]! };
  }
  return {
    id,
    cells: cells.map(({ cell, coefficient }, i) => ({
      coefficient,
      values: values[i]!,
      name: cell.fullLabel,
    })),
  };
}
