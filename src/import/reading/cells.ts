/** One cell -> a number, a gap, something not finite, or no number at all. */

import type { Cell } from '../formats/format.js';

const GAPS = new Set([
  ...['', 'none', 'na', 'n/a', 'n.a.', '#n/a', '<na>', 'null', 'nil', 'nat', 'undefined', 'missing'],
  ...['?', '.'],
]);
/** `-`, `--`, a dash, and the rule under the header of a table in Markdown. */
const DASHES = /^:?[-\u2013\u2014]+:?$/;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const NOT_FINITE = /^([-+]?)(nan(?:\(\w*\))?|inf(?:inity)?|\u221e|1\.#(?:inf|[qs]?nan|ind)\d*)$/i;

/**
 * `null` is a gap (nothing was written there); NaN and the infinities are what they are; `undefined` is no number.
 * A per cent sign is not looked at: `1.5%` is 1.5.
 */
export function numberIn(cell: Cell, decimal: 'point' | 'comma'): number | null | undefined {
  switch (typeof cell) {
    case 'number':
      return cell;
    case 'bigint':
      return Number(cell);
    case 'string':
      return numberOfText(cell, decimal);
    case 'boolean':
      return undefined;
    default:
      return null;
  }
}

function numberOfText(cell: string, decimal: 'point' | 'comma'): number | null | undefined {
  let text = cell.trim();
  if (text.endsWith('%')) text = text.slice(0, -1).trimEnd();
  if (decimal === 'comma' && text.includes(',') && !text.includes('.')) text = text.replace(',', '.');
  if (NUMBER.test(text)) return Number(text);
  if (GAPS.has(text.toLowerCase()) || DASHES.test(text)) return null;
  const special = NOT_FINITE.exec(text);
  if (special === null) return undefined;
  if (/nan|ind/i.test(special[2]!)) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

export function hasPercentSign(cell: Cell): boolean {
  return typeof cell === 'string' && cell.trimEnd().endsWith('%');
}

/** A cell as it is shown and told apart: `0.10` and `0.1` are two texts. */
export function cellText(cell: Cell): string {
  return cell === null || cell === undefined ? '' : String(cell).trim();
}

/** A text that is kept: cells are slices, and each would keep the whole piece of the file that it was cut from. */
export function ownCopy(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
