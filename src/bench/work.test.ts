import { describe, expect, test } from 'vitest';
import { compile } from '../compile/compile.js';
import type { KernelCall, Program } from '../compile/program.js';
import { buildNetwork } from '../nn/build.js';
import { flopsOf, helperWork, isHelper, limitOf, sumOfFlops, workOf } from './work.js';

const cifar = { height: 32, width: 32, channels: 3, classes: 100 };
const program = compile(buildNetwork({ name: 'mobilenet', width: 1 }, cifar), { batch: 128, replicas: 1 });

function find<K extends KernelCall['kernel']>(
  kernel: K,
  fits = (_: KernelCall) => true,
  from: Program = program,
) {
  const call = from.train.find((one) => one.kernel === kernel && fits(one));
  if (call === undefined) throw new Error(`no ${kernel}`);
  return call as Extract<KernelCall, { kernel: K }>;
}

const pointwise = (channels: number) => (call: KernelCall) =>
  'geometry' in call &&
  'depthwise' in call.geometry &&
  !call.geometry.depthwise &&
  call.geometry.kernelHeight === 1 &&
  call.geometry.outChannels === channels;
const depthwise = (call: KernelCall) =>
  'geometry' in call && 'depthwise' in call.geometry && call.geometry.depthwise;

describe('operations', () => {
  test('a training step of the full network: 34.35 GFLOP in products and 1.1 in depthwise convolutions', () => {
    const depthwiseCalls = program.train.filter(depthwise);
    expect(sumOfFlops(depthwiseCalls) / 1e9).toBeCloseTo(1.1, 1);
    expect((sumOfFlops(program.train) - sumOfFlops(depthwiseCalls)) / 1e9).toBeCloseTo(34.35, 2);
  });

  test('of a 1x1 convolution: 2 * rows * in * out, the same for its gradients', () => {
    const rows = 128 * 32 * 32;
    expect(flopsOf(find('convolution', pointwise(64)))).toBe(2 * rows * 32 * 64);
    expect(flopsOf(find('convolutionWeightGradient', pointwise(64)))).toBe(2 * rows * 32 * 64);
    expect(flopsOf(find('convolutionInputGradient', pointwise(64)))).toBe(2 * rows * 32 * 64);
  });

  test('of a depthwise convolution: 18 for each output', () => {
    expect(flopsOf(find('convolution', depthwise))).toBe(18 * 128 * 32 * 32 * 32);
  });

  test('of what is no convolution: none', () => {
    expect(flopsOf(find('batchNorm'))).toBe(0);
    expect(flopsOf(find('averagePool'))).toBe(0);
    expect(flopsOf(find('update'))).toBe(0);
  });
});

describe('bytes', () => {
  const rows = 128 * 32 * 32;

  test('of a forward product: input with its affine, weights, output, partial statistics', () => {
    const { bytes } = workOf(program, [find('convolution', pointwise(64))]);
    const pieces = rows / 64;
    expect(bytes).toBe(4 * (rows * 32 + 2 * 32 + 32 * 64 + rows * 64 + pieces * 2 * 64));
  });

  test('tensors that both gradients of a depthwise convolution read are counted once', () => {
    const weight = find('convolutionWeightGradient', depthwise);
    const input = find(
      'convolutionInputGradient',
      (call) => depthwise(call) && 'weight' in call && call.weight === weight.weight,
    );
    const both = workOf(program, [weight, input]);
    const apart = workOf(program, [weight]).bytes + workOf(program, [input]).bytes;
    expect(both.flops).toBe(2 * flopsOf(weight));
    const { batch, outHeight, outWidth, outChannels: c, inHeight, inWidth } = weight.geometry;
    const gradient = 2 * batch * outHeight * outWidth * c + 3 * c;
    const raw = batch * inHeight * inWidth * c + 2 * c;
    expect(apart - both.bytes).toBe(4 * (gradient + raw));
  });

  test('of the images, of the update', () => {
    expect(workOf(program, [find('gather')]).bytes).toBe(128 * 3072 * (1 + 4));
    expect(workOf(program, [find('update')]).bytes).toBe(20 * 3_309_476);
  });

  test('of helpers: copies of the weights', () => {
    expect(isHelper('packWeights')).toBe(true);
    expect(isHelper('denseForward')).toBe(false);
    const call = find('convolutionWeightGradient', pointwise(64));
    expect(helperWork('packWeights', call)).toEqual({ flops: 0, bytes: 2 * 4 * 32 * 64 });
    // 131,072 rows in pieces of 2048.
    expect(helperWork('reduceWeightGradient', call).bytes).toBe((64 + 1) * 4 * 32 * 64);
  });
});

test('the limit is the slower of arithmetic and memory', () => {
  const peak = { gflops: 100, gigabytesPerSecond: 10 };
  expect(limitOf({ flops: 1e9, bytes: 1e7 }, peak)).toEqual({ milliseconds: 10, boundBy: 'compute' });
  expect(limitOf({ flops: 1e8, bytes: 1e8 }, peak)).toEqual({ milliseconds: 10, boundBy: 'memory' });
});
