/** Notes of many files that say one thing, as one note. */

import { some } from './checks.js';

interface Told {
  readonly place: string;
  readonly rest: string;
  readonly line: string;
}

/** `a.csv, line 9: ...` and the like. `null` where a note speaks of no known file or run. */
function told(note: string, places: ReadonlySet<string>): Told | null {
  const match = /^(.+?)(, \w+ \d+)?: ([\s\S]+)$/.exec(note);
  return match === null || !places.has(match[1]!)
    ? null
    : { place: match[1]!, line: match[2] ?? '', rest: match[3]! };
}

/** `0.31`, `1e-3`; not the number in `head1_acc`, `score/0`, `val_acc@1`. */
const NUMBER = /(?<![\w./@[]|[A-Za-z_]-)\d[\d.]*(?:e[-+]?\d+)?(?![\w/]|\.\w|-[A-Za-z_])/g;

/** In the order of the first of each kind. Where only numbers differ, those of the first one are told. */
export function gatherNotes(notes: readonly string[], places: ReadonlySet<string>): string[] {
  const kinds = new Map<string, Told[]>();
  for (const note of notes) {
    const one = told(note, places);
    const key = one === null ? note : `\u0000${one.rest.replace(NUMBER, '#')}`;
    const kind = kinds.get(key) ?? [];
    kind.push(one ?? { place: '', line: '', rest: note });
    kinds.set(key, kind);
  }
  return [...kinds].map(([key, all]) => {
    const [first, ...others] = all as [Told, ...Told[]];
    if (!key.startsWith('\u0000')) return first.rest;
    const own = `${first.place}${first.line}: ${first.rest}`;
    if (others.length === 0) return own;
    const same = others.every(({ rest, line }) => rest === first.rest && line === first.line);
    return same
      ? `${some(all.map(({ place }) => place))}${first.line}: ${first.rest}`
      : `${own}; so also, with other numbers, ${some(others.map(({ place }) => place))}`;
  });
}
