/** Measures that were not declared: intervals, and at most the word "suggests". */

import { unitOf } from '../../study/units.js';
import { lengthObstacle } from '../measures/lengths.js';
import { declaredMeasure, type Measure, measureOf } from '../measures/measures.js';
import type { GroupedStudy } from '../trials/study.js';
import { summarizeLevel } from '../trials/summary.js';
import { formatValue } from '../words/format.js';
import type { Finding, ReachedFinding } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';
import { measureContrast } from './decide.js';
import { effectsOf } from './depends.js';
import { comparedIn, type DeclaredContrast, type DeclaredFamily } from './family.js';
import { heldText } from './held.js';
import * as say from './sentences.js';
import type { SimpleEffects } from './simple.js';
import { untrainedIn } from './untrained.js';

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

/**
 * Every level against its reference on the other measures. None with one seed: there are no intervals to give.
 * @param effects behind confirmed interactions
 */
export function exploratoryFindings(
  grouped: GroupedStudy,
  family: DeclaredFamily,
  effects: readonly SimpleEffects[],
): Finding[] {
  const { records, troubles } = grouped;
  const { study } = records;
  if (study.seeds.length < 2) return [];
  const declared = declaredMeasure(study.metric);
  const measures = EXPLORED.filter((id) => id !== declared.id).map((id) => measureOf(id));
  const collapsedTrials = new Set([...troubles.collapsed].map(({ record }) => record.trialName));
  return family.contrasts
    .filter(({ kind, problem }) => kind !== 'interaction' && problem === null)
    .flatMap((contrast) =>
      measures.flatMap((measure) =>
        measure.censored
          ? censoredFinding(contrast, measure)
          : exploratoryFinding(study, contrast, measure, {
              isMixed: contrast.cells.length > 2 && effectsOf(contrast, effects) !== undefined,
              isBroken: hasCollapsed(contrast, collapsedTrials),
              isUntrained: untrainedIn(grouped, contrast).length > 0,
            }),
      ),
    );
}

/** What speaks against a comparison before its numbers are known. */
interface Caveats {
  readonly isMixed: boolean;
  readonly isBroken: boolean;
  readonly isUntrained: boolean;
}

const hasCollapsed = ({ cells }: DeclaredContrast, trials: ReadonlySet<string>) =>
  cells.some(({ cell }) => trials.has(cell.name));

function exploratoryFinding(
  study: GroupedStudy['records']['study'],
  contrast: DeclaredContrast,
  measure: Measure,
  { isMixed, isBroken, isUntrained }: Caveats,
): Finding[] {
  // A difference of runs of other lengths would be one of their lengths.
  const runs = contrast.cells.flatMap(({ cell }) => cell.runs);
  if (lengthObstacle(runs, measure) !== null) return [];
  const { estimate, interval, method, n, improvement, effectSize } = measureContrast(
    study,
    contrast,
    measure,
  );
  if (estimate === null || interval === null) return [];
  const diverged = contrast.cells.some(({ cell }) => cell.counts.diverged > 0);
  const open = contrast.cells.some(({ cell }) => cell.open > 0);
  const suggests = !diverged && !open && !isBroken && !isUntrained && (interval.low > 0 || interval.high < 0);
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
      improvement: measure.goal === 'none' || isMixed ? null : improvement,
      effectSize,
      held: heldText(contrast.held),
      tuned: contrast.held.tuned,
      p: null,
      holmP: null,
      verdict: suggests ? VERDICT.suggests : null,
      notes: [
        ...(diverged ? ['Of the runs that finished: some runs diverged.'] : []),
        ...(isBroken ? ['Of the runs that did not collapse: some runs collapsed.'] : []),
        ...(isUntrained ? ['With runs that did not learn: no effect among runs that train.'] : []),
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
