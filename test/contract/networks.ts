/** Small networks of odd sizes, images and batches for them: what every backend is tested with. */
import { RandomStream } from '../../src/base/random.js';
import type { BatchPlan, PixelSource, StepHyper } from '../../src/compile/step.js';
import type { ActivationName, Network } from '../../src/nn/network.js';

export const size = 9;
export const classes = 7;
export const examples = 24;

export function source(height = size): PixelSource {
  const stream = new RandomStream(1, 'synthetic');
  return {
    pixels: Uint8Array.from({ length: examples * 3 * height * height }, (_, i) => stream.integer(i, 256)),
    labels: Uint8Array.from({ length: examples }, (_, i) => i % classes),
    channels: 3,
    height,
    width: height,
    mean: [0.5, 0.4, 0.45],
    deviation: [0.25, 0.26, 0.27],
  };
}

export function plan(batch: number, first: number, count = batch): BatchPlan {
  const stream = new RandomStream(2, 'augment', first);
  const replica = {
    indices: Int32Array.from({ length: batch }, (_, i) => (first + i) % examples),
    shiftY: Int8Array.from({ length: batch }, (_, i) => stream.integer(3 * i, 9) - 4),
    shiftX: Int8Array.from({ length: batch }, (_, i) => stream.integer(3 * i + 1, 9) - 4),
    flip: Uint8Array.from({ length: batch }, (_, i) => stream.integer(3 * i + 2, 2)),
  };
  return { count, replicas: [replica] };
}

export const act = { type: 'activation', slot: 0 } as const;

export const bn = (name: string) => ({ type: 'batchNorm', name, epsilon: 1e-5, momentum: 0.1 }) as const;

export const conv = (name: string, outChannels: number, kernel: number, stride = 1, depthwise = false) =>
  ({
    type: 'convolution',
    name,
    outChannels,
    kernel,
    stride,
    padding: (kernel - 1) / 2,
    depthwise,
    bias: false,
  }) as const;

/** Odd sizes on purpose: 9 x 9 images, 5, 13 and 33 channels, a 2 x 2 pool after a stride. */
export function oddNetwork(activation = true): Network {
  return {
    name: 'odd',
    input: { height: size, width: size, channels: 3 },
    classes,
    layers: [
      conv('c1', 5, 3, 1),
      bn('b1'),
      act,
      conv('d1', 5, 3, 1, true),
      bn('b2'),
      act,
      conv('p1', 13, 1, 1),
      bn('b3'),
      act,
      conv('d2', 13, 3, 2, true),
      bn('b4'),
      act,
      conv('p2', 33, 1, 1),
      bn('b5'),
      act,
      { ...conv('c2', 10, 3, 2), bias: true },
      act,
      { ...conv('c3', 6, 2, 1), padding: 0, kernel: 2 },
      bn('b6'),
      act,
      { type: 'averagePool', size: 2 },
      { type: 'linear', name: 'fc', outFeatures: classes },
    ],
    activationSlots: [{ block: activation ? 0 : 'stem' }],
    blocks: 1,
  };
}

/** Max pooling with and without overlap, of a view and of a pool, where rows and columns at the end are left out. */
export function maxPoolNetwork(): Network {
  return {
    ...oddNetwork(),
    name: 'max pool',
    layers: [
      conv('c1', 21, 3),
      bn('b1'),
      act,
      { type: 'maxPool', size: 3, stride: 2 },
      conv('c2', 6, 3),
      act,
      { type: 'maxPool', size: 2, stride: 1 },
      act,
      { type: 'maxPool', size: 2, stride: 2 },
      { type: 'linear', name: 'fc', outFeatures: classes },
    ],
  };
}

/** Channels in whole quads, few rows: batch-norms' sums are finished by the kernels that read them. */
export function quadNetwork(): Network {
  return {
    ...oddNetwork(),
    name: 'quads',
    layers: [
      conv('c1', 8, 3),
      bn('b1'),
      act,
      conv('p1', 36, 1),
      bn('b2'),
      act,
      conv('d1', 36, 3, 2, true),
      bn('b3'),
      act,
      conv('p2', 12, 1),
      bn('b4'),
      act,
      { type: 'averagePool', size: 5 },
      { type: 'linear', name: 'fc', outFeatures: classes },
    ],
  };
}

/** Depthwise convolutions that have batch-norm on one side only, few rows: each finishes sums beside its own, or beside none. */
export function depthwiseNetwork(beside: keyof typeof besides): Network {
  return {
    ...oddNetwork(),
    name: `depthwise, ${beside}`,
    layers: [
      ...besides[beside],
      act,
      { type: 'averagePool', size: 3 },
      { type: 'linear', name: 'fc', outFeatures: classes },
    ],
  };
}

export const besides = {
  'a pool in front': [
    conv('c1', 8, 3),
    bn('b1'),
    act,
    { type: 'averagePool', size: 3 },
    conv('d1', 8, 3, 1, true),
    bn('b2'),
  ],
  'a bias in front': [{ ...conv('c1', 8, 3), bias: true }, act, conv('d1', 8, 3, 1, true), bn('b1')],
  'no batch-norm behind': [conv('c1', 8, 3), bn('b1'), act, conv('d1', 8, 3, 1, true)],
} as const;

/** Pointwise layers of 128 channels and more, several panels and splits of each; rows that fill no block. */
export function deepNetwork(): Network {
  return {
    name: 'deep',
    input: { height: size, width: size, channels: 3 },
    classes,
    layers: [
      conv('c1', 128, 3),
      bn('b1'),
      act,
      conv('p1', 160, 1),
      bn('b2'),
      act,
      conv('d1', 160, 3, 2, true),
      bn('b3'),
      act,
      conv('p2', 256, 1),
      bn('b4'),
      act,
      // Without normalization in front: a view and a gradient as they are.
      conv('p3', 128, 1),
      act,
      { type: 'averagePool', size: 5 },
      { type: 'linear', name: 'fc', outFeatures: classes },
    ],
    activationSlots: [{ block: 0 }],
    blocks: 1,
  };
}

/** Inner dimensions of more than a block of packed rows (256 or 512 elements), and of no whole vector. */
export function longNetwork(): Network {
  return {
    name: 'long',
    input: { height: size, width: size, channels: 3 },
    classes,
    layers: [
      conv('c1', 61, 3),
      bn('b1'),
      act,
      conv('c2', 12, 3),
      bn('b2'),
      act,
      conv('p1', 523, 1),
      bn('b3'),
      act,
      conv('p2', 8, 1),
      bn('b4'),
      act,
      // The gradient's windows of 9 x 60 elements.
      conv('c3', 60, 3, 2),
      bn('b5'),
      act,
      { type: 'averagePool', size: 5 },
      { type: 'linear', name: 'fc', outFeatures: classes },
    ],
    activationSlots: [{ block: 0 }],
    blocks: 1,
  };
}

export function hyper(activation: ActivationName, over: Partial<StepHyper> = {}): StepHyper {
  return {
    optimizer: 'sgd',
    learningRate: 0.05,
    momentum: 0.9,
    dampening: 0,
    nesterov: false,
    weightDecay: 0.001,
    activations: [activation],
    ...over,
  };
}
