/** What the suite of single calls runs: odd sizes, one replica and three, partial batches, means far from zero. */

import type { ReplicaPlan, StepHyper } from '../../src/compile/step.js';
import { buildNetwork } from '../../src/nn/build.js';
import { activationNames } from '../../src/nn/network.js';
import type { CallCase } from './calls.js';
import {
  classes,
  deepNetwork,
  hyper,
  longNetwork,
  maxPoolNetwork,
  oddNetwork,
  plan,
  quadNetwork,
  size,
  source,
} from './networks.js';

export interface NamedCase {
  readonly name: string;
  readonly testCase: CallCase;
  /** Largest error of an element: see CallError. */
  readonly bound: number;
}

const batch = 5;

function plans(replicas: number): ReplicaPlan[] {
  return Array.from({ length: replicas }, (_, r) => plan(batch, 5 + 3 * r).replicas[0]);
}

function oddCase(hypers: readonly StepHyper[], count = batch): CallCase {
  return {
    network: oddNetwork(),
    batch,
    source: source(),
    plan: { count, replicas: plans(hypers.length) },
    hyper: hypers,
  };
}

/** Images of mean 100 deviations. */
function farSource() {
  return { ...source(), mean: [-28.5, -29, -27], deviation: [0.29, 0.29, 0.29] };
}

export const callCases: readonly NamedCase[] = [
  ...activationNames.map((name) => ({
    name: `odd sizes, ${name}`,
    testCase: oddCase([hyper(name)]),
    bound: 2e-5,
  })),
  {
    name: 'odd sizes, three replicas, a partial batch',
    testCase: oddCase(
      [
        hyper('relu', { weightDecay: 0, momentum: 0 }),
        hyper('gelu', { optimizer: 'adam', learningRate: 0.01 }),
        hyper('hardSwish', { nesterov: true, dampening: 0.2 }),
      ],
      3,
    ),
    bound: 2e-5,
  },
  {
    name: 'odd sizes, three replicas of other optimizers',
    testCase: oddCase([
      hyper('tanh', { optimizer: 'adamw', learningRate: 0.01 }),
      hyper('silu', { optimizer: 'sgd', dampening: 0.5 }),
      hyper('elu', { optimizer: 'adam', learningRate: 0.003, beta1: 0.8, beta2: 0.99, epsilon: 1e-6 }),
    ]),
    bound: 2e-5,
  },
  {
    name: 'a mean of 100 deviations',
    testCase: { ...oddCase([hyper('silu'), hyper('relu'), hyper('sigmoid')]), source: farSource() },
    bound: 2e-4,
  },
  {
    name: 'max pooling, three replicas',
    testCase: { ...oddCase([hyper('relu'), hyper('tanh'), hyper('silu')]), network: maxPoolNetwork() },
    bound: 2e-5,
  },
  {
    name: 'channels in quads, three replicas',
    testCase: {
      ...oddCase([hyper('relu'), hyper('gelu', { optimizer: 'adam' }), hyper('leakyRelu')]),
      network: quadNetwork(),
    },
    bound: 2e-5,
  },
  {
    name: 'many channels',
    testCase: {
      ...oddCase([hyper('silu')]),
      network: deepNetwork(),
    },
    bound: 5e-5,
  },
  {
    name: 'long inner dimensions',
    testCase: { ...oddCase([hyper('relu')]), network: longNetwork() },
    bound: 5e-5,
  },
  {
    name: 'an MLP, three replicas',
    testCase: {
      ...oddCase(
        ['gelu', 'leakyRelu', 'sigmoid'].map((_, r) => {
          const name = (['gelu', 'leakyRelu', 'sigmoid'] as const)[r];
          return hyper(name, { activations: [name, name] });
        }),
      ),
      network: buildNetwork(
        { name: 'mlp', hidden: [31, 18] },
        { height: size, width: size, channels: 3, classes },
      ),
    },
    bound: 2e-5,
  },
];
