/** Adam (Kingma and Ba 2015), with L2 in the gradient. */
import * as z from 'zod';
import { key } from '../../base/keys.js';
import type { OptimizerDefinition } from './rule.js';

const perReplica = { perReplica: true };
const decay = z.number().min(0).lt(1);

/** AdamW has the same constants. */
export const adamKeys = {
  beta1: key(decay.default(0.9), 'adam, adamw: decay of the mean of gradients', perReplica),
  beta2: key(decay.default(0.999), 'adam, adamw: decay of the mean of squares', perReplica),
  epsilon: key(z.number().gt(0).default(1e-8), 'adam, adamw: added to the root', perReplica),
};

export const adam = {
  name: 'adam',
  keys: adamKeys,
  slots: ['exp_avg', 'exp_avg_sq'],
} as const satisfies OptimizerDefinition;
