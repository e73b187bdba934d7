/** Two trials of one study over their seeds: the declared finding where there is one, else a plain interval. */

import { unitOf } from '../../study/units.js';
import type { RunGroup } from '../trials/runGroup.js';
import type { GroupedStudy } from '../trials/study.js';
import type { DeclaredFinding, ExploredFinding, StudyFindings } from '../words/results.js';
import { isDeclared } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import { measureContrast } from './decide.js';
import { comparedIn, type DeclaredContrast, declaredFamily } from './family.js';
import { NOTHING_HELD } from './held.js';
import { exploratorySentence, lostText, runsSentence } from './sentences.js';

const UNDECLARED =
  'This comparison was not declared before there were data: its interval is plain, and it carries no verdict.';

/**
 * The difference of the declared metric between two trials, first minus second. A comparison that the study declares
 * is given as the study's finding, with its verdict, so that it is the same everywhere.
 * @returns `null` where the study has no trial of one of the names
 */
export function compareTrials(
  study: GroupedStudy & StudyFindings,
  first: string,
  second: string,
): DeclaredFinding | ExploredFinding | null {
  const family = declaredFamily(study);
  const declared = family.contrasts.find(({ cells }) => {
    const names = cells.map(({ cell }) => cell.name);
    return names.length === 2 && names.includes(first) && names.includes(second);
  });
  if (declared !== undefined) {
    return study.findings.filter(isDeclared).find(({ contrast }) => contrast.id === declared.id) ?? null;
  }
  const [a, b] = [first, second].map((name) => study.trials.find((trial) => trial.name === name));
  return a === undefined || b === undefined ? null : undeclared(study, a, b);
}

function undeclared({ records, metric: measure }: GroupedStudy, a: RunGroup, b: RunGroup): ExploredFinding {
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
  const { estimate, interval, method, n, improvement, effectSize } = measureContrast(
    records.study,
    contrast,
    measure,
  );
  const diverged = [a, b].filter(({ counts }) => counts.diverged > 0);
  const open = a.open + b.open > 0;
  const known = interval !== null && estimate !== null;
  const suggests = known && diverged.length === 0 && !open && (interval.low > 0 || interval.high < 0);
  const oneSeed = records.study.seeds.length === 1;
  const why = oneSeed
    ? 'one seed cannot say what another would give'
    : 'there are too few runs for an interval';
  return {
    kind: 'difference',
    contrast: comparedIn(contrast),
    id: contrast.id,
    factor: contrast.factor,
    measure: records.study.metric.name,
    sentence: known
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
    ],
  };
}
