/** Intervals and values that lie in rows along a horizontal axis; what lies beyond the axis is marked at its border. */

import * as Plot from '@observablehq/plot';
import type { Spread } from './valueRange.js';

export interface SpreadRow extends Spread {
  /** Of the band scale. */
  readonly y: string;
}

export interface SpreadLook {
  readonly stroke: string;
  /** Height of a row in pixels. */
  readonly row: number;
  /** Pixels below the row's middle. */
  readonly dy?: number;
}

const CAP = 10;
/** A triangle points up: turned, it points out of the axis. */
const OUTWARD = { low: -90, high: 90 } as const;

/** A bar with a cap at each end; an arrow in place of the cap where the interval goes on beyond the axis. */
export function intervalMarks(
  rows: readonly SpreadRow[],
  [from, to]: readonly [number, number],
  { stroke, row, dy = 0 }: SpreadLook,
): Plot.Markish[] {
  const known = rows.filter(({ low, high }) => low !== null && high !== null);
  const clamp = (value: number | null) => Math.min(to, Math.max(from, value ?? from));
  const inset = { insetTop: row / 2 - CAP / 2, insetBottom: row / 2 - CAP / 2 };
  const line = { stroke, strokeWidth: 1.8, dy };
  const bar = Plot.ruleY(known, {
    y: 'y',
    x1: ({ low }) => clamp(low),
    x2: ({ high }) => clamp(high),
    ...line,
  });
  const ends = (['low', 'high'] as const).flatMap((end) => {
    const isWithin = (one: SpreadRow) => clamp(one[end]) === one[end];
    return [
      Plot.tickX(known.filter(isWithin), { x: end, y: 'y', ...inset, ...line }),
      ...outwardMarks(
        known.filter((one) => !isWithin(one)).map(({ y, [end]: value }) => ({ y, value: value ?? from })),
        [from, to],
        { stroke, row, dy },
      ),
    ];
  });
  return [bar, ...ends];
}

/** A triangle at the border for every value beyond the axis; nothing for the others. */
export function outwardMarks(
  rows: readonly { readonly y: string; readonly value: number }[],
  [from, to]: readonly [number, number],
  { stroke, dy = 0 }: SpreadLook,
): Plot.Markish[] {
  return (['low', 'high'] as const).flatMap((end) => {
    const own = rows.filter(({ value }) => (end === 'low' ? value < from : value > to));
    if (own.length === 0) return [];
    const x = end === 'low' ? from : to;
    const look = { symbol: 'triangle', r: 4.5, fill: stroke, rotate: OUTWARD[end], dy } as const;
    return [Plot.dot(own, { x: () => x, y: 'y', ...look })];
  });
}
