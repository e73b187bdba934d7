/** The axis of a measure: its domain and the text of its ticks. */

import type { Measure } from '../analysis/measures/measures.js';
import type { LevelSummary } from '../analysis/trials/summary.js';

/** From the lowest to the highest value or bound, with a margin; never empty, also for one value or equal ones. */
export function valueDomain(summaries: readonly LevelSummary[]): [number, number] {
  return domainOf(
    summaries.flatMap((summary) => [
      ...summary.values,
      ...(summary.interval === null ? [] : [summary.interval.low, summary.interval.high]),
    ]),
  );
}

/** The same of single values without intervals; accuracies and shares stay between 0 and 1. */
export function pointDomain(summaries: readonly LevelSummary[], { unit }: Measure): [number, number] {
  const [low, high] = domainOf(summaries.flatMap(({ values }) => values));
  return unit === 'accuracy' || unit === 'share' ? [Math.max(0, low), Math.min(1, high)] : [low, high];
}

function domainOf(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const margin = (high - low) * 0.12 || Math.abs(low) * 0.05 || 0.5;
  return [low - margin, high + margin];
}

/** `57.5%` for accuracies, `2.5` for points and losses. */
export function measureTick(value: number, measure: Measure): string {
  if (measure.unit === 'accuracy' || measure.unit === 'share') return `${+(value * 100).toFixed(2)}%`;
  if (measure.unit === 'points') return String(+(value * 100).toFixed(2));
  return String(+value.toPrecision(6));
}

/** No accuracy or share lies outside of 0 and 1. */
export function boundsOf({ unit }: Measure): { readonly bounds?: readonly [number, number] } {
  return unit === 'accuracy' || unit === 'share' ? { bounds: [0, 1] } : {};
}
