/**
 * The decision about one confirmatory family: each contrast's t-test with Holm's correction at the look's level, and
 * equivalence for those that are not found different. This is the one place where data become a decision; the
 * calibration by simulation runs exactly this function.
 */

import { alphaAtLook } from './alphaSpending.js';
import { type ContrastCell, contrast, type TTest } from './contrast.js';
import { type Exaggeration, exaggeration } from './exaggeration.js';
import { holm } from './holm.js';
import { type Shape, type ShapeDoubt, shapeDoubt, shapeOf } from './lopsided.js';
import { neededSeeds, upperDeviation } from './power.js';
import { ok, type Result, shareProblem, type Undefined, undefinedBecause } from './result.js';
import { sharedBaselineP } from './sharedBaseline.js';
import { tost } from './tost.js';

/** A level against the baseline (values of the metric, one per seed), or any contrast of cells, e.g. an interaction. */
export type FamilyContrast = { readonly id: string } & (
  | { readonly treated: readonly number[]; readonly baseline: readonly number[] }
  | { readonly cells: readonly ContrastCell[] }
);

export interface FamilyOptions {
  /** Of the whole family, 0.05. */
  readonly alpha?: number;
  /** Smallest difference worth knowing, in the metric's unit: the margin of equivalence and the target of planning. */
  readonly smallestEffect: number;
  /** `null`: the data are looked at once, at `alpha`. 1, 2, ...: the look, tested at 4 alpha / 5^look. */
  readonly look?: number | null;
  /** Paired t over seeds: value i of every cell belongs to the same seed. Only where declared before there were data. */
  readonly paired?: boolean;
  /** Whether contrasts share one baseline, so that levels tell how far their siblings scatter, true. */
  readonly siblings?: boolean;
  /** Compute `needed` and `exaggeration` (a few milliseconds a contrast), true. */
  readonly plan?: boolean;
}

export type Outcome = 'different' | 'equivalent' | 'inconclusive';

/**
 * Seeds in each cell, those there are included, that would find `smallestEffect` with chance 0.8 at Holm's first step.
 * To grow to them is another look, so they are planned at the next look's level.
 */
export interface NeededSeeds {
  readonly seeds: number;
  /** Between seeds: the upper 80% limit that the plan was made with. */
  readonly deviation: number;
  /** The next look's level, of the whole family. */
  readonly alpha: number;
}

export interface Decided extends TTest {
  /** Adjusted over the family (from `sharedBaselineP` where levels share a baseline); compare with `alpha`. */
  readonly holmP: number;
  /** The larger p of the two one-sided tests against -+ smallestEffect, and adjusted over the family. */
  readonly equivalenceP: number;
  readonly equivalenceHolmP: number;
  readonly outcome: Outcome;
  /** The p that Holm corrected: Welch's, or the more careful one of a level whose baseline serves other levels too. */
  readonly testedP: number;
  /** The interval of level 1 - 2 alpha, to which the equivalence test belongs. */
  readonly equivalenceInterval: { readonly low: number; readonly high: number; readonly level: number };
  /** Different, and of a shape in which such findings cannot be trusted (`lopsided.ts`): which one. */
  readonly doubt: ShapeDoubt | null;
  readonly shape: Shape | null;
  /** The level that `holmP` was compared with: the look's. */
  readonly alpha: number;
  readonly needed: Result<NeededSeeds> | null;
  /** Of what is different, were the true difference the estimate: the winner's curse. `null` of everything else. */
  readonly exaggeration: Exaggeration | null;
}

export type Decision = { readonly id: string } & (({ readonly status: 'ok' } & Decided) | Undefined);

/**
 * Decides about every contrast of a family, in the order given. `different`: Holm's p is at most the look's alpha.
 * `equivalent`: not different, and Holm's p of the equivalence tests is at most the look's alpha. Else `inconclusive`.
 * The interval is the plain one of 95%, whatever the look. A contrast that cannot be tested (fewer than two values,
 * a value that is not finite, no variation, incomplete pairs) is `undefined` with its reason and still counts in the
 * family's size. An impossible option makes every contrast `undefined`.
 *
 * Holm (1979) over the differences and over the equivalences apart: a contrast is either zero or at least as large as
 * the margin, never both.
 */
export function decideFamily(contrasts: readonly FamilyContrast[], options: FamilyOptions): Decision[] {
  const { smallestEffect, paired = false, siblings = true, plan = true } = options;
  const level = levelOf(options);
  if (level.status === 'undefined') return contrasts.map(({ id }) => ({ id, ...level }));
  const { alpha } = level;
  const tests = contrasts.map((item) => test(item, paired));
  const equivalences = tests.map((t) => (t.status === 'ok' ? tost(t, smallestEffect, alpha) : t));
  const shared = !paired && contrasts.filter((item) => 'treated' in item).length > 1;
  const tested = tests.map((t, i) => (t.status === 'ok' ? familyP(contrasts[i], t, shared) : null));
  const holmP = holm(tested);
  const shapes = paired ? contrasts.map(() => null) : familyShapes(contrasts, siblings);
  const equivalenceHolmP = holm(equivalences.map((e) => (e.status === 'ok' ? e.p : null)));
  return contrasts.map((item, i) => {
    const t = tests[i];
    const e = equivalences[i];
    const adjusted = holmP[i];
    const same = equivalenceHolmP[i];
    if (t.status === 'undefined') return { id: item.id, ...t };
    if (e.status === 'undefined') return { id: item.id, ...e };
    if (adjusted === null || same === null)
      return { id: item.id, ...undefinedBecause('the p-value does not exist') };
    const outcome: Outcome = adjusted <= alpha ? 'different' : same <= alpha ? 'equivalent' : 'inconclusive';
    const needed = plan ? planContrast(item, t, options, contrasts.length) : null;
    const p = { testedP: tested[i] ?? t.p, holmP: adjusted, equivalenceP: e.p, equivalenceHolmP: same };
    const equivalenceInterval = { low: e.low, high: e.high, level: 1 - 2 * alpha };
    const doubt =
      outcome === 'different'
        ? shapeDoubt(shapes[i] ?? null, {
            test: t,
            cells: cellsOf(item),
            level: siblings && 'treated' in item ? item.treated : null,
            testedP: p.testedP,
            holmP: adjusted,
            alpha,
          })
        : null;
    const curse = plan && outcome === 'different' ? curseOf(t, adjusted, alpha) : null;
    const more = { outcome, doubt, shape: shapes[i] ?? null, alpha, needed, exaggeration: curse };
    return { id: item.id, ...t, ...p, equivalenceInterval, ...more };
  });
}

