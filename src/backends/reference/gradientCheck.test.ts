/** Every kernel's gradient against central finite differences in float64, in whole small networks. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.js';
import { compile } from '../../compile/compile.js';
import { initialState } from '../../compile/initial.js';
import type { Program } from '../../compile/program.js';
import type { BatchPlan, PixelSource, ReplicaState, Step, StepHyper } from '../../compile/step.js';
import { buildNetwork } from '../../nn/build.js';
import { batchNorm, convolution } from '../../nn/layers.js';
import { type ActivationName, activationNames, type Layer, type Network } from '../../nn/network.js';
import { convolutionInputGradient } from './convolution.js';
import { createReferenceStep } from './step.js';

const classes = 3;
const batch = 5;

function network(input: Network['input'], layers: readonly Layer[], slots: number): Network {
  return {
    name: 'test',
    input,
    classes,
    layers: [...layers, { type: 'linear', name: 'linear', outFeatures: classes }],
    activationSlots: Array.from({ length: slots }, (_, block) => ({ block })),
    blocks: slots,
  };
}

function randomSource({ input }: Network): PixelSource {
  const stream = new RandomStream(7, 'synthetic');
  const { height, width, channels } = input;
  return {
    pixels: Uint8Array.from({ length: 8 * height * width * channels }, (_, i) => stream.integer(i, 256)),
    labels: Uint8Array.from({ length: 8 }, (_, i) => i % classes),
    channels,
    height,
    width,
    mean: Array.from({ length: channels }, () => 0.5),
    deviation: Array.from({ length: channels }, () => 0.25),
  };
}

/** Four of the five examples count: the gradient of a masked batch is checked too where there is no batch-norm. */
function planOf(count: number): BatchPlan {
  const plan = {
    indices: Int32Array.from([3, 0, 7, 5, 1]),
    shiftY: Int8Array.from([0, 1, -2, 0, 0]),
    shiftX: Int8Array.from([0, -1, 0, 2, 0]),
    flip: Uint8Array.from([0, 1, 0, 1, 0]),
  };
  return { count, replicas: [plan] };
}

function hyperOf(program: Program, activation: ActivationName): StepHyper[] {
  const activations = program.network.activationSlots.map(() => activation);
  const off = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 };
  return [{ optimizer: 'sgd', learningRate: 0, activations, ...off }];
}

/** Spread-out parameters: with gamma 1 and beta 0 some gradients would be zero by symmetry. */
function startOf(program: Program): ReplicaState {
  const state = initialState(program, 3);
  const parameters = new Map(
    [...state.parameters].map(([name, values]) => {
      const stream = new RandomStream(11, 'initial', values.length, name.length);
      const isScale = /bn.*weight/.test(name);
      return [
        name,
        Float64Array.from(values, (value, i) =>
          isScale ? 0.5 + stream.uniform(i) : value + 0.2 * (stream.uniform(i) - 0.5),
        ),
      ];
    }),
  );
  return { ...state, parameters };
}

/** Largest of the tensors' errors |analytic - difference| / |difference| (L2 norms). */
async function worstError(step: Step, activation: ActivationName, count: number): Promise<number> {
  const { program } = step;
  const hyper = hyperOf(program, activation);
  const start = startOf(program);
  const lossAt = async (state: ReplicaState): Promise<number> => {
    await step.writeState(0, state);
    step.train(planOf(count), hyper);
    return (await step.metrics())[0].stepLosses[0];
  };
  await lossAt(start);
  const gradients = await step.readGradients(0);
  let worst = 0;
  for (const { name, elements } of program.parameters) {
    const values = start.parameters.get(name) as Float64Array;
    const analytic = gradients.get(name) as Float64Array;
    let errors = 0;
    let size = 0;
    for (let i = 0; i < elements; i++) {
      const value = values[i];
      values[i] = value + 1e-5;
      const above = await lossAt(start);
      values[i] = value - 1e-5;
      const below = await lossAt(start);
      values[i] = value;
      const difference = (above - below) / 2e-5;
      errors += (analytic[i] - difference) ** 2;
      size += difference ** 2;
    }
    expect(size, `${name} has no gradient: nothing is checked`).toBeGreaterThan(1e-12);
    worst = Math.max(worst, Math.sqrt(errors / size));
  }
  return worst;
}

