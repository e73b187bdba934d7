/** A network's step on random images, ready to be timed: for `ceteris bench`. */
import { openStep } from '../backends/node/openStep.js';
import type { Variant } from '../backends/wasm/node/variants.js';
import type { MeasuredStep } from '../backends/wasm/step.js';
import { requestError } from '../base/errors.js';
import { RandomStream } from '../base/random.js';
import { compile } from '../compile/compile.js';
import { initialState } from '../compile/initial.js';
import type { Program } from '../compile/program.js';
import type { PixelSource } from '../compile/step.js';
import { createBatchArrays } from '../data/batches.js';
import { chooseVariant } from '../launch/backend.js';
import { buildNetwork, type NetworkConfig, type NetworkEnds } from '../nn/build.js';

export interface SubjectOptions {
  readonly network: NetworkConfig;
  readonly batch: number;
  readonly threads: number;
  readonly classes?: number | undefined;
  /** Default: as a run has them. */
  readonly cpuVectors?: 128 | 256 | undefined;
}

export interface Subject {
  readonly program: Program;
  readonly step: MeasuredStep;
  readonly variant: Variant;
  /** One training step (SGD with momentum), and one evaluation step. */
  readonly train: () => void;
  readonly evaluate: () => void;
  /** Milliseconds to compile, plan, start the threads and draw the weights. */
  readonly startMs: number;
}

export const examples = 512;

/** CIFAR-100's images: 32 x 32, 100 classes. */
export function endsOf(classes: number): NetworkEnds {
  return { height: 32, width: 32, channels: 3, classes };
}

/** The Program of a network on such images. @throws a request error where a size is impossible */
export function compileFor(network: NetworkConfig, batch: number, classes = 100): Program {
  return compile(buildNetwork(network, endsOf(classes)), { batch, replicas: 1 });
}

/** @throws a request error where a size is impossible, or the variant does not pay on this Node */
export async function openSubject(options: SubjectOptions): Promise<Subject> {
  const { batch, threads, cpuVectors, classes = 100 } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
    throw requestError({
      what: 'the number of threads is impossible',
      rule: 'a whole number from 1 to 64',
      value: String(threads),
    });
  }
  const { variant } = await chooseVariant(cpuVectors);
  const images = randomImages(classes);
  const start = performance.now();
  const program = compileFor(options.network, batch, classes);
  const { network } = program;
  const step = await openStep(program, { backend: 'wasm', threads, variant });
  await step.writeState(0, initialState(program, 0));
  step.load(images);
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
  return {
    program,
    step,
    variant,
    train: () => step.train(plan, [hyper]),
    evaluate: () => step.evaluate(plan, { activations: [activations] }),
    startMs,
  };
}

export function randomImages(classes: number): PixelSource {
  const stream = new RandomStream(0, 'synthetic');
  return {
    pixels: Uint8Array.from({ length: examples * 3072 }, (_, i) => stream.integer(i, 256)),
    labels: Uint16Array.from({ length: examples }, (_, i) => i % classes),
    ...endsOf(classes),
    mean: [0.5, 0.5, 0.5],
    deviation: [0.25, 0.25, 0.25],
  };
}
