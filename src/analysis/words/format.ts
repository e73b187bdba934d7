/** How numbers are written, the same in every table, figure and sentence. */

import type { Unit } from '../../study/units.js';

export type { Unit } from '../../study/units.js';

export const ABSENT = '–';

/**
 * `57.97%`, `2.51 points`, `3.966`, epoch `12`; a dash where there is no number.
 * @param decimals those of the column that it stands in (`commonDecimals`); without it, as many as it needs by itself
 */
export function formatValue(
  value: number | null | undefined,
  unit: Unit,
  decimals: number | null = null,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT;
  if (unit === 'loss' && Math.abs(value) >= MOST_LOSS) return value > 0 ? '> 1e6' : '< −1e6';
  // Decimals of its column say nothing of a number of thousands.
  if (decimals !== null) return minus(value.toFixed(Math.abs(value) >= 1000 ? 0 : decimals));
  switch (unit) {
    case 'accuracy':
      return `${minus((value * 100).toFixed(2))}%`;
    case 'points':
      return `${minus((value * 100).toFixed(2))} points`;
    case 'share':
      return `${minus((value * 100).toFixed(0))}%`;
    case 'loss':
      return formatLoss(value);
    case 'epoch':
      return minus(Number.isInteger(value) ? String(value) : value.toFixed(1));
    case 'number':
      return formatNumber(value);
    default:
      return unit satisfies never;
  }
}

/** A loss beyond it says that training exploded, and no digit of it says more: the CSV files have it. */
const MOST_LOSS = 1e6;

/** More of them would be noise beside large numbers, and zeros beside small ones are told by the CSV. */
const MOST_DECIMALS = 5;

/**
 * The decimals that all numbers of a column get, so that they can be compared: as many as the one that needs most.
 * `null` where the unit has its own (accuracies and points two, shares none) or a number needs an exponent.
 */
export function commonDecimals(values: readonly (number | null)[], unit: Unit): number | null {
  if (unit === 'accuracy' || unit === 'points' || unit === 'share') return null;
  const texts = values.flatMap((value) =>
    value === null || !Number.isFinite(value) || (unit === 'loss' && Math.abs(value) >= MOST_LOSS)
      ? []
      : [formatValue(value, unit)],
  );
  if (texts.length === 0 || texts.some((text) => text.includes('e'))) return null;
  const most = texts.reduce((so, text) => Math.max(so, text.split('.')[1]?.length ?? 0), 0);
  return Math.min(MOST_DECIMALS, most);
}

/** Three decimals, or three significant digits where three decimals would say too little or too much. */
function formatLoss(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || (size !== 0 && size < 1e-4)) return formatNumber(value);
  return minus(size !== 0 && size < 0.0995 ? value.toPrecision(3) : value.toFixed(3));
}

/** Three significant digits, without trailing exponents where a plain number is readable. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return ABSENT;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return minus(value.toExponential(2));
  if (size >= 1000) return minus(value.toFixed(0));
  return minus(String(Number(value.toPrecision(3))));
}

/** p-values: `0.013`, `< 0.001`. */
export function formatP(p: number | null): string {
  if (p === null || !Number.isFinite(p)) return ABSENT;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/**
 * `[55.10, 56.72]` in the unit of the value, the sign of per cent or points once, after the bracket. Of an accuracy no
 * further than 0 and 100%, beyond which there is none.
 */
export function formatInterval(
  low: number,
  high: number,
  unit: Unit,
  decimals: number | null = null,
): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return ABSENT;
  if (unit === 'accuracy' || unit === 'points') {
    const suffix = unit === 'accuracy' ? '%' : ' points';
    const [from, to] = unit === 'accuracy' ? [Math.max(0, low), Math.min(1, high)] : [low, high];
    return `[${minus((from * 100).toFixed(2))}, ${minus((to * 100).toFixed(2))}]${suffix}`;
  }
  return `[${formatValue(low, unit, decimals)}, ${formatValue(high, unit, decimals)}]`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(parts: readonly string[]): string {
  if (parts.length <= 1) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

/** Sentence case: the first letter large. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1 run`, `2 runs`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** A true minus sign; no minus before a zero. */
function minus(text: string): string {
  if (/^-0(\.0*)?$/.test(text)) return text.slice(1);
  return text.replace(/^-/, '−');
}

/** Ascending whole numbers: `6 to 9, 12`; above six ranges the rest is left out: `...`. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const one of numbers) {
    const open = ranges.at(-1);
    if (open !== undefined && open[1] === one - 1) open[1] = one;
    else ranges.push([one, one]);
  }
  const texts = ranges.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  return texts.length > 6 ? `${texts.slice(0, 6).join(', ')}, ...` : texts.join(', ');
}
