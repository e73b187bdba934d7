/** What every plan keeps, whatever the network, the batch, the runs in lockstep and the precision; no device is needed. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../compile/compile.js';
import { buildNetwork, type NetworkConfig } from '../../nn/build.js';
import type { Dispatch } from './kernel.js';
import { untuned } from './need.js';
import { planWebgpu, type WebgpuPlan } from './plan.js';
import type { GpuPrecision } from './precision.js';
import type { Resource } from './resources.js';
import { blockSteps } from './stepData.js';

const ends = { height: 32, width: 32, channels: 3, classes: 100 };
const unlimited = { maxStorageBufferBindingSize: 2 ** 52, maxBufferSize: 2 ** 52 };

function planOf(
  network: NetworkConfig,
  batch: number,
  replicas: number,
  precision: GpuPrecision,
): WebgpuPlan {
  const program = compile(buildNetwork(network, ends), { batch, replicas });
  return planWebgpu(program, { limits: unlimited, slots: blockSteps, ...untuned(precision) });
}

const dispatchesOf = (units: WebgpuPlan['train']): Dispatch<Resource>[] =>
  units.flatMap(({ dispatches }) => dispatches);
const allOf = (plan: WebgpuPlan) => [
  ...dispatchesOf(plan.train),
  ...dispatchesOf(plan.evaluate),
  ...plan.gradientSums,
];
const codesOf = (plan: WebgpuPlan) => new Map(allOf(plan).map(({ kernel }) => [kernel.key, kernel.code]));

const storageBindings = (code: string) => [...code.matchAll(/var<storage\b/g)].length;

function invocations(code: string): number {
  const sizes = /@workgroup_size\(([^)]*)\)/.exec(code)?.[1] ?? '';
  return sizes.split(',').reduce((product, size) => product * Number(size), 1);
}

/** Of vec4f where a type is the text's own. */
const bytesOfType: Readonly<Record<string, number>> = { f32: 4, u32: 4, 'atomic<u32>': 4, 'vec4<f16>': 8 };

function workgroupBytes(code: string): number {
  return [...code.matchAll(/var<workgroup>\s*\w+\s*:\s*([^;]+);/g)].reduce((sum, [, type]) => {
    const [, element = type, count = '1'] = /^array<(.*),\s*(\d+)>$/.exec(type) ?? [];
    return sum + (bytesOfType[element] ?? 16) * Number(count);
  }, 0);
}

/** Not in quads: batch-norm's sums are finished apart. */
const oddWidths: NetworkConfig = { name: 'mobilenet', width: 0.3 };
const networks: readonly (readonly [string, NetworkConfig])[] = [
  ['MobileNet', { name: 'mobilenet', width: 1 }],
  ['MobileNet, a quarter', { name: 'mobilenet', width: 0.25 }],
  ['MobileNet, odd widths', oddWidths],
  ['cnn', { name: 'cnn', channels: [16, 32, 64] }],
  ['cnn, max pooling', { name: 'cnn', channels: [5, 7], pooling: 'max' }],
  ['mlp', { name: 'mlp', hidden: [256] }],
];
const precisions: readonly GpuPrecision[] = ['f32', 'f16-products'];
const cases = networks.flatMap(([name, network]) =>
  precisions.flatMap((precision) =>
    [
      [128, 1],
      [128, 7],
      [13, 64],
      [1000, 2],
    ].map(([batch, replicas]) => ({ name, network, precision, batch, replicas })),
  ),
);

describe.each(cases)('$name, batch $batch, $replicas replicas, $precision', (one) => {
  const plan = planOf(one.network, one.batch, one.replicas, one.precision);

  test('every kernel keeps the limits of a poor adapter', () => {
    for (const [key, code] of codesOf(plan)) {
      expect(storageBindings(code), `storage buffers of ${key}`).toBeGreaterThan(0);
      expect(storageBindings(code), `storage buffers of ${key}`).toBeLessThanOrEqual(8);
      expect([...code.matchAll(/var<uniform>/g)], `uniform blocks of ${key}`).toHaveLength(1);
      expect(invocations(code), `invocations of ${key}`).toBeGreaterThan(0);
      expect(invocations(code), `invocations of ${key}`).toBeLessThanOrEqual(256);
      const most = one.precision === 'f32' ? 16_384 : 32_768;
      expect(workgroupBytes(code), `workgroup memory of ${key}`).toBeLessThanOrEqual(most);
    }
    for (const { kernel, bindings } of allOf(plan)) {
      expect(bindings.length, kernel.key).toBe(storageBindings(kernel.code));
    }
  });

  test('no grid is larger than WebGPU allows, and replicas are its z', () => {
    for (const { kernel, groups } of allOf(plan)) {
      for (const size of groups) {
        expect(size, kernel.key).toBeGreaterThan(0);
        expect(size, kernel.key).toBeLessThanOrEqual(65_535);
      }
    }
    for (const { kernel, groups } of dispatchesOf(plan.train)) {
      expect(groups[2], kernel.key).toBe(one.replicas);
    }
  });

  test('few pipelines, few dispatches', () => {
    expect(codesOf(plan).size).toBeLessThanOrEqual(40);
    // In halves the largest weights are looked for, and some sums are finished apart.
    const more = one.precision === 'f32' ? 0 : 10;
    const most = one.batch <= 128 && one.network !== oddWidths ? 110 : 132;
    expect(dispatchesOf(plan.train).length).toBeLessThanOrEqual(most + more);
  });
});

test('a plan of any number of replicas is of the same kernels, but for its tiles', () => {
  const keys = (replicas: number) =>
    [...codesOf(planOf({ name: 'mobilenet', width: 1 }, 128, replicas, 'f32')).keys()]
      .map((key) => key.replace(/\d+x\d+x\d+ \dx\d/, 'TILE'))
      .sort();
  expect(new Set(keys(7))).toEqual(new Set(keys(1)));
  expect(new Set(keys(21))).toEqual(new Set(keys(1)));
});
