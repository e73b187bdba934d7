/** What few readers need, folded at the report's end: single curves, all measures, definitions, runs, the record. */

import type { Analysis } from '../analysis/analyse.js';
import type { JudgedClaim } from '../analysis/claims/claims.js';
import { isCurveMeasure, REACHED_DEFINITION, withDeclared } from '../analysis/measures/measures.js';
import { OVERFITTING_RULE } from '../analysis/measures/overfitting.js';
import { isImported } from '../analysis/trials/imported.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { trialsWithRuns } from '../analysis/trials/study.js';
import { count, joinWords } from '../analysis/words/format.js';
import { cellCurves, isCrossed } from '../figures/crossedCells.js';
import { levelFigure } from '../figures/levelFigure.js';
import { isTestMetric } from '../study/metrics.js';
import {
  type Block,
  capital,
  drawn,
  type FigureBlock,
  fileName,
  fold,
  heading,
  paragraph,
} from './blocks.js';
import { CLAIMS_TITLE, claimTables } from './claims.js';
import { exploratoryBlocks, exploratoryTables } from './findings.js';
import { reproducibilityBlocks } from './reproducibility.js';
import type { SectionContext } from './sectionBlocks.js';
import { MOST_TRIAL_FIGURES, type Section } from './sections.js';
import { furtherMeasureTables, runsList } from './tables.js';

/** All parts that have something to show, under one heading. */
export function appendixBlocks(
  context: SectionContext,
  sections: readonly Section[],
  claims: readonly JudgedClaim[] | undefined,
): Block[] {
  const { analysis } = context;
  const { records } = analysis;
  return [
    heading(2, 'Appendix'),
    ...fold('Curves of every trial', curveBlocks(context)),
    ...fold('Further measures of every trial', measureBlocks(analysis)),
    ...fold('Exploratory comparisons', exploratoryBlocks(exploratoryTables(analysis, sections))),
    ...fold(CLAIMS_TITLE, claimTables(claims)),
    ...fold('Runs', [paragraph(runsSentence(analysis, records.outside.length)), runsList(records)]),
    ...fold(
      isImported(records) ? 'Where these numbers come from' : 'What it takes to get these numbers again',
      reproducibilityBlocks(records),
    ),
  ];
}

/** Of more than twelve trials only those that the findings speak of, where factors were combined. */
function curveBlocks(context: SectionContext): Block[] {
  const { analysis } = context;
  const cells = isCrossed(analysis) ? cellCurves(analysis) : { shown: [], folded: [] };
  const known = new Map([...cells.shown, ...cells.folded].map((cell) => [cell.name, cell]));
  const trials = trialsWithRuns(analysis).map((trial) => known.get(trial.name) ?? trial);
  if (trials.length <= MOST_TRIAL_FIGURES) return trials.flatMap((trial) => curveFigure(context, trial));
  const { shown } = cells;
  const which =
    shown.length === 0 ? 'a figure of each' : 'figures of those that the findings do not speak of';
  return [
    paragraph(
      `${trials.length} trials: ${which} ${shown.length === 0 ? 'is' : 'are'} left out; the curves of every run are in its metrics.csv.`,
    ),
    ...shown.flatMap((trial) => curveFigure(context, trial)),
  ];
}

function curveFigure({ figures, look }: SectionContext, trial: RunGroup): FigureBlock[] {
  return drawn(`curves-${fileName(trial.name)}`, levelFigure(figures, trial, look));
}

function measureBlocks(analysis: Analysis): Block[] {
  const tables = furtherMeasureTables(analysis);
  return tables.length === 0 ? [] : [...tables, ...definitionBlocks(analysis)];
}

/** Only of what some run of this study has a value of; of curves the captions say what is shown. */
function definitionBlocks(analysis: Analysis): Block[] {
  const used = withDeclared(analysis.metric).filter(
    (measure) =>
      !isTestMetric(measure.id) &&
      trialsWithRuns(analysis).some((trial) => {
        const { n, perRun } = trial.summary(measure);
        return n > 0 || (measure.censored && perRun.length > 0);
      }),
  );
  if (used.length === 0) return [];
  const items: (readonly [string, string])[] = [
    ...used
      .filter((measure) => !isCurveMeasure(measure) && !measure.censored)
      .map(({ label, definition }) => [label, capital(definition)] as const),
    ...(used.some(({ censored }) => censored) ? [REACHED_DEFINITION] : []),
    ...(used.some(({ id }) => id === 'overfittingRise') ? [['overfitting', OVERFITTING_RULE] as const] : []),
  ];
  return [heading(3, 'Definitions'), { kind: 'terms', items }];
}

function runsSentence({ counts }: Analysis, outside: number): string {
  const parts = [
    `${counts.done} done`,
    `${counts.diverged} diverged`,
    `${counts.failed} failed`,
    `${counts.unfinished} unfinished`,
    `${counts.missing} not started`,
  ];
  const more = outside === 0 ? '' : ` ${count(outside, 'run')} on disk that the study no longer names.`;
  return `Of ${count(counts.declared, 'run')}: ${joinWords(parts)}.${more}`;
}
