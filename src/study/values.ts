/** The values of a run that a command trains: a map of any names, whose inner maps are reached by dotted names. */
import { getPath, isPlainObject, type PlainObject, setPath } from './paths.js';
import type { LevelValue } from './types.js';

export type Values = Readonly<Record<string, LevelValue>>;

/** The value of a name: a key as it is written (`optimizer.lr`), else a key inside of maps; `undefined` where there is none. */
export function namedValue(values: Values, name: string): LevelValue | undefined {
  if (Object.hasOwn(values, name)) return values[name];
  return getPath(values, name.split('.')) as LevelValue | undefined;
}

/** A copy with some names set: inside of a map where there is one on the way, else as a key of that name. */
export function withValues(values: Values, set: Readonly<Record<string, unknown>>): Values {
  const copy = structuredClone(values) as PlainObject;
  // Whole keys first, then those inside them: `optimizer` before `optimizer.momentum`.
  const names = Object.keys(set).sort((a, b) => a.split('.').length - b.split('.').length);
  for (const name of names) {
    const path = Object.hasOwn(copy, name) || !reaches(copy, name) ? [name] : name.split('.');
    setPath(copy, path, structuredClone(set[name]));
  }
  return copy as Values;
}

function reaches(root: PlainObject, name: string): boolean {
  const [first = '', ...rest] = name.split('.');
  return rest.length > 0 && isPlainObject(root[first]);
}

/** A value as one argument of a command: text as it is, lists and maps as JSON, null as `null`. */
export function valueText(value: LevelValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
