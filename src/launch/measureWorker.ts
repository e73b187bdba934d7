/** Entry of a worker thread that times steps: see measureSteps.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openStep } from '../backends/node/openStep.js';
import { RandomStream } from '../base/random.js';
import { compile } from '../compile/compile.js';
import { initialState } from '../compile/initial.js';
import type { BatchPlan, Step } from '../compile/step.js';
import { createBatchArrays } from '../data/batches.js';
import { activationsFor } from '../nn/activations.js';
import { buildNetwork } from '../nn/build.js';
import { median } from '../stats/summary.js';
import type { MeasureSetup, StepTimes } from './measureSteps.js';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');

const examples = 1024;
const image = { channels: 3, height: 32, width: 32 };

function loadRandomImages(step: Step, classes: number): void {
  const stream = new RandomStream(0, 'synthetic');
  const bytes = Uint8Array.from({ length: 3072 + 251 }, (_, i) => stream.integer(i, 256));
  const pixels = new Uint8Array(examples * 3072);
  for (let i = 0; i < examples; i++) pixels.set(bytes.subarray(i % 251, (i % 251) + 3072), i * 3072);
  const labels = Uint16Array.from({ length: examples }, (_, i) => i % classes);
  step.load({ ...image, pixels, labels, mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] });
}

/** Replicas of one seed: they share their images. */
function planOf(batch: number, replicas: number): BatchPlan {
  const replica = createBatchArrays(batch);
  replica.indices.forEach((_, i) => {
    replica.indices[i] = i % examples;
  });
  return { count: batch, replicas: Array.from({ length: replicas }, () => replica) };
}

/** Median milliseconds, after one call that is not counted: at least `least` calls, and `seconds` of them. */
async function time(step: Step, work: () => void, least: number, seconds: number): Promise<number> {
  work();
  await step.metrics();
  const times: number[] = [];
  const start = performance.now();
  while (times.length < least || performance.now() - start < 1000 * seconds) {
    const before = performance.now();
    work();
    await step.metrics();
    times.push(performance.now() - before);
  }
  return median(times) ?? Number.NaN;
}

/** Waits until all workers are ready, so that they disturb one another as runs will. */
function meet({ ready, workers }: MeasureSetup): void {
  Atomics.add(ready, 0, 1);
  Atomics.notify(ready, 0);
  for (let i = 0; i < 200 && Atomics.load(ready, 0) < workers; i++) {
    Atomics.wait(ready, 0, Atomics.load(ready, 0), 50);
  }
}

async function measure(setup: MeasureSetup): Promise<StepTimes> {
  const { configuration, classes, threads, replicas } = setup;
  const { batchSize, optimizer } = configuration.training;
  const start = performance.now();
  const network = buildNetwork(configuration.network, { ...image, classes });
  const program = compile(network, { batch: batchSize, replicas });
  const step = await openStep(program, { backend: 'wasm', threads });
  try {
    for (let r = 0; r < replicas; r++) await step.writeState(r, initialState(program, 0));
    loadRandomImages(step, classes);
    const startMs = performance.now() - start;
    const activations = activationsFor(network, configuration.activation);
    const { learningRate, weightDecay } = configuration;
    const hyper = { ...optimizer, optimizer: optimizer.name, learningRate, weightDecay, activations };
    const plan = planOf(batchSize, replicas);
    const all = <T>(value: T) => Array.from({ length: replicas }, () => value);
    meet(setup);
    const trainMs = await time(step, () => step.train(plan, all(hyper)), 4, 1.2);
    const evaluate = () => step.evaluate(plan, { activations: all(activations), logits: false });
    const evaluateMs = await time(step, evaluate, 3, 0.5);
    return { trainMs, evaluateMs, startMs };
  } finally {
    await step.dispose();
  }
}

port.postMessage(await measure(workerData as MeasureSetup));
