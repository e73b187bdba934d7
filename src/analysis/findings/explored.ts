/** What was explored about a factor, and what of it the data suggest. */

import { isMeasureId, measureOf } from '../measures/measures.js';
import { joinWords } from '../words/format.js';
import {
  type ExploredFinding,
  type Finding,
  isDeclared,
  type ReachedFinding,
  type StudyFindings,
} from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import { withUnit } from './details.js';

export type Explored = ExploredFinding | ReachedFinding;
const isTrial = ({ contrast }: Explored): boolean => contrast.kind === 'trial';

/** Of one factor; `null`: of the explicit trials. */
export function exploredOf(findings: readonly Finding[], factor: string | null): Explored[] {
  return findings.filter(
    (one): one is Explored =>
      !isDeclared(one) &&
      one.kind !== 'share' &&
      (factor === null ? isTrial(one) : one.factor === factor && !isTrial(one)),
  );
}

/** Of an explored finding. */
export const measureLabel = ({ measure }: Pick<Finding, 'measure'>) =>
  isMeasureId(measure) ? measureOf(measure).label : measure;

/** What the other measures suggest about one factor (`null`: the explicit trials), a sentence for each comparison. */
export function suggestedSentences(
  { findings }: Pick<StudyFindings, 'findings'>,
  factor: string | null,
): string[] {
  const own = exploredOf(findings, factor).filter((one) => one.verdict === VERDICT.suggests);
  const contrasts = new Map(own.map(({ contrast }) => [contrast.id, contrast.label]));
  return [...contrasts].map(([id, label]) => {
    const parts = own.flatMap((one) =>
      one.contrast.id === id && one.kind === 'difference' && one.estimate !== null
        ? [`${measureLabel(one)} ${withUnit(one.estimate, one.unit)}`]
        : [],
    );
    return `Exploratory, ${label} against the baseline, where a plain 95% interval leaves out 0: ${joinWords(parts)}.`;
  });
}
