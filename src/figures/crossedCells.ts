/** Crossed designs: which trials are drawn, and as what small multiples. A mean over trials is a curve that no run has. */

import type { Analysis } from '../analysis/analyse.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { FactorGroups } from '../analysis/trials/study.js';
import { factorLevelLabel, levelKey, levelLabel, levelsLabel } from '../analysis/words/labels.js';
import { maxOf } from '../base/extremes.js';
import type { Facet } from './comparisonFigure.js';
import { combinations } from './summaryFigure.js';

/** Above so many, only those that the findings speak of are shown; the rest is folded. */
const MOST_SHOWN = 6;

/** What stands in a section, and what is folded away. */
export interface ShownAndFolded<T> {
  readonly shown: readonly T[];
  readonly folded: readonly T[];
}

/** Whether a study's factors are combined, so that a level is no trial. */
export function isCrossed({ records: { study }, factors }: Analysis): boolean {
  const scientific = factors.filter(({ factor }) => factor.role === 'scientific' && factor.range === null);
  return study.method.name !== 'one-factor' && scientific.length > 1;
}

/**
 * The combinations that were run, each for a figure of its own. Of more than six the six that the findings speak of most: the
 * baseline, the best, those that did not learn, collapsed or diverged, and those behind confirmed interactions and effects.
 */
export function cellCurves(analysis: Analysis): ShownAndFolded<RunGroup> {
  const cells = combinations(analysis).map((cell) => cell.with({ fullLabel: levelsLabel(cell.levels) }));
  return split(cells, ({ name }) => analysis.prominence.get(name) ?? 0);
}

/** One set of panels for each combination of the other factors' levels; of more than six as `cellCurves`. */
export function facetsOf(analysis: Analysis, factor: FactorGroups['factor']): ShownAndFolded<Facet> {
  const others = analysis.factors
    .map((one) => one.factor)
    .filter(({ path, role, range }) => path !== factor.path && role === 'scientific' && range === null);
  const cells = combinations(analysis);
  const restOf = ({ levels }: RunGroup) =>
    Object.fromEntries(others.map(({ path }) => [path, levels[path] ?? null]));
  const keys = [...new Set(cells.map((cell) => levelKey(restOf(cell))))];
  const facets = keys.map((key) => {
    const own = cells.filter((cell) => levelKey(restOf(cell)) === key);
    const groups = factor.levels.flatMap((level) =>
      own
        .filter(({ levels }) => levelKey(levels[factor.path] ?? null) === levelKey(level))
        .map((cell) =>
          cell.with({
            // As the section's other figures name and colour the level.
            name: `${factor.path}=${levelLabel(level)}`,
            label: levelLabel(level),
            fullLabel: factorLevelLabel(factor.path, level),
            isBaseline: false,
          }),
        ),
    );
    const best = maxOf(own.map(({ name }) => analysis.prominence.get(name) ?? 0));
    const isBaseline = own.some((cell) => cell.isBaseline);
    return { facet: { label: levelsLabel(restOf(own[0]!)), groups, isBaseline }, best };
  });
  const { shown, folded } = split(facets, ({ best }) => best);
  return { shown: shown.map(({ facet }) => facet), folded: folded.map(({ facet }) => facet) };
}

/** The highest ranks, in the order given; all where they are few. */
function split<T>(items: readonly T[], rankOf: (item: T) => number): ShownAndFolded<T> {
  if (items.length <= MOST_SHOWN) return { shown: items, folded: [] };
  const ranked = items
    .map((item, i) => ({ i, rank: rankOf(item) }))
    .sort((a, b) => b.rank - a.rank || a.i - b.i);
  const first = new Set(ranked.slice(0, MOST_SHOWN).map(({ i }) => i));
  return { shown: items.filter((_, i) => first.has(i)), folded: items.filter((_, i) => !first.has(i)) };
}
