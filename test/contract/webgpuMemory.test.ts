/** What a Step takes of the WebGPU adapter at hand: its buffers to the byte, the dataset in parts, the length of a dispatch. */
import { describe, expect, test } from 'vitest';
import { checkDispatches } from '../../src/backends/webgpu/dispatchTimes.js';
import { webgpuNeed } from '../../src/backends/webgpu/need.js';
import { createWebgpuNodeStep } from '../../src/backends/webgpu/node/createStep.js';
import type { WebgpuStep } from '../../src/backends/webgpu/step.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { PixelSource } from '../../src/compile/step.js';
import type { Network } from '../../src/nn/network.js';
import { testAdapter } from '../support/adapter.js';
import { openStepOn, openTestStep, testDevice } from '../support/webgpuStep.js';
import { differing } from './compareSteps.js';
import { classes, hyper, oddNetwork, plan, size, source } from './networks.js';

const request = testAdapter?.request ?? 'webgpu';

/** The device with some of its properties replaced. */
function deviceWith(device: GPUDevice, changed: Partial<Record<keyof GPUDevice, unknown>>): GPUDevice {
  return new Proxy(device, {
    get: (target, name) => {
      if (name in changed) return changed[name as keyof GPUDevice];
      const value: unknown = target[name as keyof GPUDevice];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const linear: Network = {
  ...oddNetwork(),
  name: 'linear',
  layers: [{ type: 'linear', name: 'fc', outFeatures: classes }],
  activationSlots: [],
};

/** Images of which no two are alike. */
function manyImages(images: number): PixelSource {
  const bytes = 3 * size * size;
  return {
    ...source(),
    pixels: Uint8Array.from({ length: images * bytes }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
    labels: Uint8Array.from({ length: images }, (_, i) => i % classes),
  };
}

/** Losses of single images. */
async function lossesOf(step: WebgpuStep, images: readonly number[]): Promise<number[]> {
  const batch = step.program.batch;
  const none = new Uint8Array(batch);
  const indices = Int32Array.from({ length: batch }, (_, i) => images[i] ?? 0);
  const shifts = new Int8Array(batch);
  const replica = { indices, shiftY: shifts, shiftX: shifts, flip: none };
  await step.writeState(0, initialState(step.program, 3));
  step.evaluate({ count: images.length, replicas: [replica] }, { activations: [[]] });
  const [{ losses }] = await step.metrics();
  return [...losses];
}

describe.skipIf(testAdapter === null)(`on ${testAdapter?.description.name}`, () => {
  test('what a Step makes is, to the byte, what is told of it before', async () => {
    const device = await testDevice();
    let bytes = 0;
    const counted = deviceWith(device, {
      createBuffer: (descriptor: GPUBufferDescriptor) => {
        bytes += descriptor.size;
        return device.createBuffer(descriptor);
      },
    });
    const program = compile(oddNetwork(), { batch: 5, replicas: 3 });
    const step = await openStepOn(counted, program);
    expect(step.memoryBytes).toBe(bytes);
    expect(webgpuNeed(program, device.limits).bytes).toBe(bytes);
    await step.dispose();
  });

  test('a dataset in parts is the same dataset; one that has no room is refused', async () => {
    const program = compile(linear, { batch: 5, replicas: 1 });
    const whole = await openTestStep(program);
    const most = 2 ** 16;
    const limits = { maxStorageBufferBindingSize: most, maxBufferSize: 2 * most };
    const parted = await openStepOn(deviceWith(await testDevice(), { limits }), program);
    const { partImages, named } = parted.plan;
    expect(partImages * 3 * size * size).toBeLessThan(most);
    const images = manyImages(named.data.length * partImages);
    whole.load(images);
    parted.load(images);
    const borders = named.data.flatMap((_, part) => [part * partImages, (part + 1) * partImages - 1]);
    expect(await lossesOf(parted, borders.slice(0, 5))).toEqual(await lossesOf(whole, borders.slice(0, 5)));
    const last = await lossesOf(parted, borders.slice(5));
    expect(last).toEqual(await lossesOf(whole, borders.slice(5)));
    expect(new Set(last).size).toBe(last.length);
    expect(() => parted.load(manyImages(images.labels.length + 1))).toThrow(
      /more images than this device can hold[\s\S]*at most \d+[\s\S]*do:/,
    );
    await whole.dispose();
    await parted.dispose();
  });

  test('several runs whose dispatch takes too long are refused; looking at it changes no bit', async () => {
    const state = async (step: WebgpuStep) => {
      step.load(source());
      for (const replica of [0, 1]) await step.writeState(replica, initialState(step.program, replica));
      const [one] = plan(5, 0).replicas;
      for (let i = 0; i < 2; i++) {
        await step.room();
        step.train({ count: 5, replicas: [one, one] }, [hyper('silu'), hyper('relu')]);
      }
      const metrics = await step.metrics();
      return { metrics, states: [await step.readState(0), await step.readState(1)] };
    };
    const program = compile(oddNetwork(), { batch: 5, replicas: 2 });
    const looked = await openTestStep(program);
    await expect(checkDispatches(looked, 'this GPU', 0)).rejects.toThrow(
      /busy for too long[\s\S]*2 runs in lockstep, this GPU[\s\S]*at most 0 ms[\s\S]*fewer runs in lockstep/,
    );
    await checkDispatches(looked, 'this GPU', 60_000);
    const after = await state(looked);
    await looked.dispose();
    const plain = await openTestStep(program);
    const before = await state(plain);
    await plain.dispose();
    expect(after.metrics).toEqual(before.metrics);
    for (const r of [0, 1]) expect(differing(after.states[r], before.states[r])).toEqual([]);
  });

  test('a Step in Node is opened only where its dispatches are short; one run is always', async () => {
    const options = { adapter: request, tune: false, longestDispatch: 0 } as const;
    const open = (replicas: number) => createWebgpuNodeStep(compile(linear, { batch: 5, replicas }), options);
    await expect(open(2)).rejects.toThrow(/busy for too long/);
    const one = await open(1);
    await one.dispose();
  });
});
