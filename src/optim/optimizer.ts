/** Optimizers as data. The update itself is a kernel of each backend. */

export const optimizerNames = ['sgd', 'adam', 'adamw'] as const;
export type OptimizerName = (typeof optimizerNames)[number];
