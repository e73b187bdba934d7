/** Measures that were not declared: intervals, and at most the word "suggests". And the share of diverged runs. */

import { clopperPearson } from '../../stats/clopperPearson.js';
import type { StudyRecords } from '../../store/records.js';
import { declaredMeasure, type Measure, measureOf } from '../measures/measures.js';
import { summarizeLevel } from '../trials/levels.js';
import { formatInterval, formatValue } from '../words/format.js';
import type { Finding } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import { differenceUnit } from './cells.js';
import { measureContrast } from './decide.js';
import type { DeclaredContrast, DeclaredFamily } from './family.js';
import * as say from './sentences.js';

/** In the order in which they are reported. Test results are left out: they have a table of their own. */
const EXPLORED = [
  'validAccuracy.last',
  'validLoss.last',
  'epochsTo90',
  'convergenceSpeed',
  'generalizationGap',
  'overfittingOnset',
  'overfittingRise',
  'accuracyDrop',
  'calibrationError',
  'lossAtTemperature',
  'stability',
] as const;

/** Every level against its reference on the other measures. None with one seed: there are no intervals to give. */
export function exploratoryFindings(records: StudyRecords, family: DeclaredFamily): Finding[] {
  if (records.study.seeds.length < 2) return [];
  const declared = declaredMeasure(records.study.metric);
  const measures = EXPLORED.filter((id) => id !== declared.id).map(measureOf);
  return family.contrasts
    .filter(({ kind, problem }) => kind !== 'interaction' && problem === null)
    .flatMap((contrast) =>
      measures.flatMap((measure) =>
        measure.censored
          ? censoredFinding(contrast, measure)
          : exploratoryFinding(records, contrast, measure),
      ),
    );
}

function exploratoryFinding(records: StudyRecords, contrast: DeclaredContrast, measure: Measure): Finding[] {
  const { estimate, interval, method, n, improvement, effectSize } = measureContrast(
    records,
    contrast,
    measure,
  );
  if (estimate === null || interval === null) return [];
  const diverged = contrast.cells.some(({ cell }) => cell.diverged > 0);
  const open = contrast.cells.some(({ cell }) => cell.open > 0);
  const suggests = !diverged && !open && (interval.low > 0 || interval.high < 0);
  return [
    {
      ...shared(contrast, measure),
      sentence: say.exploratorySentence(contrast, { estimate, interval }, measure, suggests),
      estimate,
      interval,
      method,
      n,
      improvement: measure.goal === 'none' ? null : improvement,
      effectSize,
      verdict: suggests ? VERDICT.suggests : null,
      notes: [
        ...(diverged ? ['Of the runs that finished: some runs diverged.'] : []),
        ...(open ? ['So far: the declared seeds are not complete.'] : []),
      ],
    },
  ];
}

function shared(contrast: DeclaredContrast, measure: Measure) {
  return {
    id: `${contrast.id}:${measure.id}`,
    factor: contrast.factor,
    measure: measure.id,
    unit: differenceUnit(measure),
    level: 0.95,
    held: contrast.held,
    p: null,
    holmP: null,
    family: 'exploratory',
  } as const;
}

/** Epochs to a threshold: how many runs reached it, and the median; no difference, because values are missing. */
function censoredFinding(contrast: DeclaredContrast, measure: Measure): Finding[] {
  const sides = [1, -1].map((sign) => {
    const cells = contrast.cells.filter(({ coefficient }) => Math.sign(coefficient) === sign);
    return summarizeLevel({ runs: cells.flatMap(({ cell }) => cell.runs) }, measure).reached;
  });
  const [treated, baseline] = sides;
  if (!treated || !baseline || treated.n === 0 || baseline.n === 0) return [];
  if (treated.k + baseline.k === 0) return [];
  const text = ({ k, n, median }: typeof treated): string =>
    `${k} of ${n}${k === 0 ? '' : `, median ${median === null ? 'not reached' : formatValue(median, 'epoch')}`}`;
  const reached = [text(treated), text(baseline)] as const;
  const sentence = `${measure.label.charAt(0).toUpperCase()}${measure.label.slice(1)}: reached by ${reached[0]}, with ${contrast.subject}; by ${reached[1]}, with ${contrast.reference}.`;
  return [
    {
      ...shared(contrast, measure),
      sentence,
      estimate: null,
      interval: null,
      method: '',
      n: [treated.n, baseline.n],
      reached,
      improvement: null,
      effectSize: null,
      verdict: null,
      notes: [],
    },
  ];
}

/** The share of diverged runs is a result of its own, for every trial that has one. */
export function divergenceFindings({ cells }: DeclaredFamily): Finding[] {
  return cells.flatMap((cell): Finding[] => {
    const ended = cell.declared - cell.open;
    const share = clopperPearson(cell.diverged, ended);
    if (cell.diverged === 0 || share.status === 'undefined') return [];
    const interval = formatInterval(share.low, share.high, 'accuracy');
    return [
      {
        id: `${cell.trial.name}:diverged`,
        factor: cell.trial.name,
        measure: 'share of diverged runs',
        sentence: `${say.divergedText(cell.diverged, ended)} in the trial ${cell.trial.name}: ${formatValue(share.proportion, 'share')}, 95% Clopper-Pearson interval ${interval}.`,
        estimate: 100 * share.proportion,
        unit: '%',
        interval: { low: 100 * share.low, high: 100 * share.high },
        level: 0.95,
        method: share.method,
        n: [ended],
        improvement: null,
        effectSize: null,
        held: '',
        p: null,
        holmP: null,
        verdict: null,
        family: 'exploratory',
        notes: [],
      },
    ];
  });
}
