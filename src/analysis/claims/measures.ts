/** What a claim speaks of: a measure of a run or a feature of one of its curves, as a number with its unit. */

import { isFinished } from '../measures/curves.js';
import { type Feature, featureOf, type Rival } from '../measures/features.js';
import { measureOf, measurePhrase } from '../measures/measures.js';
import type { CurveFeature, MeasureSpec } from './schema.js';

/** A measure or a feature, as a number per run. */
export interface Quantity extends Feature {
  /** A missing value means later than the end of the run. */
  readonly censored: boolean;
}

/** Of measures whose name alone, outside its table, does not say what the number is. */
const PHRASES: Readonly<Record<string, string>> = {
  accuracyDrop: 'change of the validation accuracy since the epoch of the lowest validation loss',
  overfittingRise: 'rise of the validation loss after its minimum',
  convergenceSpeed: 'convergence speed (mean training accuracy of all epochs)',
  stability: 'fluctuation of the validation accuracy over the last epochs',
};

/** @param rival the other trial of a `lead` */
export function quantityOf(spec: MeasureSpec | CurveFeature, rival?: Rival): Quantity {
  if (typeof spec === 'string') {
    const measure = measureOf(spec);
    return {
      phrase: PHRASES[spec] ?? measurePhrase(measure),
      unit: measure.unit,
      censored: measure.censored,
      namesEpoch: measure.unit === 'epoch',
      of: (run) => finite(measure.needsEnd && !isFinished(run) ? null : measure.of(run)),
    };
  }
  const feature = featureOf(spec, rival ?? { runs: [], label: '' });
  return { censored: false, ...feature, of: (run) => finite(isFinished(run) ? feature.of(run) : null) };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
