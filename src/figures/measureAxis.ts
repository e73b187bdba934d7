/** The axis of a measure: how far it can reach, and the text of its ticks. */

import type { Measure } from '../analysis/measures/measures.js';

/** No accuracy or share lies outside of 0 and 1. */
export function boundsOf({ unit }: Measure): { readonly bounds?: readonly [number, number] } {
  return unit === 'accuracy' || unit === 'share' ? { bounds: [0, 1] } : {};
}

/** `57.5%` for accuracies, `2.5` for points and losses. */
export function measureTick(value: number, measure: Measure): string {
  if (measure.unit === 'accuracy' || measure.unit === 'share') return `${+(value * 100).toFixed(2)}%`;
  const number = measure.unit === 'points' ? (value * 100).toFixed(2) : value.toPrecision(6);
  return String(Number(number)).replace('-', '−');
}
