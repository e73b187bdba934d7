/** What the host does for a training step on the WebGPU adapter at hand: few calls, and nothing is made. */
import { describe, expect, test } from 'vitest';
import type { WebgpuStep } from '../../src/backends/webgpu/step.js';
import { blockSteps } from '../../src/backends/webgpu/stepData.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import { testAdapter } from '../support/adapter.js';
import { openTestStep } from '../support/webgpuStep.js';
import { hyper, oddNetwork, plan, source } from './networks.js';

type Methods = Record<string, unknown>;

/** Counts the calls of an object's methods by name, and of the objects that they give back. */
function counted<T extends object>(object: T, counts: Map<string, number>): T {
  return new Proxy(object, {
    get: (target, name) => {
      const value = (target as Methods)[name as string];
      if (typeof value !== 'function') return value;
      return (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => {
        counts.set(String(name), (counts.get(String(name)) ?? 0) + 1);
        const result: unknown = value.call(target, a, b, c, d, e);
        const isEncoder = name === 'createCommandEncoder' || name === 'beginComputePass';
        return isEncoder ? counted(result as object, counts) : result;
      };
    },
  });
}

/** Calls of the device, its queue, encoders and passes while `work` runs. */
async function callsOf(step: WebgpuStep, work: () => Promise<void>): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const { device } = step.engine;
  const queue = counted(device.queue, counts);
  const wrapped = new Proxy(counted(device, counts), {
    get: (target, name) => (name === 'queue' ? queue : (target as unknown as Methods)[name as string]),
  });
  Object.defineProperty(step.engine, 'device', { value: wrapped, configurable: true });
  try {
    await work();
  } finally {
    Object.defineProperty(step.engine, 'device', { value: device, configurable: true });
  }
  return counts;
}

describe.skipIf(testAdapter === null)(`the host's calls on ${testAdapter?.description.name}`, () => {
  test('steps of a submission are one write, one pass, one copy and one submission; nothing is made', async () => {
    const step = await openTestStep(compile(oddNetwork(), { batch: 5, replicas: 1 }));
    step.load(source());
    await step.writeState(0, initialState(step.program, 3));
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await step.room();
        step.train(plan(5, 5 * i), [hyper('relu')]);
      }
      await step.metrics();
    };
    await steps(2);
    // The first step goes out alone, so that the device has work; then come whole blocks.
    const counts = await callsOf(step, () => steps(1 + 2 * blockSteps));
    const dispatches = step.plan.train.reduce((sum, unit) => sum + unit.dispatches.length, 0);
    const submissions = 3;
    expect(Object.fromEntries([...counts].filter(([name]) => name !== 'setPipeline'))).toEqual({
      writeBuffer: submissions,
      createCommandEncoder: submissions,
      beginComputePass: submissions,
      end: submissions,
      copyBufferToBuffer: submissions,
      finish: submissions,
      submit: submissions,
      setBindGroup: dispatches * (1 + 2 * blockSteps),
      dispatchWorkgroups: dispatches * (1 + 2 * blockSteps),
    });
    expect(counts.get('setPipeline')).toBeLessThanOrEqual(dispatches * (1 + 2 * blockSteps));
    await step.dispose();
  });

  test("an epoch's end makes nothing either: evaluation, norms, gradients, a checkpoint and its return", async () => {
    const step = await openTestStep(compile(oddNetwork(), { batch: 5, replicas: 2 }));
    step.load(source());
    const [one] = plan(5, 0).replicas;
    const both = { count: 5, replicas: [one, one] };
    const activations = hyper('relu').activations;
    const epoch = async () => {
      for (const replica of [0, 1]) await step.writeState(replica, initialState(step.program, 3));
      step.train(both, [hyper('relu'), hyper('relu')]);
      for (let i = 0; i < 2 * blockSteps; i++) {
        await step.room();
        step.evaluate(both, { activations: [activations, activations], logits: i % 2 === 0 });
      }
      await step.metrics();
      await step.gradientNorms(1);
      await step.readGradients(0);
      await step.writeState(1, await step.readState(0));
    };
    await epoch();
    const counts = await callsOf(step, epoch);
    expect(counts.get('submit')).toBeGreaterThan(5);
    expect([...counts.keys()].filter((name) => /^(create|import)/.test(name))).toEqual([
      'createCommandEncoder',
    ]);
    await step.dispose();
  });
});
