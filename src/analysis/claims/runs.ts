/** Claims about the curves themselves: what the numbers of these runs say, and nothing about other seeds. */

import type { CellValues } from './cells.js';
import type { Part } from './parts.js';

/** Differences of this size are rounding of the numbers that were read. */
const ROUNDING = 1e-12;

/** The sum of a part without its offset, or `null` where a cell has no value. */
export function estimateOf(part: Part, cells: readonly CellValues[]): number | null {
  let sum = 0;
  for (const [i, { coefficient }] of part.cells.entries()) {
    const mean = cells[i]!.mean;
    if (mean === null) return null;
    sum += coefficient * mean;
  }
  return sum;
}

/** Whether a part holds of these runs; `null` where it cannot be told, since a cell is only known to be larger. */
export function holdsOfRuns(part: Part, cells: readonly CellValues[]): boolean | null {
  const sum = estimateOf(part, cells);
  if (sum === null) return null;
  const distance = sum - part.offset;
  const unknown = unknownSides(cells);
  if (unknown.above && unknown.below) return null;
  if (part.want === 'within') {
    const margin = part.margin ?? 0;
    const inside = Math.abs(distance) <= margin + ROUNDING;
    if (unknown.above) return distance > margin ? false : null;
    if (unknown.below) return distance < -margin ? false : null;
    return inside;
  }
  const isAbove = part.strict ? distance > ROUNDING : distance >= -ROUNDING;
  const isBelow = part.strict ? distance < -ROUNDING : distance <= ROUNDING;
  if (unknown.above) return isAbove ? part.want === 'above' : null;
  if (unknown.below) return isBelow ? part.want === 'below' : null;
  return part.want === 'above' ? isAbove : isBelow;
}

/** Where the true sum may lie further out than the one computed: a run that did not reach it counts with a least value. */
function unknownSides(cells: readonly CellValues[]): { above: boolean; below: boolean } {
  return {
    above: cells.some(({ isBound, cell }) => isBound && cell.coefficient > 0),
    below: cells.some(({ isBound, cell }) => isBound && cell.coefficient < 0),
  };
}
