/** The optimizers: one file each in optimizers/, one line here. */
import { maxOf } from '../base/extremes.js';
import { choiceSchema } from '../base/keys.js';
import { adam } from './optimizers/adam.js';
import { adamw } from './optimizers/adamw.js';
import type { OptimizerDefinition } from './optimizers/rule.js';
import { sgd } from './optimizers/sgd.js';

const definitions = [sgd, adam, adamw] as const;

export type OptimizerName = (typeof definitions)[number]['name'];
export const optimizerNames: readonly OptimizerName[] = definitions.map(({ name }) => name);

function definitionOf(name: OptimizerName): OptimizerDefinition {
  return definitions.find((one) => one.name === name) as OptimizerDefinition;
}

/** `training.optimizer`. */
export const optimizerSchema = choiceSchema(definitions);

/** The constants of one optimizer, by name. */
export function constantsOf(name: OptimizerName): readonly string[] {
  return Object.keys(definitionOf(name).keys);
}

/** Every constant of every optimizer, at its default. */
export const optimizerDefaults: Readonly<Record<string, unknown>> = Object.fromEntries([
  ...optimizerNames.flatMap((name) => Object.entries(optimizerSchema.parse({ name }))),
  ['name', undefined],
]);

/** Slots of the optimizer that keeps most: the arrays that a backend has for them. */
export const mostSlots = maxOf(definitions.map(({ slots }) => slots.length));

/** The slots that an update fills: none where SGD has no momentum. */
export function slotsFilled(hyper: {
  readonly optimizer: OptimizerName;
  readonly momentum: number;
}): readonly string[] {
  return hyper.optimizer === 'sgd' && hyper.momentum === 0 ? [] : definitionOf(hyper.optimizer).slots;
}

/** The slots that a state holds values of, told by its names (`exp_avg.conv1.weight`). */
export function slotsOf(names: Iterable<string>): readonly string[] {
  const prefixes = new Set([...names].map((name) => name.slice(0, name.indexOf('.'))));
  const all: readonly OptimizerDefinition[] = definitions;
  return all.find(({ slots }) => slots.some((slot) => prefixes.has(slot)))?.slots ?? [];
}
