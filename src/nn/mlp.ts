/** A multilayer perceptron on the flattened image: hidden linear layers with activations, then the classifier. */
import * as z from 'zod';
import { count, key } from '../base/keys.js';
import type { NetworkDefinition } from './definition.js';
import type { Layer, Network } from './network.js';

/** @param hidden features of each hidden layer; none: a linear classifier (softmax regression) */
function mlp(hidden: readonly number[], input: Network['input'], classes: number): Network {
  const layers: Layer[] = hidden.flatMap((outFeatures, i): Layer[] => [
    { type: 'linear', name: `layers.${i}`, outFeatures },
    { type: 'activation', slot: i },
  ]);
  layers.push({ type: 'linear', name: 'linear', outFeatures: classes });
  return {
    name: 'mlp',
    input,
    classes,
    layers,
    activationSlots: hidden.map((_, block) => ({ block })),
    blocks: hidden.length,
  };
}

export const mlpDefinition = {
  name: 'mlp',
  keys: { hidden: key(z.array(count).default([256]), 'mlp: features of each hidden layer') },
  build: ({ hidden }, input, classes) => mlp(hidden, input, classes),
} as const satisfies NetworkDefinition<{ readonly hidden: readonly number[] }>;
