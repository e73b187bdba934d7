/** Whole steps of small networks: every backend and variant against the reference in float64. */
import { describe, expect, test } from 'vitest';
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { createWasmStep, type Variant } from '../../src/backends/wasm/node/createStep.js';
import { RandomStream } from '../../src/base/random.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { BatchPlan, PixelSource, ReplicaState, Step, StepHyper } from '../../src/compile/step.js';
import { buildNetwork } from '../../src/nn/build.js';
import { type ActivationName, activationNames, type Network } from '../../src/nn/network.js';
import { testedVariants } from './variants.js';

const size = 9;
const classes = 7;
const examples = 24;

function source(height = size): PixelSource {
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

function plan(batch: number, first: number, count = batch): BatchPlan {
  const stream = new RandomStream(2, 'augment', first);
  const replica = {
    indices: Int32Array.from({ length: batch }, (_, i) => (first + i) % examples),
    shiftY: Int8Array.from({ length: batch }, (_, i) => stream.integer(3 * i, 9) - 4),
    shiftX: Int8Array.from({ length: batch }, (_, i) => stream.integer(3 * i + 1, 9) - 4),
    flip: Uint8Array.from({ length: batch }, (_, i) => stream.integer(3 * i + 2, 2)),
  };
  return { count, replicas: [replica] };
}

const act = { type: 'activation', slot: 0 } as const;

const bn = (name: string) => ({ type: 'batchNorm', name, epsilon: 1e-5, momentum: 0.1 }) as const;

const conv = (name: string, outChannels: number, kernel: number, stride = 1, depthwise = false) =>
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
function oddNetwork(activation = true): Network {
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

/** Pointwise layers of so many channels that their products are made of halves; rows that fill no block, odd chunks. */
function halvedNetwork(): Network {
  return {
    name: 'halved',
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

function hyper(activation: ActivationName, over: Partial<StepHyper> = {}): StepHyper {
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

function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / Math.max(norm, 1e-12));
}

async function worst(
  actual: Step,
  expected: Step,
  what: 'gradients' | 'parameters' | 'statistics' | 'optimizer',
) {
  const read = async (step: Step) =>
    what === 'gradients' ? step.readGradients(0) : (await step.readState(0))[what];
  const ours = await read(actual);
  let error = 0;
  for (const [name, values] of await read(expected))
    error = Math.max(error, relativeError(ours.get(name) ?? [], values));
  return error;
}

/** Names of the tensors that are not the same to the bit. */
function differing(actual: ReplicaState, expected: ReplicaState): string[] {
  const parts = ['parameters', 'statistics', 'optimizer'] as const;
  return parts.flatMap((part) =>
    [...expected[part]]
      .filter(([name, values]) => {
        const other = actual[part].get(name);
        return (
          !other || other.length !== values.length || values.some((value, i) => !Object.is(value, other[i]))
        );
      })
      .map(([name]) => `${part}: ${name}`),
  );
}

interface Comparison {
  readonly network: Network;
  readonly hyper: StepHyper;
  readonly batch: number;
  readonly variant: Variant;
  readonly height?: number;
  readonly tolerance?: number;
}

/** One training step, another, an evaluation of a partial batch; errors against float64. */
async function compare({
  network,
  hyper: h,
  batch,
  variant,
  height,
  tolerance = 2e-4,
}: Comparison): Promise<void> {
  const program = compile(network, { batch, replicas: 1 });
  const steps: Step[] = [
    await createWasmStep(program, { threads: 2, variant }),
    createReferenceStep(program, { precision: 'float64' }),
  ];
  const state = initialState(program, 3);
  const [ours, oracle] = steps;
  for (const step of steps) {
    step.load(source(height));
    await step.writeState(0, state);
    step.train(plan(batch, 0), [h]);
  }
  const [mine, theirs] = [(await ours.metrics())[0], (await oracle.metrics())[0]];
  expect(mine.stepLosses[0]).toBeCloseTo(theirs.stepLosses[0], 4);
  expect(await worst(ours, oracle, 'gradients')).toBeLessThan(tolerance);
  for (const what of ['parameters', 'statistics', 'optimizer'] as const)
    expect(await worst(ours, oracle, what)).toBeLessThan(tolerance);
  const middle: ReplicaState = await oracle.readState(0);
  for (const step of steps) {
    await step.writeState(0, middle);
    step.train(plan(batch, batch), [h]);
    await step.metrics();
  }
  expect(await worst(ours, oracle, 'parameters')).toBeLessThan(tolerance);
  await ours.writeState(0, await oracle.readState(0));
  for (const step of steps) step.evaluate(plan(batch, 5, 2), { activations: [h.activations], logits: true });
  const [a, b] = [(await ours.metrics())[0], (await oracle.metrics())[0]];
  expect(a.losses.length).toBe(2);
  expect(relativeError(a.logits ?? [], b.logits ?? [])).toBeLessThan(tolerance);
  await ours.dispose();
}

describe.each(testedVariants)('wasm %s against float64', (variant) => {
  test.each(activationNames.filter((name) => name !== 'identity'))('odd sizes, %s', async (name) => {
    // A kink near zero flips with float32's rounding: PyTorch's own float32 differs from its float64 by to 5e-2 here.
    const tolerance = name === 'relu' || name === 'leakyRelu' ? 2e-2 : 2e-4;
    await compare({ network: oddNetwork(), hyper: hyper(name), batch: 5, variant, tolerance });
  });

  test.each(['adam', 'adamw'] as const)('%s', async (optimizer) => {
    const h = hyper('tanh', { optimizer, learningRate: 0.01 });
    await compare({ network: oddNetwork(), hyper: h, batch: 3, variant, tolerance: 2e-3 });
  });

  test('nesterov, dampening of zero momentum, MLP', async () => {
    const ends = { height: size, width: size, channels: 3, classes };
    await compare({
      network: buildNetwork({ name: 'mlp', hidden: [31, 18] }, ends),
      hyper: hyper('gelu', { nesterov: true, activations: ['gelu', 'gelu'] }),
      batch: 5,
      variant,
    });
  });

  test.each(['relu', 'tanh'] as const)('products of halves, %s', async (name) => {
    const tolerance = name === 'relu' ? 2e-2 : 2e-4;
    await compare({ network: halvedNetwork(), hyper: hyper(name), batch: 5, variant, tolerance });
  });

  test('MobileNet, narrow', async () => {
    const network = buildNetwork(
      { name: 'mobilenet', width: 0.25 },
      { height: 32, width: 32, channels: 3, classes },
    );
    const activations = network.activationSlots.map((_, i): ActivationName => (i % 2 ? 'sigmoid' : 'silu'));
    await compare({
      network,
      hyper: hyper('silu', { activations }),
      batch: 4,
      variant,
      height: 32,
      tolerance: 5e-3,
    });
  });
});

describe.each(testedVariants)('%s: bits do not depend on the number of threads', (variant) => {
  async function expectSameBits(network: Network, batch: number, height: number): Promise<void> {
    const program = compile(network, { batch, replicas: 1 });
    const h = hyper('relu', { activations: network.activationSlots.map(() => 'relu' as const) });
    const results: ReplicaState[] = [];
    for (const threads of [1, 2, 3]) {
      const step = await createWasmStep(program, { threads, variant });
      step.load(source(height));
      await step.writeState(0, initialState(program, 3));
      for (let i = 0; i < 3; i++) step.train(plan(batch, batch * i), [h]);
      results.push(await step.readState(0));
      await step.dispose();
    }
    for (const other of results.slice(1)) expect(differing(other, results[0])).toEqual([]);
  }

  test('MobileNet, narrow', async () => {
    const ends = { height: 32, width: 32, channels: 3, classes };
    await expectSameBits(buildNetwork({ name: 'mobilenet', width: 0.25 }, ends), 6, 32);
  });

  test('products of halves', async () => {
    await expectSameBits(halvedNetwork(), 5, size);
  });
});

test('two replicas give the bits of two single runs', async () => {
  const network = oddNetwork();
  const hypers = [hyper('relu'), hyper('silu', { learningRate: 0.01 })];
  const together = await createWasmStep(compile(network, { batch: 5, replicas: 2 }), { threads: 1 });
  together.load(source());
  const program = compile(network, { batch: 5, replicas: 1 });
  const one = plan(5, 0);
  const both: BatchPlan = { count: 5, replicas: [one.replicas[0], one.replicas[0]] };
  for (const r of [0, 1]) await together.writeState(r, initialState(program, 3));
  for (let i = 0; i < 3; i++) together.train(both, hypers);
  for (const r of [0, 1]) {
    const alone = await createWasmStep(program, { threads: 1 });
    alone.load(source());
    await alone.writeState(0, initialState(program, 3));
    for (let i = 0; i < 3; i++) alone.train(one, [hypers[r]]);
    expect(await together.readState(r)).toEqual(await alone.readState(0));
    await alone.dispose();
  }
  await together.dispose();
});
