/** What a claim speaks of: a measure of a run or a feature of one of its curves, as a number with its unit. */

import type { LoadedRun } from '../../store/records.js';
import { declaredAt, declaredMetrics, ownMetricNames } from '../../study/studyMetrics.js';
import type { ResolvedStudy } from '../../study/types.js';
import { isFinished } from '../measures/curves.js';
import { type Feature, featureOf, type Rival } from '../measures/features.js';
import { measureOf, measurePhrase } from '../measures/measures.js';
import type { CurveFeature, MeasureSpec } from './schema.js';

/** A measure or a feature, as a number per run. */
export interface Quantity extends Feature {
  /** Whether a missing value of a run means later than its end. */
  readonly isLater: (run: LoadedRun) => boolean;
}

/** What a study tells of its metrics. */
export type MetricsOfStudy = Pick<ResolvedStudy, 'metric' | 'selection' | 'trainer'>;

/** Of measures whose name alone, outside its table, does not say what the number is. */
const PHRASES: Readonly<Record<string, string>> = {
  accuracyDrop: 'change of the validation accuracy since the epoch of the lowest validation loss',
  overfittingRise: 'rise of the validation loss after its minimum',
  convergenceSpeed: 'convergence speed (mean training accuracy of all epochs)',
  stability: 'fluctuation of the validation accuracy over the last epochs',
};

/**
 * @param study whose metrics may have names of their own
 * @param rival the other trial of a `lead`
 */
export function quantityOf(
  spec: MeasureSpec | CurveFeature,
  study: MetricsOfStudy | null,
  rival?: Rival,
): Quantity {
  const declared = study === null ? {} : declaredMetrics(study);
  if (typeof spec === 'string') {
    const measure = measureOf(measureIdOf(spec, study), declared);
    return {
      phrase: PHRASES[spec] ?? measurePhrase(measure),
      unit: measure.unit,
      isLater: (run) => measure.censored && (measure.isMeasured?.(run) ?? true),
      namesEpoch: measure.unit === 'epoch',
      of: (run) => finite(measure.needsEnd && !isFinished(run) ? null : measure.of(run)),
    };
  }
  const feature = featureOf(spec, rival ?? { runs: [], label: '' }, declared);
  return { isLater: () => false, ...feature, of: (run) => finite(isFinished(run) ? feature.of(run) : null) };
}

/** `valid/f1.last` of `valid/f1`, which the study knows by that name; every other text is the id of a measure. */
export function measureIdOf(spec: string, study: MetricsOfStudy | null): string {
  if (study === null || !ownMetricNames(study).includes(spec)) return spec;
  return `${spec}.${declaredAt(study, spec)}`;
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
