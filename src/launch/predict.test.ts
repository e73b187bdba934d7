import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exampleRecord } from '../../test/support/exampleRecord.js';
import { openStep } from '../backends/node/openStep.js';
import { CeterisError } from '../base/errors.js';
import { compile } from '../compile/compile.js';
import { initialState } from '../compile/initial.js';
import { createBatchArrays, planEvaluationBatch } from '../data/batches.js';
import { synthesize } from '../data/synthetic.js';
import { activationsFor } from '../nn/activations.js';
import { buildNetwork } from '../nn/build.js';
import type { LoadedRun, RunRecord } from '../store/records.js';
import { writeSafetensors } from '../store/safetensors.js';
import { toStateDict } from '../store/weights.js';
import { parseStudy } from '../study/parse.js';
import { predict } from './predict.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-predict-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const { baseline: configuration } = parseStudy({
  name: 's',
  dataset: { name: 'synthetic', classes: 3, train: 40, test: 150, clutter: 0 },
  network: { name: 'cnn', channels: [4, 6] },
  baseline: { activation: { name: 'tanh', blocks: [1] } },
});
const made = synthesize({ classes: 3, train: 40, test: 150, clutter: 0 });
const size = 3 * 32 * 32;
const images = made.pixels.slice(40 * size);
const network = buildNetwork(configuration.network, { height: 32, width: 32, channels: 3, classes: 3 });

/** Weights of a seed, with running statistics that are not the first ones. */
function someState(seed: number) {
  const state = initialState(compile(network, { batch: 1, replicas: 1 }), seed);
  const moved = [...state.statistics].map(
    ([name, values]) => [name, values.map((value, i) => value + 0.01 * (i + 1))] as const,
  );
  return { ...state, statistics: new Map(moved) };
}

function writtenRun(name: string, changes: Partial<LoadedRun['record']> = {}): LoadedRun {
  const directory = join(scratch, name);
  mkdirSync(directory);
  const { parameters } = compile(network, { batch: 1, replicas: 1 });
  const weights = writeSafetensors(toStateDict(someState(4), parameters));
  writeFileSync(join(directory, 'weights.safetensors'), weights);
  const record = { ...exampleRecord, configuration, status: 'done' as const, ...changes };
  return { record, metrics: [], gradients: [], directory };
}

/** By the reference in float64, image by image. */
async function expected(): Promise<number[][]> {
  const step = await openStep(compile(network, { batch: 1, replicas: 1 }), {
    backend: 'reference',
    precision: 'float64',
  });
  step.load({ ...made, pixels: images, labels: made.labels.slice(40) });
  await step.writeState(0, someState(4));
  const plan = createBatchArrays(1);
  const activations = [activationsFor(network, configuration.activation)];
  for (let i = 0; i < 150; i++) {
    planEvaluationBatch(plan, Int32Array.of(i), 0);
    step.evaluate({ count: 1, replicas: [plan] }, { activations, logits: true });
  }
  const [{ logits }] = await step.metrics();
  await step.dispose();
  return Array.from({ length: 150 }, (_, i) => {
    const powers = [0, 1, 2].map((c) => Math.exp(logits![3 * i + c]));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  });
}

const run = writtenRun('run');

test('probabilities are the softmax of the network in evaluation mode, for more images than a batch holds', async () => {
  const rows = await predict(run, images);
  const wanted = await expected();
  expect(rows).toHaveLength(150);
  for (const [i, row] of rows.entries()) {
    expect(row).toHaveLength(3);
    for (const [c, value] of row.entries()) expect(value).toBeCloseTo(wanted[i]![c]!, 5);
    expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  }
  expect(new Set(rows.map(String)).size).toBeGreaterThan(100);
});

test('an image gets the same alone, with threads, and as pixels of a canvas without alpha', async () => {
  const [first, , third] = await predict(run, images);
  const alone = images.subarray(2 * size, 3 * size);
  expect(await predict(run, alone)).toEqual([third]);
  expect((await predict(run, images, { threads: 2 }))[0]).toEqual(first);
  const interleaved = new Uint8ClampedArray(2 * size);
  for (let image = 0; image < 2; image++) {
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < 1024; i++) {
        interleaved[image * size + 3 * i + c] = images[2 * image * size + c * 1024 + i];
      }
    }
  }
  expect(await predict(run, interleaved, { layout: 'interleaved' })).toEqual([first, third]);
  expect(await predict(run, new Uint8Array(0))).toEqual([]);
});

/** What is said of a request that cannot be met. */
async function complaint(one: LoadedRun, bytes = images): Promise<string> {
  const error = await predict(one, bytes).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CeterisError);
  return (error as Error).message;
}

test('what cannot be predicted is told', async () => {
  expect(await complaint(run, images.subarray(1))).toMatch(
    /no whole images[\s\S]*3072 bytes[\s\S]*149 images and 3071 bytes more/,
  );
  const { directory: _, ...inMemory } = run;
  expect(await complaint(inMemory)).toMatch(/not known[\s\S]*loadStudy or loadRun/);
  expect(await complaint({ ...run, epochsOnDisk: 12 })).toMatch(/after epoch 10,[\s\S]*after epoch 12/);
  const empty = { ...run, directory: scratch, record: { ...run.record, status: 'diverged' as const } };
  expect(await complaint(empty)).toMatch(/no weights[\s\S]*the run is diverged[\s\S]*take another run/);
  const imported = { ...run, record: { ...run.record, source: 'log.csv' } };
  expect(await complaint(imported)).toMatch(/not trained by the engine[\s\S]*log\.csv/);
  const unknown = { ...run, record: { ...run.record, configuration: null } };
  expect(await complaint(unknown)).toMatch(/not trained by the engine[\s\S]*an imported run/);
  const trainer = { command: ['python3', 'train.py'] } as unknown as RunRecord['trainer'];
  const commanded = { ...run, record: { ...run.record, configuration: null, trainer: trainer! } };
  expect(await complaint(commanded)).toMatch(
    /not trained by the engine[\s\S]*by a command: python3 train\.py/,
  );
  const wider = { ...configuration, network: { name: 'cnn' as const, channels: [4, 7] } };
  expect(await complaint({ ...run, record: { ...run.record, configuration: wider } })).toMatch(
    /do not fit the network[\s\S]*weights\.safetensors/,
  );
});

test('weights that are cut off are told', async () => {
  const torn = writtenRun('torn');
  writeFileSync(join(scratch, 'torn', 'weights.safetensors'), new Uint8Array(20));
  expect(await complaint(torn)).toMatch(/safetensors file is damaged/);
});
