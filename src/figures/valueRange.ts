/** How far an axis of values with intervals reaches: one rule for all of them, which no single level can upset. */

import { median, sort } from 'd3-array';
import { maxOf } from '../base/extremes.js';

/** A value with its interval, `null` where there is none. */
export interface Spread {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface ValueRange {
  readonly domain: readonly [number, number];
  /** Values and ends of intervals beyond the domain: they are drawn at its border, and marked. */
  readonly beyond: number;
}

export interface RangeOptions {
  /** What distances are measured from: 0 of differences; the median of the values unless given. */
  readonly centre?: number;
  /** Values that the axis holds whatever they are: the ends of a band. */
  readonly keep?: readonly number[];
  /** No value can lie beyond: 0 and 1 of an accuracy. */
  readonly bounds?: readonly [number, number];
}

/** A value so many times as far out as is typical is beyond, ... */
const FAR = 12;
/** ... where there are so many different ones at least, or a centre to measure from: of three levels, one is often the result. */
const MANY = 6;
/** An interval is cut at so many times the distance of the farthest value that is drawn, or so many typical half widths beyond it. */
const INTERVAL_REACH = 2;
const MARGIN = 0.06;

/**
 * The axis of single values and intervals. It holds every value, but of six and more different ones, and of differences, not
 * those that lie more than twelve times as far from the centre as is typical (the median distance, or the median half width
 * of the intervals where that is larger), and the intervals up to twice the distance of the farthest value that it holds, or
 * to twice the typical half width beyond that value: intervals of values that lie close together are not cut for that.
 */
export function valueRange(
  spreads: readonly Spread[],
  { centre, keep = [], bounds }: RangeOptions = {},
): ValueRange {
  const values = spreads.flatMap(({ value }) => (value === null ? [] : [value])).filter(Number.isFinite);
  const ends = spreads.flatMap(({ low, high }) => [low, high].filter((end) => end !== null));
  const middle = centre ?? median(values) ?? 0;
  const distance = (value: number) => Math.abs(value - middle);
  const halves = spreads.flatMap(({ low, high }) =>
    low === null || high === null ? [] : [(high - low) / 2],
  );
  const typical = Math.max(median(values, distance) ?? 0, median(halves) ?? 0, maxOf(keep.map(distance)));
  const isHeld = (value: number) => distance(value) <= FAR * typical;
  const hasTypical = typical > 0 && (centre !== undefined || new Set(values).size >= MANY);
  const near = hasTypical ? values.filter(isHeld) : values;
  const farthest = [...near, ...keep].reduce((most, one) => Math.max(most, distance(one)), 0);
  // Of two intervals the narrower one is typical.
  const half = sort(halves)[Math.ceil(halves.length / 2) - 1] ?? 0;
  const reach = Math.max(INTERVAL_REACH * farthest, farthest + INTERVAL_REACH * half);
  const cut = (end: number) => (reach === 0 ? end : Math.min(middle + reach, Math.max(middle - reach, end)));
  const held = [middle, ...near, ...keep, ...ends.map(cut)];
  const low = held.reduce((a, b) => Math.min(a, b));
  const high = held.reduce((a, b) => Math.max(a, b));
  const margin = (high - low) * MARGIN || Math.abs(low) * 0.05 || 0.5;
  const domain = within([low - margin, high + margin], bounds);
  const isBeyond = (value: number) => value < domain[0] || value > domain[1];
  return { domain, beyond: [...values, ...ends].filter(isBeyond).length };
}

function within([low, high]: [number, number], bounds: RangeOptions['bounds']): [number, number] {
  return bounds === undefined ? [low, high] : [Math.max(bounds[0], low), Math.min(bounds[1], high)];
}
