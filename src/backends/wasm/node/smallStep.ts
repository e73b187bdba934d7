/** A small whole step, every kernel and activation in it: by it one variant of the kernels is held against another. */
import { compile } from '../../../compile/compile.js';
import { initialState } from '../../../compile/initial.js';
import type { BatchPlan, PixelSource, ReplicaState, StepHyper } from '../../../compile/step.js';
import { batchNorm, convolution } from '../../../nn/layers.js';
import { activationNames, type Layer, type Network } from '../../../nn/network.js';
import type { WasmStep } from '../step.js';
import { createWasmStep } from './createStep.js';
import type { Variant } from './variants.js';

const batch = 4;
const size = 16;

/** Channels fill whole panels, parts of them, and several; one slot for each activation. */
function smallNetwork(): Network {
  let slots = 0;
  const stage = (name: string, channels: number, settings: Parameters<typeof convolution>[2]): Layer[] => [
    convolution(name, channels, settings),
    batchNorm(`${name}.bn`),
    { type: 'activation', slot: slots++ },
  ];
  const depthwise = (name: string, channels: number, kernel: number, stride: number): Layer[] =>
    stage(name, channels, { kernel, stride, padding: (kernel - 1) / 2, depthwise: true });
  const layers: Layer[] = [
    ...stage('c1', 24, { kernel: 3, padding: 1 }),
    ...depthwise('d1', 24, 3, 1),
    ...stage('p1', 40, { kernel: 1 }),
    ...depthwise('d2', 40, 3, 2),
    ...stage('p2', 64, { kernel: 1 }),
    ...depthwise('d3', 64, 5, 1),
    ...stage('p3', 36, { kernel: 1 }),
    { ...convolution('c2', 20, { kernel: 3, padding: 1, bias: true }) },
    { type: 'activation', slot: slots++ },
    { type: 'averagePool', size: 4 },
    { type: 'linear', name: 'fc', outFeatures: 10 },
  ];
  const activationSlots = Array.from({ length: slots }, (_, block) => ({ block }));
  return { name: 'small', input: ends, classes: 10, layers, activationSlots, blocks: slots };
}

const ends = { height: size, width: size, channels: 3 };

function images(): PixelSource {
  const pixels = Uint8Array.from(
    { length: batch * 3 * size * size },
    (_, i) => Math.imul(i + 1, 2654435761) >>> 24,
  );
  const labels = Uint8Array.from({ length: batch }, (_, i) => i);
  return { pixels, labels, ...ends, mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] };
}

const still = new Int8Array(batch);
const plan: BatchPlan = {
  count: batch,
  replicas: [
    {
      indices: Int32Array.from({ length: batch }, (_, i) => i),
      shiftY: still,
      shiftX: Int8Array.from([0, 1, -2, 3]),
      flip: Uint8Array.from([0, 1, 0, 1]),
    },
  ],
};

const rule = {
  learningRate: 0.01,
  momentum: 0.9,
  dampening: 0,
  nesterov: false,
  weightDecay: 0.001,
  activations: activationNames.filter((name) => name !== 'identity'),
};
const updates: readonly StepHyper[] = [
  { ...rule, optimizer: 'sgd' },
  { ...rule, optimizer: 'adam' },
];

/** The small step of one variant, on the calling thread. */
export class SmallStep {
  readonly #step: WasmStep;
  readonly #initial: ReplicaState;

  private constructor(step: WasmStep) {
    this.#step = step;
    this.#initial = initialState(step.program, 0);
  }

  static async open(variant: Variant): Promise<SmallStep> {
    const step = await createWasmStep(compile(smallNetwork(), { batch, replicas: 1 }), {
      threads: 1,
      variant,
    });
    step.load(images());
    return new SmallStep(step);
  }

  /** Two updates from the same weights and an evaluation: the bits of all gradients, the state, losses and logits. */
  async bits(): Promise<Uint32Array> {
    const step = this.#step;
    const parts: (Float32Array | Float64Array)[] = [];
    await step.writeState(0, this.#initial);
    for (const hyper of updates) {
      step.train(plan, [hyper]);
      for (const gradient of (await step.readGradients(0)).values()) parts.push(gradient);
    }
    const { parameters, statistics, optimizer } = await step.readState(0);
    for (const state of [parameters, statistics, optimizer])
      for (const values of state.values()) parts.push(values);
    step.evaluate(plan, { activations: [rule.activations], logits: true });
    const [{ losses, logits }] = await step.metrics();
    parts.push(losses, logits ?? new Float32Array());
    return joinedBits(parts);
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
  }
}

function joinedBits(parts: readonly (Float32Array | Float64Array)[]): Uint32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return new Uint32Array(joined.buffer);
}
