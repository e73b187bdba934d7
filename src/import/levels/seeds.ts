/** Seeds as they are told -> numbers, by a table that is stated. */

import { levelKey } from '../../analysis/words/labels.js';
import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';

export interface SeededRun {
  readonly name: string;
  readonly levels: Readonly<Record<string, LevelValue>>;
  /** As it was told; `null` where nothing tells it. */
  readonly seed: string | number | null;
}

export interface Seeds {
  /** One per run, in order. */
  readonly numbers: readonly number[];
  /** What every word became; `null` where seeds were numbers already. */
  readonly table: Readonly<Record<string, number>> | null;
  readonly notes: readonly string[];
}

const LARGEST = 4_294_967_295;

/**
 * Numbers stay, `seed1` becomes 1 where every seed has that form, other words are counted in order; runs without a seed
 * get numbers that no run of the same levels has.
 */
export function numberSeeds(
  runs: readonly SeededRun[],
  given?: Readonly<Record<string, number>> | null,
): Seeds {
  const told = [...new Set(runs.flatMap(({ seed }) => (seed === null ? [] : [String(seed)])))];
  const table = tableOf(told, given ?? null);
  const numbers = runs.map(({ seed }) => (seed === null ? null : table.get(String(seed))!));
  const isPlain = told.every((text) => String(table.get(text)) === text);
  const notes = isPlain
    ? []
    : [
        `seeds: ${told
          .slice(0, 12)
          .map((text) => `${text} is ${table.get(text)}`)
          .join(', ')}${told.length > 12 ? ', ...' : ''}`,
      ];
  const without = numbers.filter((number) => number === null).length;
  if (without > 0 && runs.length > 1)
    notes.push(
      `${without} of ${runs.length} runs tell no seed: they are numbered in the order of their names`,
    );
  return { numbers: fillIn(runs, numbers), table: isPlain ? null : Object.fromEntries(table), notes };
}

function tableOf(
  told: readonly string[],
  given: Readonly<Record<string, number>> | null,
): Map<string, number> {
  const own = (text: string) => (given !== null && Object.hasOwn(given, text) ? given[text]! : null);
  const readings = [
    (text: string) => own(text) ?? (/^\d+(\.0+)?$/.test(text) ? Number(text) : null),
    (text: string) => {
      const digits = text.match(/\d+/g);
      return digits?.length === 1 ? Number(digits[0]) : null;
    },
  ];
  for (const read of readings) {
    const numbers = told.map(read);
    const usable = numbers.every((number): number is number => number !== null && number <= LARGEST);
    if (usable && new Set(numbers).size === told.length)
      return new Map(told.map((text, i) => [text, numbers[i]!]));
  }
  const sorted = [...told].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return new Map(sorted.map((text, i) => [text, i]));
}

function fillIn(runs: readonly SeededRun[], numbers: readonly (number | null)[]): number[] {
  const used = new Map<string, Set<number>>();
  const of = (run: SeededRun) => {
    const key = levelKey(run.levels);
    const set = used.get(key) ?? new Set<number>();
    used.set(key, set);
    return set;
  };
  for (const [i, run] of runs.entries()) if (numbers[i] !== null) of(run).add(numbers[i]!);
  return runs.map((run, i) => {
    const own = numbers[i];
    if (own !== null && own !== undefined) return own;
    const set = of(run);
    let next = 0;
    while (set.has(next)) next += 1;
    set.add(next);
    return next;
  });
}

/** `seed1=1,alpha=2` of the option. @throws a request error for another form */
export function parseSeedTable(assignments: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    assignments.map((one) => {
      const match = /^(.+)=(\d+)$/.exec(one);
      if (match === null || Number(match[2]) > LARGEST) {
        throw requestError({
          what: '--seed tells no number',
          where: '--seed',
          rule: 'WORD=NUMBER: what the runs call a seed, and a whole number',
          value: one,
        });
      }
      return [match[1]!, Number(match[2])];
    }),
  );
}
