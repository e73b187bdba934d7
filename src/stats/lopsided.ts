/**
 * Whether a finding has one of the shapes in which t-tests find too much: one side is skewed, so that its far runs are missing
 * from a small sample, and its mean and deviation are both too small. Levels or a baseline of such shapes give 5 to 31% false
 * findings in place of 5 (`npm run calibrate`, docs/statistics.md).
 *
 * The rules, stated once. A comparison is lopsided where the root mean square of the levels' deviations is more than 1.3 times
 * the baseline's, or less than its 1.3th part, and the pooled skewness of the noisier side's residuals is more than 0.2 in
 * size. A finding is in doubt where
 *   - three or more levels share the baseline: it is lopsided, and, were the levels the noisier side, it would not be found
 *     if this level scattered as far as its siblings do (the root mean square of their deviations in place of its own, where
 *     larger), or, were it the baseline, Holm's p is above a fiftieth of the level that it is compared with;
 *   - of these, all levels lie on one side of the baseline, the baseline's runs lean towards them, and Holm's p is above a
 *     tenth of its level, or it would not be found with the skewness corrected (`skewedT.ts`, the lean taken threefold): then
 *     the few runs of the baseline may be what lies off;
 *   - of one or two levels, and of contrasts of more cells: it is lopsided and Holm's p is above a twentieth of its level, or
 *     it would not be found with the skewness corrected, the lean of the runs taken threefold (of two levels twofold).
 * The numbers are this project's, chosen by simulation; docs/statistics.md holds them against shapes that they were not chosen on.
 */

import type { ContrastCell, TTest } from './contrast.js';
import { studentTwoSided } from './distributions.js';
import { skewedP } from './skewedT.js';
import { mean, standardDeviation, variance } from './summary.js';

const SPREAD = 1.3;
const SKEWNESS = 0.2;
/** Of the level: what Holm's p must be below to be trusted, of a baseline that is the noisier side. */
const STRICT = 0.02;
/** The same where all levels lie on one side of a baseline that leans towards them. */
const ALONE = 0.1;
/** The same of a lopsided finding whose lean is corrected for too. */
const CORRECTED = 0.05;
/** How many times the lean is taken, of one level and of two. */
const LEAN = { one: 3, two: 2 } as const;
/** Fewer levels say too little of how far their siblings scatter. */
const FEWEST_SIBLINGS = 3;

export interface Shape {
  /** The deviation of the noisier side over that of the other, above 1. */
  readonly spread: number;
  /** Of the noisier side's residuals: third central moment over the 3/2 power of the second. */
  readonly skewness: number;
  readonly noisier: 'levels' | 'baseline';
  /** Mean square of the levels' deviations, and how many there are. */
  readonly levelVariance: number;
  readonly levels: number;
  /** All levels lie on one side of the baseline, whose runs lean towards them. */
  readonly isBaselineAlone: boolean;
}

/** The shape of levels beside their baseline's cells; `null` where a side does not vary. */
export function shapeOf(
  levels: readonly (readonly number[])[],
  baseline: readonly (readonly number[])[],
): Shape | null {
  const [own, other] = [meanVariance(levels), meanVariance(baseline)];
  if (own === null || other === null || !(own > 0) || !(other > 0)) return null;
  const noisier = own >= other ? 'levels' : 'baseline';
  const skewness = pooledSkewness(noisier === 'levels' ? levels : baseline);
  if (skewness === null) return null;
  const spread = Math.sqrt(Math.max(own / other, other / own));
  const isBaselineAlone = standsAlone(levels, baseline);
  return { spread, skewness, noisier, levelVariance: own, levels: levels.length, isBaselineAlone };
}

function standsAlone(
  levels: readonly (readonly number[])[],
  baseline: readonly (readonly number[])[],
): boolean {
  const [own, ...more] = baseline;
  const centre = own === undefined ? null : mean(own);
  const lean = pooledSkewness(baseline);
  if (centre === null || lean === null || more.length > 0) return false;
  const sides = new Set(levels.map((values) => Math.sign((mean(values) ?? Number.NaN) - centre)));
  const [side] = sides;
  return sides.size === 1 && side !== undefined && side !== 0 && side * lean >= 0;
}

/** A finding: its test, its level's values (`null` of contrasts of more cells), and the p that decided. */
export interface LopsidedFinding {
  readonly test: TTest;
  readonly cells: readonly ContrastCell[];
  readonly level: readonly number[] | null;
  readonly testedP: number;
  readonly holmP: number;
  readonly alpha: number;
}

/**
 * Why a finding cannot be trusted: its sides' shapes, a baseline that may lie off alone, or the skewness of its runs, with
 * Holm's p were it corrected.
 */
export type ShapeDoubt =
  | { readonly kind: 'lopsided' | 'baseline' }
  | { readonly kind: 'skewed'; readonly correctedP: number };

/** `null`: nothing in the shapes speaks against it. Never of what Holm's p does not find. */
export function shapeDoubt(shape: Shape | null, finding: LopsidedFinding): ShapeDoubt | null {
  const { holmP, alpha, level } = finding;
  if (shape === null || holmP > alpha) return null;
  const isLopsided = shape.spread > SPREAD && Math.abs(shape.skewness) > SKEWNESS;
  if (level === null || shape.levels < FEWEST_SIBLINGS) {
    if (isLopsided && holmP > CORRECTED * alpha) return { kind: 'lopsided' };
    const times = level !== null && shape.levels === 2 ? LEAN.two : LEAN.one;
    const corrected = correctedP(finding, times);
    return corrected > alpha ? { kind: 'skewed', correctedP: corrected } : null;
  }
  const p = siblingP(shape, finding, level);
  if (isLopsided && (p === null ? holmP > STRICT * alpha : p > alpha)) return { kind: 'lopsided' };
  const mayBeOff = holmP > ALONE * alpha || correctedP(finding, LEAN.one) > alpha;
  return shape.isBaselineAlone && mayBeOff ? { kind: 'baseline' } : null;
}

/** Holm's p with the skewness of the runs corrected for. */
const correctedP = ({ cells, test, holmP }: LopsidedFinding, times: number): number =>
  holmed(skewedP(cells, test, times), test.p, holmP);

/** Holm's p if the level scattered as far as its siblings; `null` where they do not tell. */
function siblingP(
  { noisier, levelVariance }: Shape,
  { test, testedP, holmP }: LopsidedFinding,
  level: readonly number[],
): number | null {
  const own = variance(level);
  if (own === null || noisier === 'baseline') return null;
  const more = Math.max(0, levelVariance - own) / level.length;
  const p = studentTwoSided(test.estimate / Math.sqrt(test.standardError ** 2 + more), test.df);
  return holmed(p, testedP, holmP);
}

/** Times what Holm's correction multiplied the p by that it was given. */
function holmed(p: number, given: number, holmP: number): number {
  return given > 0 ? Math.min(1, (p * holmP) / given) : p;
}

/** Mean of the cells' variances; `null` where no cell has two values. */
function meanVariance(cells: readonly (readonly number[])[]): number | null {
  const known = cells.flatMap((values) => standardDeviation(values) ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one ** 2, 0) / known.length;
}

function pooledSkewness(cells: readonly (readonly number[])[]): number | null {
  let [squares, cubes, n] = [0, 0, 0];
  for (const values of cells) {
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const value of values) {
      squares += (value - centre) ** 2;
      cubes += (value - centre) ** 3;
      n++;
    }
  }
  return n === 0 || squares === 0 ? null : cubes / n / (squares / n) ** 1.5;
}
