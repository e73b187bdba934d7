/** Times whole steps of the engine on random images: for `ceteris bench step`. */
import { createWasmStep } from '../backends/wasm/node/createStep.js';
import { RandomStream } from '../base/random.js';
import { compile } from '../compile/compile.js';
import { flopsOfStep } from '../compile/flops.js';
import { initialState } from '../compile/initial.js';
import { createBatchArrays } from '../data/batches.js';
import { buildNetwork } from '../nn/build.js';

export interface BenchOptions {
  readonly width: number;
  readonly batch: number;
  readonly threads: number;
  /** Counted steps, after two that are not. */
  readonly steps: number;
}

/** Milliseconds over the counted steps. */
export interface Timing {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly imagesPerSecond: number;
}

export interface BenchResult {
  readonly network: string;
  readonly width: number;
  readonly batch: number;
  readonly threads: number;
  readonly node: string;
  /** The variant of the kernels. */
  readonly kernels: string;
  readonly train: Timing;
  readonly evaluate: Timing;
  /** Of the convolutions and linear layers in a training step. */
  readonly gflopPerStep: number;
  readonly gflops: number;
  /** Bytes of one run's memory beyond the dataset. */
  readonly memoryBytes: number;
  /** Compile, plan, start threads, draw weights. */
  readonly startMs: number;
  /** Milliseconds of a training step by kernel. */
  readonly byKernel: Readonly<Record<string, number>>;
}

const examples = 256;

/** Measures MobileNet with 100 classes on 32 x 32 images. */
export async function benchStep({ width, batch, threads, steps }: BenchOptions): Promise<BenchResult> {
  const start = performance.now();
  const network = buildNetwork(
    { name: 'mobilenet', width },
    { height: 32, width: 32, channels: 3, classes: 100 },
  );
  const program = compile(network, { batch, replicas: 1 });
  const step = await createWasmStep(program, { threads });
  await step.writeState(0, initialState(program, 0));
  step.load(randomImages());
  const startMs = performance.now() - start;
  const replica = createBatchArrays(batch);
  replica.indices.forEach((_, i) => {
    replica.indices[i] = i % examples;
  });
  const plan = { count: batch, replicas: [replica] };
  const activations = network.activationSlots.map(() => 'relu' as const);
  const hyper = {
    optimizer: 'sgd' as const,
    learningRate: 0.05,
    momentum: 0.9,
    dampening: 0,
    nesterov: false,
    weightDecay: 0,
    activations,
  };
  try {
    const train = time(steps, batch, () => step.train(plan, [hyper]));
    const evaluate = time(steps, batch, () => step.evaluate(plan, { activations: [activations] }));
    const byName = new Map<string, number>();
    const measured = step.measure(() => {
      for (let i = 0; i < 3; i++) step.train(plan, [hyper]);
    });
    for (const { kernel, milliseconds } of measured)
      byName.set(kernel, (byName.get(kernel) ?? 0) + milliseconds);
    const byKernel = [...byName]
      .map(([name, ms]): [string, number] => [name, ms / 3])
      .sort(([, a], [, b]) => b - a);
    const gflopPerStep = flopsOfStep(program) / 1e9;
    return {
      network: 'mobilenet',
      width,
      batch,
      threads,
      node: process.version,
      kernels: step.description.variant,
      train,
      evaluate,
      gflopPerStep,
      gflops: (1000 * gflopPerStep) / train.medianMs,
      memoryBytes: step.memoryBytes,
      startMs,
      byKernel: Object.fromEntries(byKernel),
    };
  } finally {
    await step.dispose();
  }
}

function randomImages() {
  const stream = new RandomStream(0, 'synthetic');
  return {
    pixels: Uint8Array.from({ length: examples * 3072 }, (_, i) => stream.integer(i, 256)),
    labels: Uint8Array.from({ length: examples }, (_, i) => i % 100),
    channels: 3,
    height: 32,
    width: 32,
    mean: [0.5, 0.5, 0.5],
    deviation: [0.25, 0.25, 0.25],
  };
}

function time(steps: number, batch: number, work: () => void): Timing {
  work();
  work();
  const times = Array.from({ length: steps }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const medianMs = times[Math.floor(times.length / 2)];
  return {
    medianMs,
    minMs: times[0],
    maxMs: times[times.length - 1],
    imagesPerSecond: (1000 * batch) / medianMs,
  };
}
