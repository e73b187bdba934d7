/** On the CPU lockstep is chosen by timed steps, not by belief. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { loadDataset } from '../data/node/load.js';
import { planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import { shareDataset } from './compileRun.js';
import { groupRuns, type Lockstep } from './groups.js';

/** Milliseconds of a training step of `replicas` runs, as if it was timed. */
let stepMs: (replicas: number) => number = () => 1;
const timed: number[] = [];
vi.mock('./measureSteps.js', () => ({
  measureSteps: async (_: unknown, __: number, { replicas = 1 }: { replicas?: number }) => {
    timed.push(replicas);
    return { trainMs: stepMs(replicas), evaluateMs: 1, startMs: 1 };
  },
}));
afterEach(() => {
  timed.length = 0;
});

const directory = mkdtempSync(join(tmpdir(), 'ceteris-worthwhile-'));
afterAll(() => rmSync(directory, { recursive: true }));
const dataset = shareDataset(await loadDataset({ name: 'synthetic', classes: 3, train: 600, test: 12 }, {}));
const alone = { workers: 2, threads: 1, threadsAtMost: 2 };

async function sizes(epochs: number, lockstep: Lockstep = 'auto'): Promise<number[]> {
  const study = parseStudy(`
name: worthwhile
dataset: { name: synthetic, classes: 3, train: 600, test: 12, validation: 0.2 }
network: { name: mobilenet, width: 0.25 }
training: { epochs: ${epochs}, batchSize: 12 }
baseline: { learningRate: 0.002 }
factors: { learningRate: [0.002, 0.005, 0.01, 0.02] }
seeds: 1
`);
  const runs = planRuns(study, { datasetChecksum: dataset.checksum });
  const backends = [{ device: 'cpu', backend: 'wasm', variant: 'plain' }] as const;
  const homeOf = () => null;
  const groups = await groupRuns({ directory, runs, dataset, backends, homeOf, lockstep, alone });
  return groups.map((group) => group.length);
}

test('runs are grouped where the same runs together were clearly faster', async () => {
  stepMs = (replicas) => (replicas === 1 ? 1 : 0.9 * replicas);
  expect(await sizes(30_000)).toEqual([2, 2]);
  expect(timed).toEqual([2, 1]);
});

test('not where they were as fast, nor by what is noise', async () => {
  for (const each of [1.2, 1, 0.97]) {
    stepMs = (replicas) => (replicas === 1 ? 1 : each * replicas);
    expect(await sizes(30_000)).toEqual([1, 1, 1, 1]);
  }
});

test('nothing is timed for little work, and nothing where a number is asked for', async () => {
  expect(await sizes(1)).toEqual([1, 1, 1, 1]);
  expect(await sizes(30_000, 4)).toEqual([4]);
  expect(await sizes(30_000, 'off')).toEqual([1, 1, 1, 1]);
  expect(timed).toEqual([]);
});
