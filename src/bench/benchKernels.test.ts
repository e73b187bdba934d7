import { expect, test } from 'vitest';
import { compile } from '../compile/compile.js';
import { buildNetwork } from '../nn/build.js';
import { medianCalls, shapeOf, sumUp, tabulate } from './benchKernels.js';
import { quantile, timingOf } from './statistics.js';

const cifar = { height: 32, width: 32, channels: 3, classes: 10 };
const program = compile(buildNetwork({ name: 'mobilenet', width: 1 }, cifar), { batch: 8, replicas: 1 });
const peak = {
  vectorBits: 128,
  gflops: 100,
  gigabytesPerSecond: 10,
  readGigabytesPerSecond: 10,
  copyGigabytesPerSecond: 8,
} as const;
const convolutions = program.train.filter((call) => call.kernel === 'convolution');

test('quantiles interpolate; a timing has median, quartiles and extremes', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(timingOf([5, 1, 3, 2, 4])).toEqual({ medianMs: 3, quartilesMs: [2, 4], minMs: 1, maxMs: 5 });
  expect(timingOf([7])).toEqual({ medianMs: 7, quartilesMs: [7, 7], minMs: 7, maxMs: 7 });
});

test('shapes are written as the field does', () => {
  const shapes = convolutions.slice(0, 4).map((call) => shapeOf(call, program));
  expect(shapes).toEqual(['32x32x3 -> 32 3x3', '32x32x32 3x3', '32x32x32 -> 64', '32x32x64 3x3 /2']);
});

test('the median is taken at each place of the list', () => {
  const call = convolutions[0];
  const step = (a: number, b: number) =>
    [a, b].map((milliseconds) => ({ kernel: 'denseForward' as const, call, milliseconds }));
  const medians = medianCalls([step(1, 10), step(3, 30), step(2, 20)]);
  expect(medians.map(({ milliseconds }) => milliseconds)).toEqual([2, 20]);
});

test('calls of one shape stand in one row, most time first, with the share of their limit', () => {
  const same = convolutions.filter((call) => shapeOf(call, program) === '4x4x512 -> 512');
  expect(same).toHaveLength(5);
  const measured = [convolutions[0], ...same].map((call) => ({
    kernel: 'denseForward' as const,
    call,
    milliseconds: 2,
  }));
  const rows = tabulate(measured, program, peak);
  expect(rows.map(({ shape, calls }) => [shape, calls])).toEqual([
    ['4x4x512 -> 512', 5],
    ['32x32x3 -> 32 3x3', 1],
  ]);
  const [row] = rows;
  const flops = 2 * 8 * 16 * 512 * 512;
  expect(row.boundBy).toBe('compute');
  expect(row.gflops).toBeCloseTo(flops / 2e6, 6);
  expect(row.shareOfLimit).toBeCloseTo(flops / 100e6 / 2, 6);
  const [sum] = sumUp(rows);
  expect(sum.milliseconds).toBe(12);
  expect(sum.shareOfLimit).toBeCloseTo(sum.limitMs / 12, 9);
});

test('both gradients of a depthwise convolution count where one kernel makes them', () => {
  const call = program.train.find(
    (one) => one.kernel === 'convolutionWeightGradient' && one.geometry.depthwise,
  );
  if (call === undefined) throw new Error('no depthwise gradient');
  const [row] = tabulate([{ kernel: 'depthwiseBackward', call, milliseconds: 1 }], program, peak);
  expect(row.gflops).toBeCloseTo((2 * 18 * 8 * 2 * 2 * 1024) / 1e6, 9);
});
