import { describe, expect, it } from 'vitest';
import { compile } from '../../compile/compile.js';
import { estimateRunMemory } from '../../launch/allotment.js';
import { buildNetwork, type NetworkConfig } from '../../nn/build.js';
import { needOf, replicasThatFit } from './needs.js';
import { type BackendChoice, openStep } from './openStep.js';

const ends = { height: 32, width: 32, channels: 3, classes: 10 };
const programOf = (network: NetworkConfig, batch: number) => (replicas: number) =>
  compile(buildNetwork(network, ends), { batch, replicas });
const quarter = programOf({ name: 'mobilenet', width: 0.25 }, 32);

const choices: readonly (readonly [string, BackendChoice])[] = [
  ['wasm', { backend: 'wasm', threads: 2, variant: 'plain' }],
  ['reference', { backend: 'reference', precision: 'float32' }],
];

describe.each(choices)('%s', (_, choice) => {
  it.each([1, 3])('what %i replicas need is what is allocated', async (replicas) => {
    const program = quarter(replicas);
    const step = await openStep(program, choice);
    const { bytes, refusal } = await needOf(program, choice);
    expect(refusal).toBeNull();
    expect(step.memoryBytes).toBe(bytes);
    await step.dispose();
  });
});

describe('webgpu', () => {
  const full = programOf({ name: 'mobilenet', width: 1 }, 128);
  const within = (bindings: number, memory = Number.MAX_VALUE, most = 200) => {
    const limits = { maxStorageBufferBindingSize: bindings, maxBufferSize: 2 * bindings };
    return replicasThatFit(full, { backend: 'webgpu', adapter: 'webgpu', limits }, { most, bytes: memory });
  };

  it('as many replicas as the largest buffer and the memory hold', async () => {
    // The largest activation of a run is 33.6 MB: four of them are bound in 128 MiB.
    expect(await within(2 ** 27)).toBe(4);
    expect(await within(2 ** 31 - 4)).toBe(63);
    expect(await within(2 ** 27, Number.MAX_VALUE, 3)).toBe(3);
    const limits = { maxStorageBufferBindingSize: 2 ** 31, maxBufferSize: 2 ** 31 };
    const choice = { backend: 'webgpu', adapter: 'webgpu', limits } as const;
    const seven = (await needOf(full(7), choice)).bytes;
    expect(await within(2 ** 31, seven)).toBe(7);
    expect(await within(2 ** 31, seven - 1)).toBe(6);
    expect(
      (await needOf(full(5), { ...choice, limits: { ...limits, maxBufferSize: 2 ** 27 } })).refusal,
    ).toMatch(/larger buffer than this device allows[\s\S]*5 runs in lockstep[\s\S]*at most 128 MiB/);
  });
});

describe('wasm', () => {
  const choice = { backend: 'wasm', threads: 2, variant: 'plain' } as const;

  it.each<[string, NetworkConfig, number, number]>([
    ['mobilenet, full width', { name: 'mobilenet', width: 1 }, 128, 1],
    ['mobilenet, full width, 7 replicas', { name: 'mobilenet', width: 1 }, 128, 7],
    ['mobilenet, a quarter', { name: 'mobilenet', width: 0.25 }, 128, 4],
    ['cnn', { name: 'cnn', channels: [16, 32, 64] }, 64, 2],
  ])(
    'the estimate for planning holds what is allocated, and not much more: %s',
    async (_, network, batch, replicas) => {
      const program = programOf(network, batch)(replicas);
      const { bytes } = await needOf(program, choice);
      const interpreter = 60e6;
      const estimate = estimateRunMemory(program);
      expect(bytes).toBeLessThan(estimate);
      expect(estimate - interpreter).toBeLessThan(1.5 * bytes);
    },
  );

  it('as many replicas as memory and 4 GiB hold', async () => {
    const one = (await needOf(quarter(1), choice)).bytes;
    const two = (await needOf(quarter(2), choice)).bytes;
    const each = two - one;
    const within = (bytes: number, most = 50) => replicasThatFit(quarter, choice, { most, bytes });
    expect(await within(one + 4.5 * each)).toBe(5);
    expect(await within(one / 2)).toBe(1);
    expect(await within(1e12, 3)).toBe(3);
    const full = programOf({ name: 'mobilenet', width: 1 }, 128);
    const most = await replicasThatFit(full, choice, { most: 500, bytes: 1e12 });
    expect(most).toBeGreaterThan(7);
    expect(most).toBeLessThan(500);
    expect((await needOf(full(most + 1), choice)).refusal).toMatch(/4 GiB/);
  });
});
