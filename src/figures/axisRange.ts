/** How far an axis reaches: one rule for all curves, which no few epochs of a single run can upset. */

import { median } from 'd3-array';

export interface AxisRange {
  readonly domain: readonly [number, number];
  readonly scale: 'linear' | 'log';
  /** Values beyond the domain: they are drawn at its border, and marked. */
  readonly beyond: number;
}

/** A spike is so many times the median of the epochs around it, ... */
const OVER_ITS_NEIGHBOURS = 3;
const EPOCHS_TO_EACH_SIDE = 3;
/** ... and so many times a typical first epoch. */
const OVER_THE_START = 2;
/** What lies so many times above a typical first epoch is of a run that did not learn: all else would be a flat line. */
const MOST_OVER_THE_START = 20;
/** Values of runs that did not learn stretch an axis to so many times what the others need. */
const STRETCH = 1.25;
/** An axis becomes logarithmic where more than this share of all values lies in its lowest twentieth. */
const CROWDED_SHARE = 0.5;
const LOWEST_PART = 1 / 20;
const MARGIN = 1.04;

/**
 * The axis of curves of values from 0 on. It holds every value but spikes: those that are both over three times the median
 * of the three epochs to each side and over twice the median first value of all curves. A curve's last value is never a
 * spike. Nor does it hold what lies over twenty times that first value. Where more than half of all values, all of them
 * positive, would lie in the lowest twentieth of that axis, it is logarithmic and holds the spikes below that too.
 * @param dead curves of runs that did not learn: they stretch the axis of the others by a quarter at most, so that what has
 * been learned can be seen; all that there is where none of the others has a value
 */
export function axisRange(
  curves: readonly (readonly number[])[],
  dead: readonly (readonly number[])[] = [],
): AxisRange {
  if (!curves.some((curve) => curve.some(Number.isFinite))) return rangeOf(dead);
  return stretched(rangeOf(curves), dead.flat().filter(Number.isFinite));
}

function stretched({ domain: [low, high], scale, beyond }: AxisRange, dead: readonly number[]): AxisRange {
  const isNear = (value: number) => value <= STRETCH * high && (scale === 'linear' || value > 0);
  const near = dead.filter(isNear);
  const top = near.reduce((most, value) => Math.max(most, value * MARGIN), high);
  const bottom =
    scale === 'linear' ? low : near.reduce((least, value) => Math.min(least, value / MARGIN), low);
  return { domain: [bottom, top], scale, beyond: beyond + dead.filter((value) => value > top).length };
}

function rangeOf(curves: readonly (readonly number[])[]): AxisRange {
  const known = curves.map((curve) => curve.filter(Number.isFinite)).filter((curve) => curve.length > 0);
  const values = known.flat();
  if (values.length === 0) return { domain: [0, 1], scale: 'linear', beyond: 0 };
  const start = median(known, (curve) => curve[0]) ?? 0;
  const most = start > 0 ? MOST_OVER_THE_START * start : Number.POSITIVE_INFINITY;
  const held = known.map((curve) => curve.filter((value) => value <= most));
  const top = held.reduce((top, curve) => Math.max(top, highestOf(curve, OVER_THE_START * start)), 0);
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const crowded = values.filter((value) => value < top * LOWEST_PART).length;
  if (low > 0 && crowded > CROWDED_SHARE * values.length) {
    const high = held.flat().reduce((high, value) => Math.max(high, value), 0);
    return {
      domain: [low / MARGIN, high * MARGIN],
      scale: 'log',
      beyond: values.filter((value) => value > most).length,
    };
  }
  const end = top > 0 ? top * MARGIN : 1;
  return { domain: [0, end], scale: 'linear', beyond: values.filter((value) => value > end).length };
}

/** The axis of curves of any values: of values from 0 on as `axisRange` has it, else from the lowest to the highest. */
export function wholeRange(
  curves: readonly (readonly number[])[],
  dead: readonly (readonly number[])[] = [],
): AxisRange {
  const values = [...curves, ...dead].flat().filter(Number.isFinite);
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  if (values.length === 0 || low >= 0) return axisRange(curves, dead);
  const high = values.reduce((most, value) => Math.max(most, value), low);
  const margin = (high - low || Math.abs(low)) * (MARGIN - 1);
  return { domain: [low - margin, high + margin], scale: 'linear', beyond: 0 };
}

/** The highest value of a curve that is no spike; `least`: below it nothing is. */
function highestOf(curve: readonly number[], least: number): number {
  return curve.reduce((most, value, i) => {
    if (value <= most || (value > least && isAlone(curve, i))) return most;
    return value;
  }, 0);
}

function isAlone(curve: readonly number[], i: number): boolean {
  if (i === curve.length - 1) return false;
  const before = curve.slice(Math.max(0, i - EPOCHS_TO_EACH_SIDE), i);
  const around = [...before, ...curve.slice(i + 1, i + 1 + EPOCHS_TO_EACH_SIDE)];
  return curve[i]! > OVER_ITS_NEIGHBOURS * (median(around) ?? 0);
}

/** A logarithmic axis holds what lies within so many powers of ten of the median. */
const DECADES = 4;

/** The axis of positive values over many powers of ten, as of gradients: those far from the median are beyond. */
export function logRange(curves: readonly (readonly number[])[]): AxisRange {
  const values = curves.flat().filter((value) => Number.isFinite(value) && value > 0);
  const middle = median(values);
  if (middle === undefined) return { domain: [0.1, 10], scale: 'log', beyond: 0 };
  const isHeld = (value: number) => Math.abs(Math.log10(value / middle)) <= DECADES;
  const held = values.filter(isHeld);
  const low = held.reduce((a, b) => Math.min(a, b));
  const high = held.reduce((a, b) => Math.max(a, b));
  const margin = low === high ? 2 : 1.15;
  return {
    domain: [low / margin, high * margin],
    scale: 'log',
    beyond: values.length - held.length,
  };
}