function float64Step(net: Network): Step {
  const step = createReferenceStep(compile(net, { batch, replicas: 1 }), { precision: 'float64' });
  step.load(randomSource(net));
  return step;
}

const odd = { height: 5, width: 7, channels: 2 };
const act = (slot: number): Layer => ({ type: 'activation', slot });

const separable = network(
  odd,
  [
    convolution('a', 3, { kernel: 3, padding: 1 }),
    batchNorm('bn.a'),
    act(0),
    convolution('b', 3, { kernel: 3, padding: 1, depthwise: true }),
    batchNorm('bn.b'),
    act(0),
    convolution('c', 4, { kernel: 1 }),
    batchNorm('bn.c'),
    act(1),
  ],
  2,
);

const networks: Readonly<Record<string, { readonly net: Network; readonly count: number }>> = {
  'depthwise stride 2 on odd sizes': {
    net: network(
      odd,
      [
        convolution('a', 3, { kernel: 1 }),
        batchNorm('bn.a'),
        act(0),
        convolution('b', 3, { kernel: 3, padding: 1, stride: 2, depthwise: true }),
        batchNorm('bn.b'),
        act(0),
      ],
      1,
    ),
    count: batch,
  },
  'strided dense convolutions with bias, masked batch': {
    net: network(
      odd,
      [
        convolution('a', 3, { kernel: 3, padding: 1, stride: 2, bias: true }),
        act(0),
        convolution('b', 4, { kernel: 2, bias: true }),
        act(0),
      ],
      1,
    ),
    count: batch - 1,
  },
  'no normalization, activation after a pool': {
    net: network(
      { height: 4, width: 6, channels: 2 },
      [
        { type: 'averagePool', size: 2 },
        convolution('a', 4, { kernel: 3, padding: 1 }),
        act(0),
        convolution('b', 4, { kernel: 3, padding: 1, depthwise: true, bias: true }),
        { type: 'averagePool', size: 1 },
        act(0),
      ],
      1,
    ),
    count: batch - 1,
  },
  'max pooling, with and without overlap': {
    net: network(
      { height: 7, width: 6, channels: 2 },
      [
        convolution('a', 4, { kernel: 3, padding: 1 }),
        act(0),
        { type: 'maxPool', size: 3, stride: 2 },
        convolution('b', 4, { kernel: 1, bias: true }),
        { type: 'maxPool', size: 2, stride: 1 },
        act(0),
      ],
      1,
    ),
    count: batch,
  },
  cnn: {
    net: buildNetwork({ name: 'cnn', channels: [3, 4] }, { height: 6, width: 6, channels: 2, classes }),
    count: batch,
  },
  mlp: {
    net: buildNetwork({ name: 'mlp', hidden: [6, 5] }, { height: 3, width: 2, channels: 2, classes }),
    count: batch - 1,
  },
};

describe('gradients against finite differences', () => {
  /** Between two batch-norms the identity leaves some gradients zero: it is checked without them. */
  it.each(activationNames.filter((name) => name !== 'identity'))(
    'convolution, batch-norm, depthwise and pointwise with %s',
    async (activation) => {
      expect(await worstError(float64Step(separable), activation, batch)).toBeLessThan(1e-6);
    },
  );

  it.each(Object.entries(networks))('%s', async (_, { net, count }) => {
    expect(await worstError(float64Step(net), 'silu', count)).toBeLessThan(1e-6);
  });

  it('identity', async () => {
    const { net, count } = networks['no normalization, activation after a pool'];
    expect(await worstError(float64Step(net), 'identity', count)).toBeLessThan(1e-6);
  });

  it('notices one wrong sign', async () => {
    const step = createReferenceStep(compile(separable, { batch, replicas: 1 }), {
      precision: 'float64',
      kernels: {
        convolutionInputGradient: (call, memory) => {
          convolutionInputGradient(call, memory);
          const dz = memory.real(call.target.dz);
          for (let i = 0; i < dz.length; i++) dz[i] = -dz[i];
        },
      },
    });
    step.load(randomSource(separable));
    expect(await worstError(step, 'tanh', batch)).toBeGreaterThan(0.1);
  });
});
