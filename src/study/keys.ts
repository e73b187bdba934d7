/** The keys of a schema, and how they are marked (base/keys.ts). */
import * as z from 'zod';
import { type KeyMarks, keyMarks } from '../base/keys.js';

/** A schema without its defaults, optionals and transforms. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  ) {
    return unwrap(schema.def.innerType);
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.def.in) : schema;
}

/** The variants of a schema that has keys: one for an object, several for `{ name: ... }` choices, none for a leaf. */
function variants(schema: z.core.$ZodType): z.ZodObject[] {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodObject) return [bare];
  if (bare instanceof z.ZodDiscriminatedUnion) return bare.def.options.flatMap(variants);
  return [];
}

/** The names of a choice `{ name: ... }` at a path; none where there is no choice. */
export function namesAt(schema: z.core.$ZodType, path: readonly string[]): string[] {
  const [first, ...rest] = path;
  if (first === undefined) {
    const names = variants(schema).map(({ shape }) => (shape.name === undefined ? null : unwrap(shape.name)));
    return names.flatMap((one) => (one instanceof z.ZodLiteral ? [...one.values].map(String) : []));
  }
  return [
    ...new Set(
      variants(schema).flatMap(({ shape }) =>
        Object.hasOwn(shape, first) ? namesAt(shape[first], rest) : [],
      ),
    ),
  ];
}

export interface SchemaKey extends KeyMarks {
  /** `training.optimizer.momentum`. */
  readonly path: string;
  readonly description: string;
  /** False for a key that holds others. */
  readonly leaf: boolean;
}

/** Every key below a schema with its marks, in the schema's order; keys of several variants once. */
export function listKeys(schema: z.core.$ZodType, prefix = ''): SchemaKey[] {
  const found = new Map<string, SchemaKey>();
  for (const variant of variants(schema)) {
    for (const [name, inner] of Object.entries(variant.shape)) {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      const below = listKeys(inner, path);
      const marks = keyMarks.get(inner) ?? { perReplica: false, changesResults: true };
      const description = z.globalRegistry.get(inner)?.description ?? '';
      if (!found.has(path)) found.set(path, { ...marks, path, description, leaf: below.length === 0 });
      for (const one of below) if (!found.has(one.path)) found.set(one.path, one);
    }
  }
  return [...found.values()];
}
