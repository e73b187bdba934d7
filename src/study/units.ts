/** What numbers measure: how they are stored, how a person writes them, and what a difference of two of them is. */

/** `share`: a fraction shown as per cent; `points`: a difference of accuracies, stored as a fraction. */
export type Unit = 'accuracy' | 'points' | 'loss' | 'epoch' | 'share' | 'number';

export interface UnitDefinition {
  /** A stored number times this is what a person writes and reads: accuracies in per cent, their differences in points. */
  readonly scale: number;
  /** Of a difference of two values. */
  readonly difference: Unit;
  /** As a word: `points`, `nats`; empty where numbers have none. */
  readonly word: string;
}

const UNITS: Readonly<Record<Unit, UnitDefinition>> = {
  accuracy: { scale: 100, difference: 'points', word: 'points' },
  points: { scale: 100, difference: 'points', word: 'points' },
  share: { scale: 100, difference: 'points', word: 'points' },
  loss: { scale: 1, difference: 'loss', word: 'nats' },
  epoch: { scale: 1, difference: 'epoch', word: 'epochs' },
  number: { scale: 1, difference: 'number', word: '' },
};

export function unitOf(unit: Unit): UnitDefinition {
  return UNITS[unit];
}
