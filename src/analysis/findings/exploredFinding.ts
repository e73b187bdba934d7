/** A difference between two groups of runs that nobody declared before there were data. */

import { pairedT } from '../../stats/pairedT.js';
import { tost } from '../../stats/tost.js';
import { welch } from '../../stats/welch.js';
import type { ResolvedStudy } from '../../study/types.js';
import { unitOf } from '../../study/units.js';
import type { Measure } from '../measures/measures.js';
import type { RunGroup } from '../trials/runGroup.js';
import type { GroupedStudy } from '../trials/study.js';
import { learningText, type Troubles } from '../trials/troubles.js';
import { formatP } from '../words/format.js';
import type { ExploredFinding } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import { type Measured, measureContrast } from './decide.js';
import { sameText } from './doubt.js';
import { comparedIn, type DeclaredContrast } from './family.js';
import { NOTHING_HELD } from './held.js';
import { areSameRuns } from './sameRuns.js';
import { exploratorySentence, lostText, margin, range, runsSentence } from './sentences.js';

const UNDECLARED =
  'This comparison was not declared before there were data: its interval is plain, and it carries no verdict.';

/**
 * A difference that nobody declared: a plain interval, the test of equivalence, and at most "suggests".
 * @param more further caveats
 * @param known which runs collapsed or did not learn, of each study that takes part
 */
export function exploredFinding(
  { records, metric: measure }: GroupedStudy,
  a: RunGroup,
  b: RunGroup,
  more: readonly string[],
  known: readonly Troubles[],
): ExploredFinding {
  const contrast: DeclaredContrast = {
    id: `${a.name} against ${b.name}`,
    kind: 'trial',
    factor: a.name,
    subject: a.name,
    reference: b.name,
    steps: [],
    cells: [
      { cell: a, coefficient: 1 },
      { cell: b, coefficient: -1 },
    ],
    held: NOTHING_HELD,
    problem: null,
  };
  const measured = measureContrast(records.study, contrast, measure);
  const { estimate, interval, method, n, improvement, effectSize } = measured;
  const diverged = [a, b].filter(({ counts }) => counts.diverged > 0);
  const open = a.open + b.open > 0;
  const isTested = interval !== null && estimate !== null;
  const troubled = troubleNotes([a, b], known);
  const suggests =
    isTested &&
    troubled.length === 0 &&
    diverged.length === 0 &&
    !open &&
    (interval.low > 0 || interval.high < 0);
  const oneSeed = [a, b].some(({ counts }) => counts.declared === 1);
  const why = oneSeed
    ? 'one seed cannot say what another would give'
    : 'there are too few runs for an interval';
  return {
    kind: 'difference',
    contrast: comparedIn(contrast),
    id: contrast.id,
    factor: contrast.factor,
    measure: records.study.metric.name,
    sentence: isTested
      ? exploratorySentence(contrast, { estimate, interval }, measure, suggests)
      : runsSentence(contrast, estimate, measure, why),
    estimate,
    unit: unitOf(measure.unit).difference,
    interval,
    level: 0.95,
    method,
    n,
    improvement,
    effectSize,
    held: '',
    tuned: '',
    p: null,
    holmP: null,
    verdict: suggests ? VERDICT.suggests : oneSeed ? VERDICT.oneSeed : open ? VERDICT.provisional : null,
    family: 'exploratory',
    notes: [
      UNDECLARED,
      ...diverged.map(
        (cell) =>
          `Of the runs that finished: ${lostText(cell.counts.diverged, cell.ended, 'diverged')} in ${cell.name}.`,
      ),
      ...troubled,
      ...(diverged.length > 0 || troubled.length > 0
        ? []
        : areSameRuns(contrast)
          ? [sameText]
          : equivalenceNotes(records.study, measured, measure)),
      ...more,
    ],
  };
}

/** A mean over runs that collapsed or guess is no measurement of the trial: nothing is suggested of it. */
function troubleNotes(sides: readonly RunGroup[], known: readonly Troubles[]): string[] {
  return sides.flatMap((side) =>
    known.flatMap((troubles) => {
      const fallen = side.runs.filter((run) => troubles.collapsed.has(run)).length;
      const text = learningText(side, troubles);
      return [
        ...(fallen === 0
          ? []
          : [
              `${lostText(fallen, side.ended, 'collapsed', side.fullLabel)}: the mean describes neither those nor the others.`,
            ]),
        ...(text === null ? [] : [`Of ${side.fullLabel} ${text}.`]),
      ];
    }),
  );
}

/** Whether the difference is shown to be smaller than the smallest effect of interest, either way; uncorrected, as all that was not declared. */
function equivalenceNotes(study: ResolvedStudy, { values, method }: Measured, measure: Measure): string[] {
  const [treated = [], baseline = []] = values;
  const test =
    method === 'paired t' ? pairedT(treated, baseline) : method === '' ? null : welch(treated, baseline);
  const scale = unitOf(measure.unit).scale;
  const result = test === null || test.status !== 'ok' ? null : tost(test, study.smallestEffect / scale);
  if (result === null || result.status !== 'ok') return [];
  const { p, equivalent, low, high } = result;
  const what = `closer than ${margin(study.smallestEffect, measure)}, either way`;
  const numbers = `two one-sided tests: p ${formatP(p)}; 90% interval ${range({ low, high }, measure)}`;
  return [
    equivalent
      ? `The data suggest that the two are ${what} (${numbers}).`
      : `It is not shown that the two are ${what} (${numbers}).`,
  ];
}