function levelOf({
  alpha = 0.05,
  look = null,
  smallestEffect,
}: FamilyOptions): Result<{ readonly alpha: number }> {
  if (!(smallestEffect > 0) || !Number.isFinite(smallestEffect)) {
    return undefinedBecause(`the smallest effect must be above 0, got ${smallestEffect}`);
  }
  const problem = shareProblem(2 * alpha, 'twice alpha');
  if (problem !== null) return undefinedBecause(problem);
  return look === null ? ok({ alpha }) : alphaAtLook(look, alpha);
}

/** The p that Holm corrects: of a level whose baseline serves other levels too, the more careful one. */
function familyP(item: FamilyContrast, t: TTest, shared: boolean): number {
  return shared && 'treated' in item ? sharedBaselineP(t, item.treated) : t.p;
}

/** The shape of each contrast: levels of one baseline together, other contrasts by themselves. */
function familyShapes(contrasts: readonly FamilyContrast[], siblings: boolean): (Shape | null)[] {
  const levels = contrasts.flatMap((item) => ('treated' in item ? [item.treated] : []));
  return contrasts.map((item) => {
    if ('treated' in item) return shapeOf(siblings ? levels : [item.treated], [item.baseline]);
    const side = (sign: number) =>
      item.cells.filter(({ coefficient }) => Math.sign(coefficient) === sign).map(({ values }) => values);
    return shapeOf(side(1), side(-1));
  });
}

/** A contrast's cells that take part, the baseline last. */
function cellsOf(item: FamilyContrast): readonly ContrastCell[] {
  if ('cells' in item) return item.cells.filter((cell) => cell.coefficient !== 0);
  return [
    { values: item.treated, coefficient: 1, name: 'the level' },
    { values: item.baseline, coefficient: -1, name: 'the baseline' },
  ];
}

function test(item: FamilyContrast, paired: boolean): Result<TTest> {
  const cells = cellsOf(item);
  if (!paired) return contrast(cells, 0.95, 'cells' in item ? 'Welch-Satterthwaite t' : "Welch's t");
  const n = cells[0]?.values.length ?? 0;
  if (cells.some((cell) => cell.values.length !== n)) {
    const sizes = cells.map((cell) => cell.values.length).join(', ');
    return undefinedBecause(`the pairs are incomplete: ${sizes} values`);
  }
  const perSeed = Array.from({ length: n }, (_, i) =>
    cells.reduce((sum, cell) => sum + cell.coefficient * cell.values[i], 0),
  );
  return contrast([{ values: perSeed, coefficient: 1, name: 'the list of pairs' }], 0.95, 'paired t');
}

/**
 * The level at which Holm's correction would just have let the contrast pass is that of the plain p: alpha p / (Holm's p),
 * which is alpha over the tests left at its step, and less where the careful p was tested.
 */
function curseOf({ t, df, p }: TTest, adjusted: number, alpha: number): Exaggeration | null {
  const level = adjusted > 0 ? Math.min(alpha, (alpha * p) / adjusted) : alpha;
  const found = exaggeration({ delta: t, df }, level);
  return found.status === 'ok' ? { ratio: found.ratio, power: found.power } : null;
}

/** Seeds for the smallest effect, with one deviation for all cells: the upper 80% limit at the test's df. */
function planContrast(
  item: FamilyContrast,
  t: TTest,
  { smallestEffect, alpha = 0.05, look = null, paired = false }: FamilyOptions,
  contrasts: number,
): Result<NeededSeeds> {
  const next = alphaAtLook((look ?? 1) + 1, alpha);
  if (next.status === 'undefined') return next;
  const coefficients = paired ? [1] : cellsOf(item).map((cell) => cell.coefficient);
  const inverse = paired
    ? 1 / t.n[0]
    : cellsOf(item).reduce((sum, cell) => sum + cell.coefficient ** 2 / cell.values.length, 0);
  const upper = upperDeviation(t.standardError / Math.sqrt(inverse), t.df);
  if (upper.status === 'undefined') return upper;
  const planned = { coefficients, deviation: upper.deviation };
  const needed = neededSeeds(planned, smallestEffect, { alpha: next.alpha, contrasts });
  if (needed.status === 'undefined') return needed;
  return ok({ seeds: needed.seeds, deviation: upper.deviation, alpha: next.alpha });
}
