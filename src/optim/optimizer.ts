/** Optimizers as data. The update itself is a kernel of each backend. */

export const optimizerNames = ['sgd', 'adam', 'adamw'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

/**
 * What an optimizer keeps for each parameter, by PyTorch's names: each slot is as large as the parameters, and stands in
 * a state as `<slot>.<parameter>`. A backend keeps slot i of whichever optimizer runs in its array i.
 */
export const stateSlots: Readonly<Record<OptimizerName, readonly string[]>> = {
  sgd: ['momentum'],
  adam: ['exp_avg', 'exp_avg_sq'],
  adamw: ['exp_avg', 'exp_avg_sq'],
};

/** Slots of the optimizer that keeps most: the arrays that a backend has for them. */
export const mostSlots = Math.max(...optimizerNames.map((name) => stateSlots[name].length));

/** The slots that an update fills: none where SGD has no momentum. */
export function slotsFilled(hyper: {
  readonly optimizer: OptimizerName;
  readonly momentum: number;
}): readonly string[] {
  return hyper.optimizer === 'sgd' && hyper.momentum === 0 ? [] : stateSlots[hyper.optimizer];
}

/** The slots that a state holds values of, told by its names (`exp_avg.conv1.weight`). */
export function slotsOf(names: Iterable<string>): readonly string[] {
  const prefixes = new Set([...names].map((name) => name.slice(0, name.indexOf('.'))));
  return Object.values(stateSlots).find((slots) => slots.some((slot) => prefixes.has(slot))) ?? [];
}
