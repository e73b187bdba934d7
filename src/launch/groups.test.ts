import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { AdapterDescription } from '../backends/webgpu/description.js';
import { loadDataset } from '../data/node/load.js';
import { RunFiles } from '../store/node/runFiles.js';
import { waitingRecord } from '../store/waitingRecord.js';
import { planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import type { Run } from '../study/types.js';
import { startPosition } from '../train/events.js';
import type { ChosenBackend } from './backend.js';
import { homesOf } from './begunOn.js';
import { shareDataset } from './compileRun.js';
import { checkLockstep, cut, groupRuns, inLockstep, type Lockstep } from './groups.js';

describe('groups', () => {
  test('are about equally large, in order, and none is larger than asked for', () => {
    const runs = [0, 1, 2, 3, 4, 5, 6];
    expect(cut(runs, 3).map((group) => group.length)).toEqual([2, 3, 2]);
    expect(cut(runs, 7)).toEqual([runs]);
    expect(cut(runs, 1)).toHaveLength(7);
    expect(cut(runs, 4).flat()).toEqual(runs);
  });

  test('what is compared on the CPU: as many groups as there were workers, or one with all the threads', () => {
    const two = { workers: 2, threads: 1, threadsAtMost: 2 };
    expect(inLockstep(7, two)).toMatchObject({ workers: 2, threads: 1, replicas: 4 });
    expect(inLockstep(2, two)).toMatchObject({ workers: 1, threads: 2, replicas: 2 });
  });

  test('a number that is none is refused', () => {
    for (const right of ['auto', 'off', 1, 64] as const) expect(() => checkLockstep(right)).not.toThrow();
    for (const wrong of [0, 1.5, Number.NaN, 'on' as Lockstep]) {
      expect(() => checkLockstep(wrong)).toThrow(/--lockstep/);
    }
  });
});

describe('several GPUs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ceteris-groups-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const gpu = (name: string): ChosenBackend => ({
    device: 'webgpu',
    backend: 'webgpu',
    precision: 'f32',
    tune: false,
    adapter: {
      name,
      type: 'hardware',
      limits: { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 27 },
    } as AdapterDescription,
  });
  const backends = [gpu('Card A'), gpu('Card B')] as const;

  function begin(run: Run, device: string, epochsDone = 1): void {
    const record = waitingRecord(run, 'checksum');
    const backend = {
      backend: 'webgpu',
      variant: 'f32',
      precision: 'float32',
      tiles: { device },
      threads: 1,
    };
    mkdirSync(join(directory, 'runs', run.id), { recursive: true });
    writeFileSync(
      join(directory, 'runs', run.id, 'run.json'),
      JSON.stringify({ ...record, backend, epochsDone, status: 'interrupted' }),
    );
  }

  test('a group each; what was begun on one of them stays there', async () => {
    const dataset = shareDataset(
      await loadDataset({ name: 'synthetic', classes: 3, train: 60, test: 12 }, {}),
    );
    const study = parseStudy(`
name: groups
dataset: { name: synthetic, classes: 3, train: 60, test: 12, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 2, batchSize: 12 }
baseline: { learningRate: 0.002 }
factors: { learningRate: [0.002, 0.005, 0.01, 0.02, 0.05] }
seeds: 1
`);
    const runs = planRuns(study, { datasetChecksum: dataset.checksum });
    const alone = { workers: 2, threads: 1, threadsAtMost: 1 };
    const grouped = (homeOf = homesOf(directory, backends)) =>
      groupRuns({ directory, runs, dataset, backends, homeOf, lockstep: 'auto', alone });
    expect((await grouped()).map((group) => group.length)).toEqual([3, 2]);
    begin(runs[0], 'Card B, driver 1, Dawn 1');
    begin(runs[1], 'Card A, driver 1, Dawn 1');
    begin(runs[2], 'Card C, driver 1, Dawn 1');
    begin(runs[3], 'Card A, driver 1, Dawn 1', 0);
    const homeOf = homesOf(directory, backends);
    expect(runs.map(homeOf)).toEqual([backends[1], backends[0], null, null, null]);
    expect(await grouped(homeOf)).toEqual([[runs[0]], [runs[1]], [runs[2], runs[3]], [runs[4]]]);
    // Stopped within its first epoch, with a checkpoint.
    const empty = { parameters: new Map(), statistics: new Map(), optimizer: new Map(), steps: 3 };
    const position = { ...startPosition, stepInEpoch: 3, norms: null };
    new RunFiles(join(directory, 'runs', runs[3].id)).writeCheckpoint({ state: empty, position });
    expect(homesOf(directory, backends)(runs[3])).toBe(backends[0]);
    // One device: its runs say themselves where they were begun elsewhere.
    expect(homesOf(directory, [backends[0]])(runs[0])).toBeNull();
  });
});
