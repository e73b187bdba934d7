/** The bootstrap interval of a contrast over seeds, where there are enough of them. */

import { bootstrapInterval, SMALLEST_BOOTSTRAP_SAMPLE } from '../../stats/bootstrap.js';
import type { Measure } from '../measures/measures.js';
import type { Measured } from './decide.js';
import type { DeclaredContrast } from './family.js';
import { range } from './sentences.js';

/**
 * The BCa interval over seeds beside the t-interval, one sentence; none below 30 values in any cell, where a bootstrap
 * covers too little. Paired studies resample seeds, others each cell on its own.
 */
export function bootstrapNotes(
  contrast: DeclaredContrast,
  { values, interval, method }: Measured,
  measure: Measure,
): string[] {
  if (interval === null || values.some((cell) => cell.length < SMALLEST_BOOTSTRAP_SAMPLE)) return [];
  const weights = contrast.cells.map(({ coefficient }) => coefficient);
  const paired = method === 'paired t';
  const result = paired
    ? bootstrapInterval([values[0]!.map((_, seed) => weighted(weights, (i) => values[i]![seed]!))])
    : bootstrapInterval(values, (samples) => weighted(weights, (i) => meanOf(samples[i]!)));
  if (result.status === 'undefined') return [];
  return [
    `95% ${result.method} interval over seeds: ${range(result, measure)}; the verdict rests on the t-test.`,
  ];
}

function weighted(weights: readonly number[], of: (i: number) => number): number {
  return weights.reduce((sum, weight, i) => sum + weight * of(i), 0);
}

/** Without the checks of `mean`: it runs once per resample, of values that are known to be finite. */
function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
