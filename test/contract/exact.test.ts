/** What must be exact: a dead channel's gradient is zero, and an image's logits do not depend on its batch. */
import { describe, expect, test } from 'vitest';
import { createWasmStep, type Variant } from '../../src/backends/wasm/node/createStep.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { ReplicaState, Step } from '../../src/compile/step.js';
import { buildNetwork } from '../../src/nn/build.js';
import { classes, deepNetwork, hyper, plan, source } from './networks.js';
import { testedVariants } from './variants.js';

/** Channel 0 of batch-norm b4 never passes its ReLU: what makes it and what reads it has no gradient. */
function withDeadChannel(state: ReplicaState): ReplicaState {
  const beta = Float32Array.from(state.parameters.get('b4.bias') ?? []);
  beta[0] = -1000;
  return { ...state, parameters: new Map([...state.parameters, ['b4.bias', beta]]) };
}

/** The dead elements of what makes the channel, p2 [256, 160] and b4 [256], and of what reads it, p3 [128, 256]. */
const dead: Readonly<Record<string, (i: number) => boolean>> = {
  'p2.weight': (i) => i < 160,
  'p3.weight': (i) => i % 256 === 0,
  'b4.weight': (i) => i === 0,
  'b4.bias': (i) => i === 0,
};

type Tensors = ReadonlyMap<string, Float32Array | Float64Array>;

/** Elements of each tensor that are dead, or alive. */
function elements(tensors: Tensors, wanted: 'dead' | 'alive'): [string, number[]][] {
  return Object.entries(dead).map(([name, isDead]) => [
    name,
    Array.from(tensors.get(name) ?? []).filter((_, i) => isDead(i) === (wanted === 'dead')),
  ]);
}

/** Logits of each image, by its index, of one evaluation. */
async function logitsOf(step: Step, indices: readonly number[], count = indices.length) {
  const { batch, network } = step.program;
  const still = new Int8Array(batch);
  const replica = { shiftY: still, shiftX: still, flip: new Uint8Array(batch) };
  const activations = [network.activationSlots.map(() => 'relu' as const)];
  const images = { count, replicas: [{ ...replica, indices: Int32Array.from(indices) }] };
  step.evaluate(images, { activations, logits: true });
  const [{ logits }] = await step.metrics();
  return new Map(
    indices.slice(0, count).map((index, i) => [index, logits?.slice(i * classes, (i + 1) * classes)]),
  );
}

/** After some steps: with the initial running statistics all images vanish to the last bias. */
async function trained(variant: Variant): Promise<Step> {
  const network = buildNetwork(
    { name: 'mobilenet', width: 0.5 },
    { height: 32, width: 32, channels: 3, classes },
  );
  const program = compile(network, { batch: 6, replicas: 1 });
  const activations = network.activationSlots.map(() => 'relu' as const);
  const step = await createWasmStep(program, { threads: 2, variant });
  step.load(source(32));
  await step.writeState(0, initialState(program, 3));
  for (let i = 0; i < 20; i++) step.train(plan(6, 6 * i), [hyper('relu', { activations })]);
  await step.metrics();
  return step;
}

describe.each(testedVariants)('wasm %s', (variant) => {
  test('the gradient of a dead channel is exactly zero, and Adam does not move it', async () => {
    const program = compile(deepNetwork(), { batch: 5, replicas: 1 });
    const step = await createWasmStep(program, { threads: 2, variant });
    step.load(source());
    const before = withDeadChannel(initialState(program, 3));
    await step.writeState(0, before);
    const h = hyper('relu', { optimizer: 'adam', learningRate: 0.001, weightDecay: 0 });
    for (let i = 0; i < 20; i++) {
      step.train(plan(5, 5 * i), [h]);
      const gradients = await step.readGradients(0);
      for (const [name, values] of elements(gradients, 'dead'))
        expect(
          values.filter((value) => value !== 0),
          name,
        ).toEqual([]);
      for (const [name, values] of elements(gradients, 'alive'))
        expect(values.filter((value) => value !== 0).length, name).toBeGreaterThan(100);
    }
    const after = (await step.readState(0)).parameters;
    expect(elements(after, 'dead')).toEqual(elements(before.parameters, 'dead'));
    expect(elements(after, 'alive')).not.toEqual(elements(before.parameters, 'alive'));
    await step.dispose();
  });

  test('an evaluation in another order, or of fewer images, gives the same bits', async () => {
    const step = await trained(variant);
    const first = await logitsOf(step, [0, 1, 2, 3, 4, 5]);
    expect(first.get(0)).not.toEqual(first.get(1));
    const turned = await logitsOf(step, [5, 0, 4, 2, 3, 1]);
    const fewer = await logitsOf(step, [3, 0, 9, 8, 7, 6], 2);
    expect(fewer.size).toBe(2);
    for (const [index, logits] of [...turned, ...fewer]) expect(logits).toEqual(first.get(index));
    await step.dispose();
  });
});
