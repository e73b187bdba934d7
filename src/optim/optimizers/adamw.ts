/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
import { adamKeys } from './adam.js';
import type { OptimizerDefinition } from './rule.js';

export const adamw = {
  name: 'adamw',
  keys: adamKeys,
  slots: ['exp_avg', 'exp_avg_sq'],
} as const satisfies OptimizerDefinition;
