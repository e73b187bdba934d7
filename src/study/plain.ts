/** A study as a plain object: what a program gives in place of a file's text. */
import type * as z from 'zod';
import { requestError } from '../base/errors.js';
import { isPlainObject, type PlainObject } from './paths.js';
import { type Problem, problemsError, valueText } from './problems.js';
import type { StudyText } from './read.js';
import type { commandFileSchema, studyFileSchema } from './schema.js';
import type { ResolvedStudy } from './types.js';
import { writtenStudy } from './write.js';

/**
 * A study file as a plain object: the same keys, values and defaults (docs/keys.md). Such as
 * `{ name: 'mine', dataset: { name: 'synthetic' }, factors: { learningRate: [0.01, 0.1] } }`. With a `trainer` that is a
 * command, `baseline` and `factors` hold any names in place of the engine's keys.
 */
export type StudyObject = DeepReadonly<z.input<typeof studyFileSchema> | z.input<typeof commandFileSchema>>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Whether it is what `parseStudy` gave, and not what a person wrote. */
export function isResolved(study: StudyObject | ResolvedStudy): study is ResolvedStudy {
  return isPlainObject(study) && 'seedStreams' in study && Array.isArray(study.factors);
}

/**
 * The data of a study that is given as an object, in a copy; keys that are `undefined` are left out. There are no lines
 * to point to: errors name the path of the key.
 * @throws a request error where it is no map of keys, or holds what no file could: functions, dates, itself
 */
export function readStudyObject(study: StudyObject | ResolvedStudy, name: string): StudyText {
  const given: unknown = isResolved(study) ? writtenStudy(study) : study;
  if (!isPlainObject(given) || !isData(given)) {
    throw requestError({
      what: `${name} is no map of keys`,
      rule: 'an object with the keys of a study file, name, dataset, training, ..., or the text of one',
      value: isPlainObject(given) ? kindOf(given) : valueText(given),
    });
  }
  const problems: Problem[] = [];
  const data = copied(given, { path: [], within: [], problems });
  if (problems.length > 0) throw problemsError(problems, name);
  return { data: data as PlainObject, lineOf: () => undefined };
}

interface Place {
  readonly path: readonly string[];
  /** The objects that hold this one. */
  readonly within: readonly object[];
  readonly problems: Problem[];
}

function copied(value: unknown, place: Place): unknown {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  if (typeof value !== 'object' || !isData(value)) return refused(place, kindOf(value));
  if (place.within.includes(value)) return refused(place, 'it holds itself');
  const inner = (name: string | number) => ({
    ...place,
    path: [...place.path, String(name)],
    within: [...place.within, value],
  });
  if (Array.isArray(value)) return Array.from(value, (one, i) => copied(one, inner(i)));
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.map(([key, one]) => [key, copied(one, inner(key))]));
}

/** Lists, and maps without a class of their own (also those of another realm). */
function isData(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: unknown): string {
  const made = typeof value === 'object' ? value?.constructor?.name : undefined;
  return made ?? typeof value;
}

function refused({ path, problems }: Place, value: string): undefined {
  problems.push({
    path: path.join('.'),
    what: 'this value is not possible',
    rule: 'plain data, as a study file could hold it: text, number, true, false, null, list, map',
    value,
  });
}
