/** How the keys of a study file are declared, beside what they choose: explained, per-replica or not, changing results or not. */
import * as z from 'zod';

export interface KeyMarks {
  /** Replicas of one Program may differ in it. */
  readonly perReplica: boolean;
  /** False: the same run whatever its value, so that it is left out of fingerprints. */
  readonly changesResults: boolean;
}

export const keyMarks = z.registry<KeyMarks>();

/** Describes a key (for the JSON Schema, editors and `ceteris new`) and marks it. Apply it outermost. */
export function key<S extends z.ZodType>(schema: S, description: string, marks: Partial<KeyMarks> = {}): S {
  const described = schema.meta({ description });
  keyMarks.add(described, { perReplica: false, changesResults: true, ...marks });
  return described;
}

/** At least one, and a whole number. */
export const count = z.int().min(1);
export const natural = z.int().min(0);
export const seedNumber = z.int().min(0).max(4294967295);

/** `sgd, adam or adamw`: what a choice's `name` key is explained by. */
function namesText(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

/** One of several choices that a study file names: `{ name: sgd, momentum: 0.9 }`. */
export interface ChoiceDefinition {
  readonly name: string;
  /** Its keys beside the name. */
  readonly keys: Readonly<Record<string, z.ZodType>>;
}

type Choices<D extends readonly ChoiceDefinition[]> = {
  -readonly [I in keyof D]: z.ZodObject<
    { readonly name: z.ZodLiteral<D[I]['name']> } & D[I]['keys'],
    z.core.$strict
  >;
};

/**
 * The schema of a choice, out of its registry: a strict object for each definition, told apart by the name.
 * @param text what the name's key is explained by
 */
export function choiceSchema<const D extends readonly [ChoiceDefinition, ...ChoiceDefinition[]]>(
  definitions: D,
  text = namesText(definitions.map(({ name }) => name)),
): z.ZodDiscriminatedUnion<Choices<D>, 'name'> {
  const [first, ...others] = definitions.map(({ name, keys }) =>
    z.strictObject({ name: key(z.literal(name), text), ...keys }),
  );
  // The types of the options are those of the definitions, which a list of objects does not tell.
  return z.discriminatedUnion('name', [first, ...others]) as unknown as z.ZodDiscriminatedUnion<
    Choices<D>,
    'name'
  >;
}

/** What a choice is once it is parsed, for code that only reads it. */
export type ChoiceOf<D extends readonly ChoiceDefinition[]> = {
  [I in keyof D]: { readonly name: D[I]['name'] } & {
    readonly [K in keyof D[I]['keys']]: ReadOnly<z.output<D[I]['keys'][K]>>;
  };
}[number];

type ReadOnly<T> = T extends readonly (infer Item)[] ? readonly Item[] : T;
