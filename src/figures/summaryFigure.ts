/** Page one: the declared metric of every level, or of every combination of levels, with its interval. */

import type { Analysis } from '../analysis/analyse.js';
import { measurePhrase } from '../analysis/measures/measures.js';
import { keepsTheRest } from '../analysis/trials/levels.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { type FactorGroups, trialsWithRuns } from '../analysis/trials/study.js';
import { factorLabel, factorLevelLabel, levelKey, levelsLabel } from '../analysis/words/labels.js';
import type { Drawn, FigureContext } from './canvas.js';
import type { ColourOf } from './palette.js';
import { type RowSection, rowsCaption, rowsFigure } from './rowsFigure.js';

/** Above so many combinations a summary shows the levels of each factor, over all that they were combined with. */
const MOST_COMBINATIONS = 24;

/** `null` where nothing is compared, or nothing has a value yet. */
export function summaryFigure(context: FigureContext, analysis: Analysis, colourOf: ColourOf): Drawn | null {
  const sections = summarySections(analysis);
  if (sections.reduce((n, { groups }) => n + groups.length, 0) < 2) return null;
  const { metric: measure, troubles } = analysis;
  const title = `${measure.label} of every level: single runs, means and intervals`;
  const made = rowsFigure(context, sections, { measure, troubles, colourOf, title });
  if (made === null) return null;
  const isMixed = sections.some(({ groups }) => groups.some(({ mixed }) => mixed));
  const phrase = measurePhrase(measure);
  const subject = `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)} of every ${isMixed ? 'level' : 'trial'}`;
  return { svg: made.svg, caption: rowsCaption(subject, sections, measure, made.range) };
}

/** One factor at a time: its levels. Crossed: the combinations, by the first factor's level. Then the explicit trials. */
export function summarySections(analysis: Analysis): RowSection[] {
  const { factors, records } = analysis;
  const scientific = factors.filter(({ factor }) => factor.role === 'scientific' && factor.range === null);
  const isCrossed = records.study.method.name !== 'one-factor' && scientific.length > 1;
  const levels = scientific.map(({ factor, levels: groups }) => ({
    heading: factorLabel(factor.path),
    groups: groups.filter(({ runs }) => runs.length > 0),
  }));
  const cells = combinations(analysis);
  const designed =
    isCrossed && cells.length <= MOST_COMBINATIONS
      ? byFirst(
          scientific.map(({ factor }) => factor),
          cells,
        )
      : levels;
  const explicit = trialsWithRuns(analysis).filter(({ isExplicit, isBaseline }) => isExplicit && !isBaseline);
  return [...designed, { heading: 'further trials', groups: explicit }].filter(
    ({ groups }) => groups.length > 0,
  );
}

/** The trials of the design that have runs. */
export function combinations(analysis: Analysis): RunGroup[] {
  const { study } = analysis.records;
  return trialsWithRuns(analysis).filter(
    ({ isExplicit, levels }) => !isExplicit && keepsTheRest(study, levels),
  );
}

function byFirst(
  [first, ...others]: readonly FactorGroups['factor'][],
  cells: readonly RunGroup[],
): RowSection[] {
  if (first === undefined) return [];
  return first.levels.map((level) => ({
    heading: factorLevelLabel(first.path, level),
    groups: cells
      .filter(({ levels }) => levelKey(levels[first.path] ?? null) === levelKey(level))
      .map((cell) => {
        const rest = others.map(({ path }) => [path, cell.levels[path] ?? null] as const);
        return cell.with({
          label: levelsLabel(Object.fromEntries(rest)),
          fullLabel: levelsLabel(cell.levels),
        });
      }),
  }));
}
