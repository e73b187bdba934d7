/** Replicas that have ended leave their group where that costs less than going on with them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import type { BackendChoice } from '../backends/node/openStep.js';
import type { Program } from '../compile/program.js';
import { loadDataset } from '../data/node/load.js';
import { planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import { shareDataset } from './compileRun.js';
import { executeGroup } from './executeGroup.js';

/** Milliseconds that a Step takes to open, and that one of its training steps takes. */
let openMs = 0;
let trainMs = 0;
const opened: number[] = [];
const waiting = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
vi.mock('../backends/node/openStep.js', async (original) => {
  const real = await original<typeof import('../backends/node/openStep.js')>();
  return {
    ...real,
    openStep: async (program: Program, choice: BackendChoice) => {
      opened.push(program.replicas);
      if (openMs > 0) waiting(openMs);
      const step = await real.openStep(program, choice);
      const train = step.train.bind(step);
      step.train = (plan, hyper) => {
        if (trainMs > 0) waiting(trainMs);
        train(plan, hyper);
      };
      return step;
    },
  };
});

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-compaction-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const dataset = shareDataset(await loadDataset({ name: 'synthetic', classes: 3, train: 60, test: 12 }, {}));
const study = parseStudy(`
name: compaction
dataset: { name: synthetic, classes: 3, train: 60, test: 12, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 6, batchSize: 12, logSteps: 1 }
baseline: { learningRate: 0.02, weightDecay: 1 }
factors: { learningRate: [0.02, 1.0e+6] }
seeds: 1
`);
const runs = planRuns(study, { datasetChecksum: dataset.checksum });

/** Trains both as one group: how each ended, its steps.csv, and the sizes of the Steps that were opened. */
async function execute(name: string, open: number, train: number) {
  [openMs, trainMs] = [open, train];
  opened.length = 0;
  const studyDirectory = join(scratch, name);
  const ends: string[] = [];
  await executeGroup({
    setup: {
      trainer: 'engine',
      studyDirectory,
      dataset,
      stopFlag: new Int32Array(1),
      allowVariantChange: false,
      backend: { device: 'cpu', backend: 'wasm', variant: 'plain' },
      gitCommit: null,
      initialChecksums: {},
    },
    job: { runs, threads: 1, allowedThreads: new Int32Array([1]) },
    send: (message) => {
      if (message.type === 'run-ended') ends.push(message.status);
    },
  });
  const steps = runs.map(({ id }) => readFileSync(join(studyDirectory, 'runs', id, 'steps.csv'), 'utf8'));
  return { ends: ends.sort(), steps, opened: [...opened] };
}

test('a group is compacted where it pays, and not where opening it anew costs more; the bits are the same', async () => {
  const compacted = await execute('pays', 0, 150);
  expect(compacted.opened).toEqual([2, 1]);
  const kept = await execute('costs', 2_000, 0);
  expect(kept.opened).toEqual([2]);
  expect(compacted.ends).toEqual(['diverged', 'done']);
  expect(kept.ends).toEqual(compacted.ends);
  expect(kept.steps).toEqual(compacted.steps);
}, 60_000);
