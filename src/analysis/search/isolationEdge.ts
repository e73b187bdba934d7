/** Whether a chosen level lies at an edge of what was searched. */

import { maxOf, minOf } from '../../base/extremes.js';
import { withLevels } from '../../study/levels.js';
import type { FactorRange, LevelValue, ResolvedStudy } from '../../study/types.js';

export type Edge = 'lower' | 'upper';

/** Share of a range, on its own scale, that counts as its edge. */
const margin = 0.1;

/**
 * The edge at which a chosen level lies: the least or the largest of listed numbers; of a range, its outer tenth on
 * either side (on the logarithmic scale where it was drawn so). `null` inside, for levels that have no order, and where
 * nothing lies beyond the edge (weight decay 0).
 */
export function edgeOf(study: ResolvedStudy, path: string, value: LevelValue): Edge | null {
  const factor = study.factors.find((one) => one.path === path);
  if (factor === undefined || typeof value !== 'number') return null;
  const { range } = factor;
  const numbers = factor.levels.filter((level) => typeof level === 'number').sort((a, b) => a - b);
  if (range === null && (numbers.length < 2 || numbers.length !== factor.levels.length)) return null;
  const edge = range === null ? listedEdge(numbers, value) : rangeEdge(range, value);
  if (edge === null) return null;
  const [end, next] = range === null ? neighbours(numbers, edge) : ends(range, edge);
  const beyond = end > 0 && next > 0 ? (end * end) / next : 2 * end - next;
  const candidate = [end, next].every(Number.isInteger) ? whole(beyond, end, edge) : beyond;
  return 'configuration' in withLevels(study.baseline, { [path]: candidate }) ? edge : null;
}

function listedEdge(numbers: readonly number[], value: number): Edge | null {
  if (value === numbers[0]) return 'lower';
  return value === numbers.at(-1) ? 'upper' : null;
}

function rangeEdge({ min, max, distribution }: FactorRange, value: number): Edge | null {
  const at =
    distribution === 'log-uniform'
      ? Math.log(value / min) / Math.log(max / min)
      : (value - min) / (max - min);
  if (at <= margin) return 'lower';
  return at >= 1 - margin ? 'upper' : null;
}

/** The listed number at the edge, and its neighbour. */
function neighbours(numbers: readonly number[], edge: Edge): readonly [number, number] {
  const ordered = edge === 'lower' ? numbers : [...numbers].reverse();
  return [ordered[0]!, ordered[1]!];
}

function ends({ min, max }: FactorRange, edge: Edge): readonly [number, number] {
  return edge === 'lower' ? [min, max] : [max, min];
}

/** A whole number beyond the edge. */
function whole(beyond: number, end: number, edge: Edge): number {
  return edge === 'lower' ? Math.min(end - 1, Math.round(beyond)) : Math.max(end + 1, Math.round(beyond));
}

/**
 * The part of a range beyond a chosen level in which nothing was drawn: of few draws the best is often the outermost.
 * `null` for inner draws, listed levels, and where the level lies at the range's edge itself.
 */
export function untriedBeyond(
  study: ResolvedStudy,
  path: string,
  value: LevelValue,
): readonly [number, number] | null {
  const factor = study.factors.find((one) => one.path === path);
  if (factor === undefined || factor.range === null || typeof value !== 'number') return null;
  const { levels, range } = factor;
  if (rangeEdge(range, value) !== null) return null;
  const drawn = levels.filter((level) => typeof level === 'number');
  if (drawn.length < 2) return null;
  if (value === minOf(drawn)) return [range.min, value];
  return value === maxOf(drawn) ? [value, range.max] : null;
}
