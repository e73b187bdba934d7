/** Whether runs can be compared: lengths, gaps, late starts, validations, and runs that are one run twice. */

import { levelKey, levelsLabel } from '../analysis/words/labels.js';
import type { MetricsRow } from '../store/records.js';
import type { LevelValue } from '../study/types.js';

export interface CheckedRun {
  readonly name: string;
  readonly rows: readonly MetricsRow[];
  readonly levels: Readonly<Record<string, LevelValue>>;
  readonly seed: number;
  readonly diverged: boolean;
}

const some = (names: readonly string[]) =>
  `${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}`;

const lastEpoch = ({ rows }: CheckedRun) => rows.at(-1)?.epoch ?? 0;

/** `6 to 9, 12`. */
export function rangesText(epochs: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const epoch of epochs) {
    const open = ranges.at(-1);
    if (open !== undefined && open[1] === epoch - 1) open[1] = epoch;
    else ranges.push([epoch, epoch]);
  }
  const texts = ranges.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  return texts.length > 6 ? `${texts.slice(0, 6).join(', ')}, ...` : texts.join(', ');
}

/** One sentence for each way in which runs of one study differ in what was measured when. */
export function lengthNotes(runs: readonly CheckedRun[], finished: string | undefined): string[] {
  const whole = runs.filter(({ diverged }) => !diverged);
  const byEnd = new Map<number, string[]>();
  for (const run of whole) byEnd.set(lastEpoch(run), [...(byEnd.get(lastEpoch(run)) ?? []), run.name]);
  const ends = [...byEnd.keys()].sort((a, b) => a - b);
  const notes: string[] = [];
  if (ends.length > 1) {
    const longest = ends.at(-1)!;
    const shorter = ends.slice(0, -1).map((end) => `epoch ${end}: ${some(byEnd.get(end)!)}`);
    notes.push(
      finished === undefined
        ? `runs differ in length: ${byEnd.get(longest)!.length} of ${whole.length} end at epoch ${longest}, others earlier (${shorter.join('; ')}); --until ${ends[0]} compares all to that epoch, --finished 'early stopping' says that they ended by design`
        : `${shorter.join('; ')}: ended before epoch ${longest} by design (${finished})`,
    );
  }
  return [...notes, ...startNotes(whole), ...gapNotes(whole), ...validationNotes(whole)];
}

function startNotes(runs: readonly CheckedRun[]): string[] {
  const first = runs.reduce(
    (least, { rows }) => Math.min(least, rows[0]?.epoch ?? 1),
    Number.POSITIVE_INFINITY,
  );
  const late = runs.filter(({ rows }) => (rows[0]?.epoch ?? first) > first);
  return late.length === 0
    ? []
    : [
        `runs start late: ${some(late.map(({ name, rows }) => `${name} at epoch ${rows[0]!.epoch}`))}, others at ${first}`,
      ];
}

/** Epochs that some runs have and others of the same length lack. */
function gapNotes(runs: readonly CheckedRun[]): string[] {
  const all = new Set<number>();
  for (const { rows } of runs) for (const { epoch } of rows) all.add(epoch);
  const sorted = [...all].sort((a, b) => a - b);
  const gaps = new Map<string, string[]>();
  for (const run of runs) {
    if (run.rows.length === sorted.length) continue;
    const own = new Set(run.rows.map(({ epoch }) => epoch));
    const [first, last] = [run.rows[0]?.epoch ?? 0, lastEpoch(run)];
    const missing = sorted.filter((epoch) => epoch > first && epoch < last && !own.has(epoch));
    if (missing.length === 0) continue;
    const text = rangesText(missing);
    gaps.set(text, [...(gaps.get(text) ?? []), run.name]);
  }
  return [...gaps].map(([text, names]) => `epochs ${text} are missing: ${some(names)}`);
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
  for (const { rows } of runs) for (const { epoch } of rows) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  const isShared = (epoch: number) => counts.get(epoch) === runs.length;
  return WATCHED.flatMap((metric) => {
    const byGrid = new Map<string, { names: string[]; count: number }>();
    for (const { name, rows } of runs) {
      const grid = rows
        .filter((row) => row[metric] !== null && isShared(row.epoch))
        .map(({ epoch }) => epoch);
      const key = grid.join(' ');
      const found = byGrid.get(key);
      if (found === undefined) byGrid.set(key, { names: [name], count: grid.length });
      else found.names.push(name);
    }
    const grids = [...byGrid.values()].sort((a, b) => b.names.length - a.names.length);
    if (grids.length < 2) return [];
    const texts = grids.slice(0, 4).map(({ names, count }) => `${count} times in ${some(names)}`);
    return [`${metric} was not measured at the same epochs: ${texts.join('; ')}`];
  });
}

/** Runs that hold the values of an earlier one: index of the run -> index of the one that it repeats. */
export function copiesIn(runs: readonly CheckedRun[]): ReadonlyMap<number, number> {
  const copies = new Map<number, number>();
  const byLength = new Map<number, number[]>();
  for (const [i, run] of runs.entries()) {
    const earlier = byLength.get(run.rows.length) ?? [];
    const original = earlier.find((j) => sameCurves(runs[j]!, run));
    if (original === undefined) byLength.set(run.rows.length, [...earlier, i]);
    else copies.set(i, original);
  }
  return copies;
}

/** Equal to single precision in every metric that both hold, and not constant: a network that learns nothing repeats itself. */
function sameCurves(a: CheckedRun, b: CheckedRun): boolean {
  let moving = 0;
  let shared = 0;
  for (const metric of WATCHED) {
    let [first, compared] = [Number.NaN, 0];
    for (let i = 0; i < a.rows.length; i++) {
      if (a.rows[i]!.epoch !== b.rows[i]!.epoch) return false;
      const [x, y] = [a.rows[i]![metric], b.rows[i]![metric]];
      if (x === null || y === null) continue;
      if (Math.abs(x - y) > 2e-7 * Math.max(Math.abs(x), Math.abs(y))) return false;
      if (compared === 0) first = x;
      else if (x !== first) moving += 1;
      compared += 1;
    }
    shared += compared;
  }
  return moving >= 2 && shared >= 4;
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
