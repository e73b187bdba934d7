/** Whether runs can be compared: lengths, gaps, late starts, validations, and runs that are one run twice. */

import { rangesText } from '../analysis/words/format.js';
import { levelKey, levelsLabel } from '../analysis/words/labels.js';
import type { LevelValue } from '../study/types.js';
import type { RunCurves } from './reading/curves.js';

export interface CheckedRun extends Pick<RunCurves, 'epochs' | 'values'> {
  readonly name: string;
  readonly levels: Readonly<Record<string, LevelValue>>;
  readonly seed: number;
  readonly diverged: boolean;
}

export const some = (names: readonly string[]) =>
  `${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}`;

const lastEpoch = ({ epochs }: CheckedRun) => epochs.at(-1) ?? 0;

/** Runs with the same key, in order. */
function grouped<K>(runs: readonly CheckedRun[], keyOf: (run: CheckedRun) => K): Map<K, CheckedRun[]> {
  const groups = new Map<K, CheckedRun[]>();
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  return groups;
}

const namesOf = (runs: readonly CheckedRun[]) => some(runs.map(({ name }) => name));

/** One sentence for each way in which runs of one study differ in what was measured when. */
export function lengthNotes(runs: readonly CheckedRun[], finished: string | undefined): string[] {
  const whole = runs.filter(({ diverged }) => !diverged);
  const byEnd = grouped(whole, lastEpoch);
  const ends = [...byEnd.keys()].sort((a, b) => a - b);
  const notes: string[] = [];
  if (ends.length > 1) {
    const longest = ends.at(-1)!;
    const shorter = ends.slice(0, -1).map((end) => `epoch ${end}: ${namesOf(byEnd.get(end)!)}`);
    notes.push(
      finished === undefined
        ? `runs differ in length: ${byEnd.get(longest)!.length} of ${whole.length} end at epoch ${longest}, others earlier (${shorter.join('; ')}); --until ${ends[0]} compares all to that epoch, --finished 'early stopping' says that they ended by design`
        : `${shorter.join('; ')}: ended before epoch ${longest} by design (${finished})`,
    );
  }
  return [...notes, ...startNotes(whole), ...gapNotes(whole), ...validationNotes(whole)];
}

function startNotes(runs: readonly CheckedRun[]): string[] {
  const first = runs.reduce((least, { epochs }) => Math.min(least, epochs[0] ?? 1), Number.POSITIVE_INFINITY);
  const late = runs.filter(({ epochs }) => (epochs[0] ?? first) > first);
  return late.length === 0
    ? []
    : [
        `runs start late: ${some(late.map(({ name, epochs }) => `${name} at epoch ${epochs[0]}`))}, others at ${first}`,
      ];
}

/** Epochs that some runs have and others of the same length lack. */
function gapNotes(runs: readonly CheckedRun[]): string[] {
  const all = new Set<number>();
  for (const { epochs } of runs) for (const epoch of epochs) all.add(epoch);
  const sorted = Float64Array.from(all).sort();
  const lacking = runs.filter(({ epochs }) => epochs.length < sorted.length);
  const gaps = grouped(lacking, ({ epochs }) => {
    const own = new Set(epochs);
    const [first, last] = [epochs[0] ?? 0, epochs.at(-1) ?? 0];
    return rangesText(Array.from(sorted.filter((epoch) => epoch > first && epoch < last && !own.has(epoch))));
  });
  return [...gaps].flatMap(([text, own]) =>
    text === '' ? [] : [`epochs ${text} are missing: ${namesOf(own)}`],
  );
}

const WATCHED = [
  'trainLoss',
  'trainAccuracy',
  'validLoss',
  'validAccuracy',
  'trainEvalLoss',
  'trainEvalAccuracy',
] as const;

/** A metric that was measured at other epochs in some runs, among the epochs that all of them have. */
function validationNotes(runs: readonly CheckedRun[]): string[] {
  const counts = new Map<number, number>();
  for (const { epochs } of runs) for (const epoch of epochs) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  const isShared = (epoch: number) => counts.get(epoch) === runs.length;
  return WATCHED.flatMap((metric) => {
    if (runs.every(({ values }) => values[metric] === undefined)) return [];
    const grids = grouped(runs, ({ epochs, values }) =>
      epochs
        .filter((epoch, i) => isShared(epoch) && !Number.isNaN(values[metric]?.[i] ?? Number.NaN))
        .join(' '),
    );
    if (grids.size < 2) return [];
    const sorted = [...grids].sort(([, a], [, b]) => b.length - a.length);
    const texts = sorted
      .slice(0, 4)
      .map(([grid, own]) => `${grid === '' ? 0 : grid.split(' ').length} times in ${namesOf(own)}`);
    return [`${metric} was not measured at the same epochs: ${texts.join('; ')}`];
  });
}

/** Runs that hold the values of an earlier one: index of the run -> index of the one that it repeats. */
export function copiesIn(runs: readonly CheckedRun[]): ReadonlyMap<number, number> {
  const copies = new Map<number, number>();
  const byLength = new Map<number, number[]>();
  for (const [i, run] of runs.entries()) {
    const earlier = byLength.get(run.epochs.length) ?? [];
    byLength.set(run.epochs.length, earlier);
    const original = earlier.find((j) => sameCurves(runs[j]!, run));
    if (original === undefined) earlier.push(i);
    else copies.set(i, original);
  }
  return copies;
}

/** Equal to single precision in every metric that both hold, and not constant: a network that learns nothing repeats itself. */
function sameCurves(a: CheckedRun, b: CheckedRun): boolean {
  let moving = 0;
  let shared = 0;
  for (const metric of WATCHED) {
    const [xs, ys] = [a.values[metric], b.values[metric]];
    if (xs === undefined || ys === undefined) continue;
    let [first, compared] = [Number.NaN, 0];
    for (let i = 0; i < xs.length; i++) {
      const [x, y] = [xs[i]!, ys[i]!];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      if (Math.abs(x - y) > 2e-7 * Math.max(Math.abs(x), Math.abs(y))) return false;
      if (compared === 0) first = x;
      else if (x !== first) moving += 1;
      compared += 1;
    }
    shared += compared;
  }
  return moving >= 2 && shared >= 4 && a.epochs.every((epoch, i) => epoch === b.epochs[i]);
}

export interface CopyDecision {
  /** Indices of the runs that are left out, with the reason. */
  readonly dropped: ReadonlyMap<number, string>;
  readonly notes: readonly string[];
}

/** Under other seeds of the same levels a copy counts once; under other levels it is told. */
export function decideCopies(runs: readonly CheckedRun[]): CopyDecision {
  const dropped = new Map<number, string>();
  const notes: string[] = [];
  for (const [copy, original] of copiesIn(runs)) {
    const [a, b] = [runs[original]!, runs[copy]!];
    if (levelKey(a.levels) === levelKey(b.levels)) {
      const why = `the same run twice: its curves are those of ${a.name}`;
      dropped.set(copy, why);
      notes.push(
        `${b.name} and ${a.name} are the same run twice: equal curves${a.seed === b.seed ? '' : ` under seeds ${a.seed} and ${b.seed}`}, counted once`,
      );
    } else {
      notes.push(
        `${b.name} and ${a.name} hold the same curves under different levels (${levelsLabel(a.levels)} and ${levelsLabel(b.levels)}): one of them may be a copy`,
      );
    }
  }
  return { dropped, notes };
}
