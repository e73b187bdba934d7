/**
 * MobileNet v1 (Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
 * 2017) as it is usually cut for 32x32 images: a stem with stride 1, thirteen depthwise separable blocks, an average
 * pool over the last map (2x2 for 32x32 images) and a linear layer.
 */
import * as z from 'zod';
import { requestError } from '../base/errors.js';
import { key } from '../base/keys.js';
import type { NetworkDefinition } from './definition.js';
import { batchNorm, convolution } from './layers.js';
import type { Layer, Network } from './network.js';

/** Output channels at width 1, and stride of the depthwise convolution, per block. */
const blocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

const stemChannels = 32;

/**
 * @param width multiplies every channel count (rounded, at least 1); 1 is the full network
 * @param input square images
 * @throws a request error for another width than a number above 0, and for images that are not square
 */
function mobilenet(width: number, input: Network['input'], classes: number): Network {
  checkArguments(width, input);
  const scaled = (channels: number) => Math.max(1, Math.round(channels * width));
  let channels = scaled(stemChannels);
  let side = input.height;
  const layers: Layer[] = [
    convolution('conv1', channels, { kernel: 3, padding: 1 }),
    batchNorm('bn1'),
    { type: 'activation', slot: 0 },
  ];
  blocks.forEach(([out, stride], i) => {
    const name = `layers.${i}`;
    const activation: Layer = { type: 'activation', slot: i + 1 };
    layers.push(
      convolution(`${name}.conv1`, channels, { kernel: 3, padding: 1, stride, depthwise: true }),
      batchNorm(`${name}.bn1`),
      activation,
    );
    channels = scaled(out);
    layers.push(convolution(`${name}.conv2`, channels, { kernel: 1 }), batchNorm(`${name}.bn2`), activation);
    side = Math.ceil(side / stride);
  });
  layers.push({ type: 'averagePool', size: side }, { type: 'linear', name: 'linear', outFeatures: classes });
  return {
    name: width === 1 ? 'mobilenet' : `mobilenet width ${width}`,
    input,
    classes,
    layers,
    activationSlots: [{ block: 'stem' }, ...blocks.map((_, block) => ({ block }))],
    blocks: blocks.length,
  };
}

function checkArguments(width: number, input: Network['input']): void {
  if (!Number.isFinite(width) || width <= 0) {
    throw requestError({
      what: "MobileNet's width multiplier is no size",
      where: 'network.width',
      rule: 'a number above 0',
      value: String(width),
    });
  }
  if (input.height !== input.width) {
    throw requestError({
      what: 'MobileNet takes square images',
      where: 'network.name',
      rule: 'height equals width',
      value: `${input.height}x${input.width}`,
    });
  }
}

export const mobilenetDefinition = {
  name: 'mobilenet',
  keys: { width: key(z.number().gt(0).max(4).default(1), 'mobilenet: multiplier of all channels') },
  build: ({ width }, input, classes) => mobilenet(width, input, classes),
} as const satisfies NetworkDefinition<{ readonly width: number }>;
