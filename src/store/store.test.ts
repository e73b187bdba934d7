import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { csvHead, metricsColumns, metricsLine, parseMetrics } from './csv.js';
import { acquireLock } from './node/lock.js';
import { RunFiles } from './node/runFiles.js';
import type { MetricsRow } from './records.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import { fromStateDict, toStateDict } from './weights.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-store-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const row: MetricsRow = {
  epoch: 1,
  trainLoss: 0.1 + 0.2,
  trainAccuracy: 1 / 3,
  validLoss: null,
  validAccuracy: 1e-300,
  trainEvalLoss: null,
  trainEvalAccuracy: null,
  learningRate: 0.05,
  imagesPerSecond: 812.25,
  seconds: 3.5,
};

test('a row of metrics.csv reads back exactly; a torn last line is dropped', () => {
  const text = csvHead('metrics', metricsColumns) + metricsLine(row);
  expect(parseMetrics(text, 'm')).toEqual([row]);
  expect(parseMetrics(`${text}2,0.5,0.`, 'm')).toEqual([row]);
});

const tensors = new Map([
  ['a', { shape: [2, 2], values: Float32Array.of(1, -2, Number.NaN, 1e-40) }],
  ['b', { shape: [], values: BigInt64Array.of(7n) }],
]);

test('safetensors read back, also from an unaligned Buffer', () => {
  const file = writeSafetensors({ tensors, metadata: { x: 'y' } });
  const shifted = Buffer.concat([Buffer.of(0), file]).subarray(1);
  for (const bytes of [file, shifted])
    expect(readSafetensors(bytes, 't')).toEqual({ tensors, metadata: { x: 'y' } });
});

test('a truncated safetensors file is refused', () => {
  const file = writeSafetensors({ tensors, metadata: {} });
  for (const length of [3, 20, file.length - 1]) {
    expect(() => readSafetensors(file.subarray(0, length), 'w')).toThrow(/damaged/);
  }
});

const state = {
  parameters: new Map([['c.weight', Float32Array.of(1, 2)]]),
  statistics: new Map([
    ['bn.running_mean', Float32Array.of(0.5)],
    ['bn.running_var', Float32Array.of(2)],
  ]),
  optimizer: new Map([['momentum.c.weight', Float32Array.of(3, 4)]]),
  steps: 9,
};

test('the state_dict has num_batches_tracked and reads back as weights to start from', () => {
  const file = toStateDict(state, [{ name: 'c.weight', shape: [2, 1] }]);
  expect(file.tensors.get('bn.num_batches_tracked')?.values).toEqual(BigInt64Array.of(9n));
  const specs = [...state.statistics.keys()].map((name) => ({ name, elements: 1 }));
  const back = fromStateDict(file, [{ name: 'c.weight', shape: [2, 1] }], specs, 'w');
  expect(back).toEqual({ ...state, optimizer: new Map(), steps: 0 });
  expect(() => fromStateDict(file, [{ name: 'c.weight', shape: [1, 2] }], specs, 'w')).toThrow(/do not fit/);
});

test('a checkpoint cuts the records back to its position', () => {
  const files = new RunFiles(join(scratch, 'run'));
  files.appendMetrics(row);
  files.writeCheckpoint({ state, position: { epoch: 1 } });
  files.appendMetrics({ ...row, epoch: 2 });
  files.appendSteps(2, [3], [0.5]);
  expect(files.resume()).toEqual({ state, position: { epoch: 1 } });
  expect(files.resume()).not.toBeNull();
});

test('a lock is exclusive; one of a process that is gone is taken over', () => {
  const directory = join(scratch, 'locked');
  const lock = acquireLock(directory, 'it');
  expect(() => acquireLock(directory, 'it')).toThrow(/another process/);
  lock.release();
  const gone = { formatVersion: 1, host: hostname(), pid: 4194999, started: '1' };
  writeFileSync(join(directory, 'lock.json'), JSON.stringify(gone));
  acquireLock(directory, 'it').release();
});
