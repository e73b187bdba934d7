import { describe, expect, it } from 'vitest';
import { activationsFor } from './activations.js';
import { buildNetwork, type NetworkConfig } from './build.js';
import { drawInitial } from './initialize.js';
import type { ActivationName, Network } from './network.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { layerShapes } from './shapes.js';

/** Number of trained values. */
const countParameters = (network: Network) =>
  parametersOf(network).reduce((sum, { elements }) => sum + elements, 0);

const cifar = { height: 32, width: 32, channels: 3, classes: 100 };
const mobilenet = buildNetwork({ name: 'mobilenet', width: 1 }, cifar);

describe('mobilenet', () => {
  it('has 3,309,476 parameters in 83 tensors at width 1 with 100 classes', () => {
    expect(countParameters(mobilenet)).toBe(3_309_476);
    expect(parametersOf(mobilenet)).toHaveLength(83);
    expect(statisticsOf(mobilenet)).toHaveLength(54);
  });

  it("has PyTorch's names and shapes", () => {
    const shapes = Object.fromEntries(parametersOf(mobilenet).map(({ name, shape }) => [name, shape]));
    expect(Object.keys(shapes).slice(0, 9)).toEqual([
      'conv1.weight',
      'bn1.weight',
      'bn1.bias',
      'layers.0.conv1.weight',
      'layers.0.bn1.weight',
      'layers.0.bn1.bias',
      'layers.0.conv2.weight',
      'layers.0.bn2.weight',
      'layers.0.bn2.bias',
    ]);
    expect(shapes['conv1.weight']).toEqual([32, 3, 3, 3]);
    expect(shapes['layers.11.conv1.weight']).toEqual([512, 1, 3, 3]);
    expect(shapes['layers.11.conv2.weight']).toEqual([1024, 512, 1, 1]);
    expect(shapes['linear.weight']).toEqual([100, 1024]);
    expect(shapes['linear.bias']).toEqual([100]);
    expect(statisticsOf(mobilenet).slice(0, 3)).toEqual([
      { name: 'bn1.running_mean', elements: 32, initial: 0 },
      { name: 'bn1.running_var', elements: 32, initial: 1 },
      { name: 'layers.0.bn1.running_mean', elements: 32, initial: 0 },
    ]);
  });

  it('ends with a 2x2 map, pooled to 1x1', () => {
    const shapes = layerShapes(mobilenet);
    expect(shapes.at(-3)).toEqual({ height: 2, width: 2, channels: 1024 });
    expect(shapes.at(-2)).toEqual({ height: 1, width: 1, channels: 1024 });
  });

  it('scales every channel count by the width', () => {
    const narrow = buildNetwork({ name: 'mobilenet', width: 0.25 }, { ...cifar, classes: 10 });
    const shapes = parametersOf(narrow).map(({ shape }) => shape);
    expect(shapes[0]).toEqual([8, 3, 3, 3]);
    expect(shapes.at(-2)).toEqual([10, 256]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses width %s', (width) => {
    expect(() => buildNetwork({ name: 'mobilenet', width }, cifar)).toThrow(/width multiplier/);
  });

  it('refuses oblong images', () => {
    expect(() => buildNetwork({ name: 'mobilenet', width: 1 }, { ...cifar, width: 16 })).toThrow(/square/);
  });
});

describe('cnn and mlp', () => {
  it('cnn: convolution, batch-norm, pool per block, then linear on the flattened map', () => {
    const network = buildNetwork({ name: 'cnn', channels: [8, 16] }, cifar);
    expect(parametersOf(network).map(({ name, shape }) => [name, shape.join('x')])).toEqual([
      ['layers.0.conv.weight', '8x3x3x3'],
      ['layers.0.bn.weight', '8'],
      ['layers.0.bn.bias', '8'],
      ['layers.1.conv.weight', '16x8x3x3'],
      ['layers.1.bn.weight', '16'],
      ['layers.1.bn.bias', '16'],
      ['linear.weight', '100x1024'],
      ['linear.bias', '100'],
    ]);
  });

  it('cnn: average or max pools', () => {
    const pools = (config: NetworkConfig) =>
      buildNetwork(config, cifar).layers.filter(({ type }) => type.endsWith('Pool'));
    const average = { type: 'averagePool', size: 2 };
    expect(pools({ name: 'cnn', channels: [8, 16] })).toEqual([average, average]);
    expect(pools({ name: 'cnn', channels: [8], pooling: 'max' })).toEqual([
      { type: 'maxPool', size: 2, stride: 2 },
    ]);
  });

  it('mlp: hidden layers with bias; without any it is a linear classifier', () => {
    const network = buildNetwork({ name: 'mlp', hidden: [64] }, cifar);
    expect(countParameters(network)).toBe(3072 * 64 + 64 + 64 * 100 + 100);
    expect(countParameters(buildNetwork({ name: 'mlp', hidden: [] }, cifar))).toBe(3072 * 100 + 100);
  });

  it.each<NetworkConfig>([
    { name: 'cnn', channels: [8, 0] },
    { name: 'mlp', hidden: [1.5] },
  ])('refuses impossible sizes: %o', (config) => {
    expect(() => buildNetwork(config, cifar)).toThrow(/no size/);
  });

  it('refuses a network that does not exist', () => {
    const config = { name: 'resnet' } as unknown as NetworkConfig;
    expect(() => buildNetwork(config, cifar)).toThrow(/mobilenet, cnn, mlp/);
  });
});

describe('drawInitial', () => {
  const find = (name: string) => parametersOf(mobilenet).find((p) => p.name === name) ?? expect.unreachable();

  it('is uniform in +-1/sqrt(fan_in), for a bias too', () => {
    const { initial } = find('layers.12.conv2.weight');
    expect(initial).toEqual({ type: 'uniform', bound: 1 / 32 });
    expect(find('linear.bias').initial).toEqual({ type: 'uniform', bound: 1 / 32 });
    expect(find('layers.0.conv1.weight').initial).toEqual({ type: 'uniform', bound: 1 / 3 });
    const values = drawInitial(find('layers.5.conv2.weight'), 0);
    const bound = 1 / Math.sqrt(256);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const square = values.reduce((a, b) => a + b * b, 0) / values.length;
    expect(values.every((value) => Math.abs(value) <= bound)).toBe(true);
    expect(Math.abs(mean) / bound).toBeLessThan(0.01);
    expect(square / (bound ** 2 / 3)).toBeCloseTo(1, 1);
  });

  it('starts batch-norm at 1 and 0', () => {
    expect(new Set(drawInitial(find('bn1.weight'), 5))).toEqual(new Set([1]));
    expect(new Set(drawInitial(find('bn1.bias'), 5))).toEqual(new Set([0]));
  });

  it('depends on the seed and the name, and on nothing else', () => {
    const parameter = find('conv1.weight');
    expect(drawInitial(parameter, 1)).toEqual(drawInitial(parameter, 1));
    expect(drawInitial(parameter, 1)).not.toEqual(drawInitial(parameter, 2));
    expect(drawInitial(parameter, 1)).not.toEqual(drawInitial({ ...parameter, name: 'other' }, 1));
    const shorter = drawInitial({ ...parameter, elements: 10 }, 1);
    expect(shorter).toEqual(drawInitial(parameter, 1).slice(0, 10));
  });
});

describe('activationsFor', () => {
  it('one name is for every slot, the stem too', () => {
    expect(new Set(activationsFor(mobilenet, 'tanh'))).toEqual(new Set(['tanh']));
    expect(activationsFor(mobilenet, 'tanh')).toHaveLength(14);
  });

  it.each([
    ['4-10', [4, 5, 6, 7, 8, 9, 10]],
    ['0-1, 12', [0, 1, 12]],
    [3, [3]],
    [
      [2, 5],
      [2, 5],
    ],
    ['all', Array.from({ length: 13 }, (_, i) => i)],
  ] as const)('blocks %o, relu elsewhere and in the stem', (blocks, expected) => {
    const names = activationsFor(mobilenet, { name: 'sigmoid', blocks });
    const chosen = names.flatMap((name, slot) => (name === 'sigmoid' ? [slot - 1] : []));
    expect(chosen).toEqual(expected);
    expect(names.filter((name) => name === 'relu')).toHaveLength(14 - expected.length);
  });

  it('elsewhere can be another one', () => {
    const names = activationsFor(mobilenet, { name: 'sigmoid', blocks: '12', elsewhere: 'gelu' });
    expect(names).toEqual([...Array.from({ length: 13 }, () => 'gelu'), 'sigmoid']);
  });

  it.each(['4-13', '13', [-1], [1.5], []])('refuses blocks that do not exist: %o', (blocks) => {
    expect(() => activationsFor(mobilenet, { name: 'sigmoid', blocks })).toThrow(/block/);
  });

  it.each(['', '10-4', '4-', 'some', '4;5'])('refuses blocks that cannot be read: %o', (blocks) => {
    expect(() => activationsFor(mobilenet, { name: 'sigmoid', blocks })).toThrow(/cannot be read/);
  });

  it('refuses an activation that does not exist', () => {
    expect(() => activationsFor(mobilenet, 'swish' as ActivationName)).toThrow(/one of identity, relu/);
  });

  it('says that a network has no blocks', () => {
    const linear = buildNetwork({ name: 'mlp', hidden: [] }, cifar);
    expect(() => activationsFor(linear, { name: 'relu', blocks: '0' })).toThrow(/mlp has no blocks/);
  });
});
