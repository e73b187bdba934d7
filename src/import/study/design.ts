/** Levels of imported runs -> the design that they make up: baseline, factors, explicit trials, seeds. */

import { levelKey, levelsLabel } from '../../analysis/words/labels.js';
import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';

type Levels = Readonly<Record<string, LevelValue>>;

export interface InferredDesign {
  readonly method: 'one-factor' | 'grid';
  readonly baseline: Levels;
  /** Levels of each factor, the factors in the configuration's order. */
  readonly factors: Readonly<Record<string, readonly LevelValue[]>>;
  /** Runs that the method does not make: they differ from the baseline in more than one factor. */
  readonly trials: readonly Levels[];
  readonly notes: readonly string[];
}

/** The order in which configurations and reports name the usual factors; others follow in the template's order. */
const PATHS = ['learningRate', 'schedule', 'weightDecay', 'activation'];

function differing(a: Levels, b: Levels): string[] {
  return Object.keys(a).filter((path) => levelKey(a[path] ?? null) !== levelKey(b[path] ?? null));
}

/**
 * The baseline is the configuration from which most others differ in exactly one factor; among equals `preferred` (a
 * label of levels), else the first. All combinations of at least two varied factors make a grid.
 */
export function inferDesign(configurations: readonly Levels[], preferred?: Levels): InferredDesign {
  const distinct = uniqueLevels(configurations);
  const neighbours = distinct.map(
    (one) => distinct.filter((other) => differing(one, other).length === 1).length,
  );
  const most = neighbours.reduce((a, b) => Math.max(a, b), 0);
  const candidates = distinct.filter((_, i) => neighbours[i] === most);
  const baseline = chooseBaseline(distinct, candidates, preferred);
  const paths = sortedPaths(distinct[0]!);
  const varied = paths.filter((path) => new Set(distinct.map((one) => levelKey(one[path] ?? null))).size > 1);
  const all = (path: string) =>
    orderLevels(path, uniqueValues(distinct.map((one) => one[path] ?? null)), baseline);
  const size = varied.reduce((product, path) => product * all(path).length, 1);
  if (varied.length >= 2 && size === distinct.length) {
    return {
      method: 'grid',
      baseline,
      factors: Object.fromEntries(varied.map((path) => [path, all(path)])),
      trials: [],
      notes: [],
    };
  }
  const near = distinct.filter((one) => differing(baseline, one).length <= 1);
  const factors = varied
    .map(
      (path) =>
        [path, orderLevels(path, uniqueValues(near.map((one) => one[path] ?? null)), baseline)] as const,
    )
    .filter(([, levels]) => levels.length > 1);
  const ambiguous = candidates.length > 1 && preferred === undefined && distinct.length > 1;
  return {
    method: 'one-factor',
    baseline,
    factors: Object.fromEntries(factors),
    trials: distinct.filter((one) => !near.includes(one)),
    notes: ambiguous
      ? [
          `${candidates.length} configurations could be the baseline; taken is the first: ${levelsLabel(baseline)}`,
        ]
      : [],
  };
}

function chooseBaseline(
  distinct: readonly Levels[],
  candidates: readonly Levels[],
  preferred?: Levels,
): Levels {
  if (preferred === undefined) return candidates[0]!;
  const found = distinct.find((one) => differing(one, preferred).length === 0);
  if (found !== undefined) return found;
  throw requestError({
    what: 'no imported run has the levels of the baseline that was asked for',
    rule: `one of: ${distinct.map(levelsLabel).join('; ')}`,
    value: levelsLabel(preferred),
  });
}

function uniqueLevels(all: readonly Levels[]): Levels[] {
  const seen = new Map<string, Levels>();
  for (const levels of all) if (!seen.has(levelKey(levels))) seen.set(levelKey(levels), levels);
  return [...seen.values()];
}

function uniqueValues(all: readonly LevelValue[]): LevelValue[] {
  const seen = new Map<string, LevelValue>();
  for (const value of all) if (!seen.has(levelKey(value))) seen.set(levelKey(value), value);
  return [...seen.values()];
}

function sortedPaths(levels: Levels): string[] {
  const rank = (path: string) => (PATHS.includes(path) ? PATHS.indexOf(path) : PATHS.length);
  return Object.keys(levels)
    .map((path, i) => ({ path, i }))
    .sort((a, b) => rank(a.path) - rank(b.path) || a.i - b.i)
    .map(({ path }) => path);
}

/** Numbers rise; a schedule stands before the constant rate it is held against; otherwise the baseline comes first. */
function orderLevels(path: string, values: readonly LevelValue[], baseline: Levels): LevelValue[] {
  if (values.every((value) => typeof value === 'number')) return [...values].sort((a, b) => a - b);
  const first = levelKey(baseline[path] ?? null);
  const rank = (value: LevelValue) => {
    if (path === 'schedule') return value === 'constant' ? 1 : 0;
    return levelKey(value) === first ? 0 : 1;
  };
  return [...values].sort((a, b) => rank(a) - rank(b) || (levelKey(a) < levelKey(b) ? -1 : 1));
}
