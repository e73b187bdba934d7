/** The schema's complaints as one error for a person: every problem with its path, rule, value and nearest key. */
import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { type CeterisError, requestError } from '../base/errors.js';

type Issue = z.core.$ZodIssue;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) at = at !== null && typeof at === 'object' ? Reflect.get(at, key) : undefined;
  return at;
}

/** Keys that an object of the schema has at a path; empty where it is no object. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) at = step(unwrap(at), key);
  const inner = unwrap(at);
  return options(inner).flatMap((option) => Object.keys(shapeOf(unwrap(option))));
}

function definition(schema: unknown): Record<string, unknown> {
  return (schema as { def?: Record<string, unknown> } | undefined)?.def ?? {};
}

function unwrap(schema: unknown): unknown {
  let at = schema;
  while (definition(at).innerType !== undefined) at = definition(at).innerType;
  return at;
}

function options(schema: unknown): unknown[] {
  const { options: all } = definition(schema);
  return Array.isArray(all) ? all : [schema];
}

function shapeOf(schema: unknown): Record<string, unknown> {
  return (definition(schema).shape as Record<string, unknown> | undefined) ?? {};
}

function step(schema: unknown, key: PropertyKey): unknown {
  for (const option of options(schema)) {
    const found = shapeOf(unwrap(option))[String(key)];
    if (found !== undefined) return found;
  }
  return undefined;
}

function describe(issue: Issue, schema: z.ZodType, input: unknown): string[] {
  const path = issue.path.join('.') || '(the file)';
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const nearest = known.length > 0 ? `; did you mean ${closest(key, known)}?` : '';
      return `${issue.path.length > 0 ? `${path}.` : ''}${key}: there is no such key (known: ${known.join(', ')})${nearest}`;
    });
  }
  const value = JSON.stringify(valueAt(input, issue.path)) ?? 'missing';
  return [`${path}: ${issue.message.replace(/^Invalid input: /, '')}; found ${value}`];
}

/** @param input what was checked, to show the values that were found */
export function schemaError(
  error: z.ZodError,
  schema: z.ZodType,
  input: unknown,
  file: string,
): CeterisError {
  const problems = error.issues.flatMap((issue) => describe(issue, schema, input));
  return requestError({
    what:
      problems.length === 1
        ? 'the study file is not valid'
        : `the study file has ${problems.length} problems`,
    where: file,
    rule: problems.join('\n         '),
    advice: "mend the keys named above; 'ceteris new NAME' writes a commented example of them all",
  });
}
