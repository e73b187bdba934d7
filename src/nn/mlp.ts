/** A multilayer perceptron on the flattened image: hidden linear layers with activations, then the classifier. */
import type { Layer, Network } from './network.js';

/** @param hidden features of each hidden layer; none: a linear classifier (softmax regression) */
export function mlp(hidden: readonly number[], input: Network['input'], classes: number): Network {
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
