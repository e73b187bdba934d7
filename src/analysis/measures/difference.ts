/** How differences of a measure are written. */

import { unitOf } from '../../study/units.js';
import type { Unit } from '../words/format.js';
import type { Measure } from './measures.js';

export interface DifferenceUnit {
  readonly unit: Unit;
  /** A stored difference times this is what a person reads: points of accuracies that are stored as fractions. */
  readonly scale: number;
  /** `points`; empty where it has none. */
  readonly word: string;
}

export function differenceOf(measure: Measure): DifferenceUnit {
  const { difference: unit } = unitOf(measure.unit);
  const { scale, word } = unitOf(unit);
  return { unit, scale, word };
}
