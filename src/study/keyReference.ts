/** Every key of a study file with its values, default and meaning, read off the schema: `ceteris help keys`. */
import * as z from 'zod';
import { requestError } from '../base/errors.js';
import { baselineKeys } from './configuration.js';
import { factorPaths } from './factors.js';
import { nearestOf, valueText } from './problems.js';
import { engineJsonSchema } from './schema.js';
import { keyOfOtherTools } from './usualNames.js';

export interface KeyEntry {
  /** As a study file keeps it: `baseline.learningRate`, `factors.PATH.role`. */
  readonly path: string;
  /** The choices that have this key: `adam`, `adamw`; none where all have it. */
  readonly of: readonly string[];
  /** `whole number from 1`, `sgd | adam | adamw`. */
  readonly values: string;
  /** As written; `null` where there is none. */
  readonly default: string | null;
  readonly isRequired: boolean;
  readonly description: string;
  /** The path by which `factors` and `trials` name it; `null` where it cannot vary. */
  readonly factor: string | null;
}

/** A part of a JSON Schema, as zod writes it. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** All keys, in the schema's order; a key that several choices share stands once. */
export function keyReference(): KeyEntry[] {
  return merged(keysBelow(engineJsonSchema() as Schema, ''));
}

/**
 * The keys that a word names: the key of that path with those inside it; else every key that has the word in its path,
 * values or meaning.
 * @throws a request error where none has
 */
export function findKeys(word: string): KeyEntry[] {
  const all = keyReference();
  const paths = all.map(({ path }) => path);
  const known = paths.includes(word) ? word : (keyOfOtherTools(word) ?? `baseline.${word}`);
  const inside = all.filter(({ path }) => path === known || path.startsWith(`${known}.`));
  if (inside.length > 0) return inside;
  const lower = word.toLowerCase();
  const found = all.filter((one) =>
    [one.path, one.values, one.description].some((text) => text.toLowerCase().includes(lower)),
  );
  if (found.length > 0) return found;
  // training.schedule: the key has another place.
  const elsewhere = paths.find((path) => path.endsWith(`.${word.slice(word.lastIndexOf('.') + 1)}`));
  const nearest =
    elsewhere ?? nearestOf(word, [...paths, ...paths.map((path) => path.slice(path.lastIndexOf('.') + 1))]);
  throw requestError({
    what: 'no key of a study file has this name, and none speaks of it',
    where: 'help keys',
    value: word,
    advice: nearest === undefined ? 'ceteris help keys lists them all' : `did you mean ${nearest}?`,
  });
}

/** The command that tells what a key may be, for a problem at this path of a study file */
export function helpFor(problemPath: string): string {
  const bare = problemPath.replace(/^(?:factors|trials\.\d+)\.(?=.)/, '');
  const paths = new Set(keyReference().map(({ path }) => path));
  const parts = bare.split('.');
  for (let length = parts.length; length > 0; length--) {
    const path = parts.slice(0, length).join('.');
    const known = [path, `baseline.${path}`].find((one) => paths.has(one));
    if (known !== undefined) return `ceteris help keys ${known} tells what it may be`;
  }
  return 'ceteris help keys tells all keys and their values';
}

function keysBelow(schema: Schema, prefix: string): KeyEntry[] {
  return objectsIn(schema).flatMap((object) => {
    const choice = object.properties?.name?.const;
    const of = choice === undefined ? [] : [String(choice)];
    const own = Object.entries(object.properties ?? {}).flatMap(([name, inner]) => {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      const isRequired = object.required?.includes(name) ?? false;
      return [entryOf(path, inner, name === 'name' ? [] : of, isRequired), ...keysBelow(inner, path)];
    });
    const { additionalProperties: any } = object;
    return typeof any === 'object' ? [...own, ...keysBelow(any, `${prefix}.PATH`)] : own;
  });
}

function objectsIn(schema: Schema): Schema[] {
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return schema.type === 'object' ? [schema] : choices.flatMap(objectsIn);
}

function entryOf(path: string, schema: Schema, of: readonly string[], isRequired: boolean): KeyEntry {
  const factor = path.replace(/^baseline\./, '');
  const written = schema.default ?? baselineDefaults[factor];
  return {
    path,
    of,
    values: valuesOf(schema),
    default: written === undefined || isEmptyMap(written) ? null : valueText(written),
    isRequired,
    description: schema.description ?? '',
    factor:
      factorPaths.includes(factor) && (path !== factor) === path.startsWith('baseline.') ? factor : null,
  };
}

const isEmptyMap = (value: unknown) => JSON.stringify(value) === '{}';

/** JSON Schema tells no default of a value that is brought into another form. */
const baselineDefaults: Readonly<Record<string, unknown>> = z.strictObject(baselineKeys).parse({});

function valuesOf(schema: Schema): string {
  const { type, items } = schema;
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (choices.length > 0) return [...new Set(namedTogether(choices).map(valuesOf))].join(' | ');
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (type === 'integer') return `whole number${rangeOf(schema)}`;
  if (type === 'number') return `number${rangeOf(schema)}`;
  if (type === 'boolean') return 'true | false';
  if (type === 'string') return 'text';
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(valuesOf).join(', ')}]`;
  if (type === 'array') return items === undefined ? 'list' : `list of ${valuesOf(items)}`;
  if (type === 'object') return mapOf(schema);
  return type ?? 'any value';
}

/** Choices by name as one: `{ name: sgd | adam | adamw, ... }`. */
function namedTogether(choices: readonly Schema[]): Schema[] {
  const named = choices.filter(({ properties }) => properties?.name?.const !== undefined);
  if (named.length < 2) return [...choices];
  const names = named.map(({ properties }) => properties?.name?.const);
  const one: Schema = { type: 'object', properties: { name: { enum: names }, '...': {} } };
  return [...choices.filter((choice) => !named.includes(choice)), one];
}

function mapOf({ properties }: Schema): string {
  if (properties === undefined) return 'map';
  const parts = Object.entries(properties).map(([name, inner]) =>
    name === 'name' && '...' in properties ? `name: ${valuesOf(inner)}` : name,
  );
  return `{ ${parts.join(', ')} }`;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const least =
    exclusiveMinimum !== undefined
      ? ` above ${exclusiveMinimum}`
      : minimum === undefined
        ? ''
        : ` from ${minimum}`;
  const bound = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`;
  return `${least}${exclusiveMaximum === undefined ? bound : ` below ${exclusiveMaximum}`}`;
}

function merged(entries: readonly KeyEntry[]): KeyEntry[] {
  const byPath = new Map<string, KeyEntry>();
  for (const entry of entries) {
    const before = byPath.get(entry.path);
    byPath.set(entry.path, before === undefined ? entry : together(before, entry));
  }
  return [...byPath.values()].map((entry) => {
    const names = byPath.get(entry.path.replace(/[^.]+$/, 'name'))?.values.split(' | ') ?? [];
    return names.length === entry.of.length ? { ...entry, of: [] } : entry;
  });
}

/** One key of two choices: values and defaults that differ are told of the choice that has them. */
function together(a: KeyEntry, b: KeyEntry): KeyEntry {
  const has = a.values.split(' | ').includes(b.values);
  const sameDefault = b.default === null || (a.default ?? '').startsWith(b.default);
  return {
    ...a,
    of: [...new Set([...a.of, ...b.of])],
    values: a.values === b.values || has ? a.values : `${a.values} | ${b.values}`,
    default: sameDefault ? a.default : `${a.default}; ${b.of.join(', ')}: ${b.default}`,
    isRequired: a.isRequired && b.isRequired,
  };
}
