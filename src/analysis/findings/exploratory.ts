/** Measures that were not declared: intervals, and at most the word "suggests". And the share of diverged runs. */

import { clopperPearson } from '../../stats/clopperPearson.js';
import { unitOf } from '../../study/units.js';
import { declaredMeasure, type Measure, measureOf } from '../measures/measures.js';
import type { GroupedStudy } from '../trials/study.js';
import { summarizeLevel } from '../trials/summary.js';
import { formatInterval, formatValue } from '../words/format.js';
import type { Finding, ReachedFinding, ShareFinding } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import { measureContrast } from './decide.js';
import { comparedIn, type DeclaredContrast, type DeclaredFamily } from './family.js';
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
export function exploratoryFindings({ records: { study } }: GroupedStudy, family: DeclaredFamily): Finding[] {
  if (study.seeds.length < 2) return [];
  const declared = declaredMeasure(study.metric);
  const measures = EXPLORED.filter((id) => id !== declared.id).map(measureOf);
  return family.contrasts
    .filter(({ kind, problem }) => kind !== 'interaction' && problem === null)
    .flatMap((contrast) =>
      measures.flatMap((measure) =>
        measure.censored ? censoredFinding(contrast, measure) : exploratoryFinding(study, contrast, measure),
      ),
    );
}

function exploratoryFinding(
  study: GroupedStudy['records']['study'],
  contrast: DeclaredContrast,
  measure: Measure,
): Finding[] {
  const { estimate, interval, method, n, improvement, effectSize } = measureContrast(
    study,
    contrast,
    measure,
  );
  if (estimate === null || interval === null) return [];
  const diverged = contrast.cells.some(({ cell }) => cell.counts.diverged > 0);
  const open = contrast.cells.some(({ cell }) => cell.open > 0);
  const suggests = !diverged && !open && (interval.low > 0 || interval.high < 0);
  return [
    {
      ...about(contrast, measure),
      kind: 'difference',
      sentence: say.exploratorySentence(contrast, { estimate, interval }, measure, suggests),
      unit: unitOf(measure.unit).difference,
      estimate,
      interval,
      level: 0.95,
      method,
      n,
      improvement: measure.goal === 'none' ? null : improvement,
      effectSize,
      held: contrast.held,
      p: null,
      holmP: null,
      verdict: suggests ? VERDICT.suggests : null,
      notes: [
        ...(diverged ? ['Of the runs that finished: some runs diverged.'] : []),
        ...(open ? ['So far: the declared seeds are not complete.'] : []),
      ],
    },
  ];
}

function about(contrast: DeclaredContrast, measure: Measure) {
  return {
    id: `${contrast.id}:${measure.id}`,
    factor: contrast.factor,
    measure: measure.id,
    contrast: comparedIn(contrast),
    family: 'exploratory',
  } as const;
}

/** Epochs to a threshold: how many runs reached it, and the median; no difference, because values are missing. */
function censoredFinding(contrast: DeclaredContrast, measure: Measure): ReachedFinding[] {
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
  const n = [treated.n, baseline.n];
  return [{ ...about(contrast, measure), kind: 'reached', sentence, n, reached, verdict: null, notes: [] }];
}

/** The share of diverged runs is a result of its own, for every trial that has one. */
export function divergenceFindings({ trials }: GroupedStudy): ShareFinding[] {
  return trials.flatMap(({ name, ended, counts }): ShareFinding[] => {
    const share = clopperPearson(counts.diverged, ended);
    if (counts.diverged === 0 || share.status === 'undefined') return [];
    const { proportion, low, high, level, method } = share;
    return [
      {
        kind: 'share',
        id: `${name}:diverged`,
        factor: name,
        measure: 'share of diverged runs',
        sentence: `${say.divergedText(counts.diverged, ended)} in the trial ${name}: ${formatValue(proportion, 'share')}, 95% ${method} interval ${formatInterval(low, high, 'accuracy')}.`,
        share: proportion,
        interval: { low, high },
        level,
        method,
        n: [ended],
        verdict: null,
        family: 'exploratory',
        notes: [],
      },
    ];
  });
}
