/** Labels at the lines' ends: what a reader of a grey print goes by. */

import type { RunGroup } from '../analysis/trials/runGroup.js';
import { maxOf } from '../base/extremes.js';
import { FONT_SIZE, textWidth } from './canvas.js';

/** Pixels from one label to the next. */
const GAP = FONT_SIZE + 2;
/** Wider labels are replaced by letters, which the legend explains. */
const WIDEST = 84;
const LEADER = 15;

export interface EndLabel {
  /** At the line's end. */
  readonly short: string;
  /** In the legend: the letter and what it stands for, or the label itself. */
  readonly long: string;
}

/** The levels themselves where all are short, else a, b, c, ... */
export function endLabels(groups: readonly RunGroup[]): EndLabel[] {
  const nameOf = (group: RunGroup) => (group.isBaseline ? `${group.fullLabel} (baseline)` : group.fullLabel);
  const areShort = groups.every(({ label }) => textWidth(label) <= WIDEST);
  return groups.map((group, i) =>
    areShort
      ? { short: group.label, long: nameOf(group) }
      : { short: letterOf(i), long: `${letterOf(i)}: ${nameOf(group)}` },
  );
}

/** a, b, ..., z, aa, ab, ... */
function letterOf(i: number): string {
  const last = String.fromCharCode(97 + (i % 26));
  return i < 26 ? last : letterOf(Math.floor(i / 26) - 1) + last;
}

/** The right margin that they need. */
export function labelMargin(labels: readonly EndLabel[]): number {
  return LEADER + maxOf([0, ...labels.map(({ short }) => textWidth(short))]) + 6;
}

/** Moves labels apart, as little as can be, within the panel's height; in the order given. */
export function placeLabels<T extends { readonly y: number }>(
  ends: readonly T[],
  [top, bottom]: readonly [number, number],
): (T & { readonly placed: number })[] {
  const order = ends.map((_, i) => i).sort((a, b) => ends[a]!.y - ends[b]!.y || a - b);
  const gap = Math.min(GAP, (bottom - top) / Math.max(1, ends.length - 1));
  const placed = new Array<number>(ends.length);
  let least = top;
  for (const i of order) {
    placed[i] = Math.max(least, Math.min(bottom, ends[i]!.y));
    least = placed[i]! + gap;
  }
  // What was pushed out at the bottom goes back up, and pushes what stands above it.
  let most = bottom;
  for (const i of [...order].reverse()) {
    placed[i] = Math.min(placed[i]!, most);
    most = placed[i]! - gap;
  }
  return ends.map((end, i) => ({ ...end, placed: placed[i]! }));
}
