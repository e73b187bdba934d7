/** A small plain convolutional network: per block a 3x3 convolution, batch-norm, activation, and 2x2 average pool. */
import * as z from 'zod';
import { count, key } from '../base/keys.js';
import type { NetworkDefinition } from './definition.js';
import { batchNorm, convolution } from './layers.js';
import type { Layer, Network } from './network.js';

/**
 * @param channels output channels of each block; a block pools as long as height and width are even
 * The classifier is linear on the flattened last feature map.
 */
export function cnn(channels: readonly number[], input: Network['input'], classes: number): Network {
  let { height, width } = input;
  const layers: Layer[] = [];
  channels.forEach((out, i) => {
    layers.push(
      convolution(`layers.${i}.conv`, out, { kernel: 3, padding: 1 }),
      batchNorm(`layers.${i}.bn`),
      { type: 'activation', slot: i },
    );
    if (height % 2 === 0 && width % 2 === 0) {
      layers.push({ type: 'averagePool', size: 2 });
      height /= 2;
      width /= 2;
    }
  });
  layers.push({ type: 'linear', name: 'linear', outFeatures: classes });
  return {
    name: 'cnn',
    input,
    classes,
    layers,
    activationSlots: channels.map((_, block) => ({ block })),
    blocks: channels.length,
  };
}

export const cnnDefinition = {
  name: 'cnn',
  keys: { channels: key(z.array(count).min(1).default([16, 32, 64]), 'cnn: output channels of each block') },
  build: ({ channels }, input, classes) => cnn(channels, input, classes),
} as const satisfies NetworkDefinition<{ readonly channels: readonly number[] }>;
