/** A small plain convolutional network: per block a 3x3 convolution, batch-norm, activation, and a 2x2 pool. */
import * as z from 'zod';
import { count, key } from '../base/keys.js';
import type { NetworkDefinition } from './definition.js';
import { batchNorm, convolution } from './layers.js';
import type { Layer, Network } from './network.js';

export const poolingNames = ['average', 'max'] as const;
export type Pooling = (typeof poolingNames)[number];

const pools: Readonly<Record<Pooling, Layer>> = {
  average: { type: 'averagePool', size: 2 },
  max: { type: 'maxPool', size: 2, stride: 2 },
};

/**
 * @param channels output channels of each block; a block pools as long as height and width are even
 * The classifier is linear on the flattened last feature map.
 */
function cnn(
  {
    channels,
    pooling = 'average',
  }: { readonly channels: readonly number[]; readonly pooling?: Pooling | undefined },
  input: Network['input'],
  classes: number,
): Network {
  let { height, width } = input;
  const layers: Layer[] = [];
  channels.forEach((out, i) => {
    layers.push(
      convolution(`layers.${i}.conv`, out, { kernel: 3, padding: 1 }),
      batchNorm(`layers.${i}.bn`),
      { type: 'activation', slot: i },
    );
    if (height % 2 === 0 && width % 2 === 0) {
      layers.push(pools[pooling]);
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
  keys: {
    channels: key(z.array(count).min(1).default([16, 32, 64]), 'cnn: output channels of each block'),
    pooling: key(z.enum(poolingNames).default('average'), 'cnn: what a block keeps of each 2x2 window'),
  },
  build: ({ channels, pooling }, input, classes) => cnn({ channels, pooling }, input, classes),
} as const satisfies NetworkDefinition<{
  readonly channels: readonly number[];
  readonly pooling?: Pooling | undefined;
}>;
