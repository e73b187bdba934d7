/** The Step around the kernels: replicas, state, masks, collected metrics. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.js';
import { compile } from '../../compile/compile.js';
import { initialState } from '../../compile/initial.js';
import type { BatchPlan, PixelSource, ReplicaPlan, Step, StepHyper } from '../../compile/step.js';
import { buildNetwork } from '../../nn/build.js';
import { createReferenceStep } from './step.js';

const ends = { height: 8, width: 8, channels: 3, classes: 4 };
const network = buildNetwork({ name: 'cnn', channels: [4, 6] }, ends);
const batch = 6;
const stream = new RandomStream(1, 'synthetic');
const source: PixelSource = {
  pixels: Uint8Array.from({ length: 20 * 192 }, (_, i) => stream.integer(i, 256)),
  labels: Uint8Array.from({ length: 20 }, (_, i) => i % 4),
  channels: 3,
  height: 8,
  width: 8,
  mean: [0.5, 0.4, 0.3],
  deviation: [0.2, 0.3, 0.25],
};

function hyper(changes: Partial<StepHyper> = {}): StepHyper {
  return {
    optimizer: 'sgd',
    learningRate: 0.05,
    momentum: 0.9,
    dampening: 0,
    nesterov: false,
    weightDecay: 1e-3,
    activations: ['relu', 'silu'],
    ...changes,
  };
}

function planFrom(first: number): ReplicaPlan {
  return {
    indices: Int32Array.from({ length: batch }, (_, n) => (first + 3 * n) % 20),
    shiftY: Int8Array.from([0, 1, -1, 2, -2, 0]),
    shiftX: Int8Array.from([1, 0, 0, -2, 2, 0]),
    flip: Uint8Array.from([0, 1, 0, 1, 0, 1]),
  };
}

async function started(replicas: number, seeds: readonly number[]): Promise<Step> {
  const program = compile(network, { batch, replicas });
  const step = createReferenceStep(program, { precision: 'float32' });
  step.load(source);
  for (const [r, seed] of seeds.entries()) await step.writeState(r, initialState(program, seed));
  return step;
}

const shared = (first: number, replicas: number, count = batch): BatchPlan => {
  const plan = planFrom(first);
  return { count, replicas: Array.from({ length: replicas }, () => plan) };
};

describe('replicas', () => {
  it('each is what it would be alone, whatever the others are', async () => {
    const hypers = [
      hyper(),
      hyper({ optimizer: 'adam', learningRate: 0.01, activations: ['sigmoid', 'tanh'] }),
    ];
    const plans = [planFrom(0), planFrom(7)];
    const both = await started(2, [3, 4]);
    for (let s = 0; s < 3; s++) both.train({ count: batch, replicas: plans }, hypers);
    const together = await both.metrics();
    for (const r of [0, 1]) {
      const alone = await started(1, [3 + r]);
      for (let s = 0; s < 3; s++) alone.train({ count: batch, replicas: [plans[r]] }, [hypers[r]]);
      expect(await alone.metrics()).toEqual([together[r]]);
      expect(await alone.readState(0)).toEqual(await both.readState(r));
    }
    expect(together[0].stepLosses).not.toEqual(together[1].stepLosses);
  });
});

describe('state', () => {
  it.each([hyper(), hyper({ optimizer: 'adamw', learningRate: 0.01 }), hyper({ momentum: 0 })])(
    'read and written back, training goes on to the same bits',
    async (settings) => {
      const through = await started(1, [0]);
      through.train(shared(0, 1), [settings]);
      through.train(shared(1, 1), [settings]);
      const saved = await through.readState(0);
      through.train(shared(2, 1), [settings]);
      const resumed = await started(1, [9]);
      resumed.train(shared(5, 1), [settings]);
      await resumed.writeState(0, saved);
      resumed.train(shared(2, 1), [settings]);
      expect(await resumed.readState(0)).toEqual(await through.readState(0));
      expect((await resumed.readState(0)).steps).toBe(3);
    },
  );

  it('refuses tensors of another network', async () => {
    const step = await started(1, [0]);
    const state = await step.readState(0);
    const parameters = new Map(state.parameters);
    parameters.set('linear.bias', new Float32Array(5));
    await expect(step.writeState(0, { ...state, parameters })).rejects.toThrow(/linear\.bias[\s\S]*5 values/);
    parameters.delete('linear.bias');
    await expect(step.writeState(0, { ...state, parameters })).rejects.toThrow(/not there/);
  });
});

describe('metrics', () => {
  it('training: mean loss of each step, correct predictions, since the last call', async () => {
    const step = await started(1, [0]);
    step.train(shared(0, 1), [hyper()]);
    step.train(shared(1, 1), [hyper()]);
    const [first] = await step.metrics();
    expect(first.stepLosses).toHaveLength(2);
    expect(first.trainExamples).toBe(2 * batch);
    const [second] = await step.metrics();
    expect(second.stepLosses).toHaveLength(0);
    expect(second.trainExamples).toBe(0);
  });

  it('evaluation: a padded batch gives the losses of its examples alone, and changes no state', async () => {
    const step = await started(1, [0]);
    const before = await step.readState(0);
    const activations = [hyper().activations];
    step.evaluate(shared(0, 1), { activations, logits: true });
    step.evaluate(shared(0, 1, 4), { activations, logits: true });
    const [metrics] = await step.metrics();
    expect(metrics.losses).toHaveLength(10);
    expect(metrics.losses.slice(6)).toEqual(metrics.losses.slice(0, 4));
    expect(metrics.predicted.slice(6)).toEqual(metrics.predicted.slice(0, 4));
    expect(metrics.logits?.slice(6 * 4)).toEqual(metrics.logits?.slice(0, 4 * 4));
    expect(await step.readState(0)).toEqual(before);
  });

  it('gradient norms are those of the gradients, without weight decay', async () => {
    const norms: Float64Array[] = [];
    for (const weightDecay of [0, 0.1]) {
      const step = await started(1, [0]);
      step.train(shared(0, 1), [hyper({ weightDecay })]);
      norms.push(await step.gradientNorms(0));
      const gradients = [...(await step.readGradients(0)).values()];
      gradients.forEach((values, i) => {
        expect(norms[0][i]).toBeCloseTo(
          Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0)),
          6,
        );
      });
    }
    expect(norms[0]).toEqual(norms[1]);
  });

  it('a weight that is no number makes the loss none: nothing hides it', async () => {
    const step = await started(1, [0]);
    const state = await step.readState(0);
    state.parameters.get('layers.0.conv.weight')?.fill(Number.NaN, 0, 1);
    await step.writeState(0, state);
    step.train(shared(0, 1), [hyper()]);
    expect((await step.metrics())[0].stepLosses[0]).toBeNaN();
  });
});
