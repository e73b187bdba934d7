/** Stochastic gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form). */
import * as z from 'zod';
import { key } from '../../base/keys.js';
import type { OptimizerDefinition } from './rule.js';

const perReplica = { perReplica: true };

export const sgd = {
  name: 'sgd',
  keys: {
    momentum: key(z.number().min(0).lt(1).default(0.9), 'sgd: momentum', perReplica),
    dampening: key(z.number().min(0).max(1).default(0), 'sgd: dampening of the momentum', perReplica),
    nesterov: key(z.boolean().default(false), "sgd: Nesterov's momentum", perReplica),
  },
  slots: ['momentum'],
} as const satisfies OptimizerDefinition;
