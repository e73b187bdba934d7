/** Two trials of one study over their seeds: the declared finding where there is one, else a plain interval. */

import type { StudyRecords } from '../../store/records.js';
import { declaredMeasure } from '../measures/measures.js';
import type { Finding } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import { differenceUnit, type TrialCell, trialCells } from './cells.js';
import { measureContrast } from './decide.js';
import { type DeclaredContrast, declaredFamily } from './family.js';
import { findStudy } from './findings.js';
import { divergedText, exploratorySentence, runsSentence } from './sentences.js';

const UNDECLARED =
  'This comparison was not declared before there were data: its interval is plain, and it carries no verdict.';

/**
 * The difference of the declared metric between two trials, first minus second. A comparison that the study declares
 * is given as the study's finding, with its verdict, so that it is the same everywhere.
 * @returns `null` where the study has no trial of one of the names
 */
export function compareTrials(records: StudyRecords, first: string, second: string): Finding | null {
  const family = declaredFamily(records);
  const declared = family.contrasts.find(({ cells }) => {
    const names = cells.map(({ cell }) => cell.trial.name);
    return names.length === 2 && names.includes(first) && names.includes(second);
  });
  if (declared !== undefined) {
    const id = `${declared.id}:${records.study.metric.name}`;
    return findStudy(records).findings.find((one) => one.id === id) ?? null;
  }
  const cells = trialCells(records);
  const [a, b] = [first, second].map((name) => cells.find(({ trial }) => trial.name === name));
  return a === undefined || b === undefined ? null : undeclared(records, a, b);
}

function undeclared(records: StudyRecords, a: TrialCell, b: TrialCell): Finding {
  const measure = declaredMeasure(records.study.metric);
  const contrast: DeclaredContrast = {
    id: `${a.trial.name} against ${b.trial.name}`,
    kind: 'trial',
    factor: a.trial.name,
    subject: a.trial.name,
    reference: b.trial.name,
    steps: [],
    cells: [
      { cell: a, coefficient: 1 },
      { cell: b, coefficient: -1 },
    ],
    held: '',
    problem: null,
  };
  const { estimate, interval, method, n, improvement, effectSize } = measureContrast(
    records,
    contrast,
    measure,
  );
  const diverged = [a, b].filter((cell) => cell.diverged > 0);
  const open = a.open + b.open > 0;
  const known = interval !== null && estimate !== null;
  const suggests = known && diverged.length === 0 && !open && (interval.low > 0 || interval.high < 0);
  const oneSeed = records.study.seeds.length === 1;
  const why = oneSeed
    ? 'one seed cannot say what another would give'
    : 'there are too few runs for an interval';
  return {
    id: contrast.id,
    factor: contrast.factor,
    measure: records.study.metric.name,
    sentence: known
      ? exploratorySentence(contrast, { estimate, interval }, measure, suggests)
      : runsSentence(contrast, estimate, measure, why),
    estimate,
    unit: differenceUnit(measure),
    interval,
    level: 0.95,
    method,
    n,
    improvement,
    effectSize,
    held: '',
    p: null,
    holmP: null,
    verdict: suggests ? VERDICT.suggests : oneSeed ? VERDICT.oneSeed : open ? VERDICT.provisional : null,
    family: 'exploratory',
    notes: [
      UNDECLARED,
      ...diverged.map(
        (cell) =>
          `Of the runs that finished: ${divergedText(cell.diverged, cell.declared - cell.open)} in ${cell.trial.name}.`,
      ),
    ],
  };
}
