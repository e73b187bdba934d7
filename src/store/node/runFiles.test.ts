import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exampleRecord } from '../../../test/support/exampleRecord.js';
import { CeterisError } from '../../base/errors.js';
import { parseGradients, parseMetrics, parsePredictions } from '../csv.js';
import type { MetricsRow } from '../records.js';
import { asideOf } from './files.js';
import { RunFiles } from './runFiles.js';

let directory = '';
let files: RunFiles;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'ceteris-run-')), 'run');
  files = new RunFiles(directory);
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(directory, name), 'utf8');

function row(epoch: number): MetricsRow {
  const measured = { trainLoss: 1 / epoch, trainAccuracy: 0.5, validLoss: 2, validAccuracy: 0.25 };
  const rest = {
    trainEvalLoss: null,
    trainEvalAccuracy: null,
    learningRate: 0.05,
    imagesPerSecond: 9,
    seconds: 3,
  };
  return { epoch, ...measured, ...rest };
}

const state = (value: number) => ({
  parameters: new Map([['w', Float32Array.of(value, -0)]]),
  statistics: new Map([['bn.running_mean', Float32Array.of(value)]]),
  optimizer: new Map([['momentum.w', Float64Array.of(value / 3)]]),
  steps: value,
});

function epoch(number: number): void {
  files.appendSteps(number, [2 * number - 1, 2 * number], [0.1, 0.2]);
  files.appendMetrics(row(number));
  files.appendGradients(number, { 'conv1.weight': number / 7 });
}

function epochs(): number[][] {
  return [
    parseMetrics(read('metrics.csv'), 'm').map((one) => one.epoch),
    parseGradients(read('gradients.csv'), 'g').map((one) => one.epoch),
    read('steps.csv')
      .trimEnd()
      .split('\n')
      .slice(2)
      .map((line) => Number(line.split(',')[0])),
  ];
}

test('after a checkpoint and a kill in the middle of a line, the run stands where the checkpoint stood', () => {
  epoch(1);
  epoch(2);
  files.writeCheckpoint({ state: state(8), position: { epoch: 2, lossSum: 0.1 + 0.2 } });
  const before = ['metrics.csv', 'steps.csv', 'gradients.csv'].map(read);
  epoch(3);
  appendFileSync(join(directory, 'metrics.csv'), '4,1.2');
  appendFileSync(join(directory, 'steps.csv'), '4');
  writeFileSync(join(directory, '.checkpoint.safetensors.99.0.tmp'), 'half of one');
  expect(epochs()[0]).toEqual([1, 2, 3]);
  const checkpoint = new RunFiles(directory).resume();
  expect(checkpoint).toEqual({ state: state(8), position: { epoch: 2, lossSum: 0.1 + 0.2 } });
  expect(['metrics.csv', 'steps.csv', 'gradients.csv'].map(read)).toEqual(before);
  expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  epoch(3);
  expect(epochs()).toEqual([
    [1, 2, 3],
    [1, 2, 3],
    [1, 1, 2, 2, 3, 3],
  ]);
});

test('files that the checkpoint did not know are removed on resuming', () => {
  files.writeCheckpoint({ state: state(1), position: { epoch: 0 } });
  epoch(1);
  files.resume();
  expect(existsSync(join(directory, 'metrics.csv'))).toBe(false);
  epoch(1);
  expect(epochs()[0]).toEqual([1]);
});

test('a run that starts again loses what was left, and a run without a checkpoint has none', () => {
  epoch(1);
  expect(files.resume()).toBeNull();
  files.clear();
  expect(readdirSync(directory)).toEqual(['control']);
});

test('a record shorter than at the checkpoint is refused, and nothing is cut', () => {
  epoch(1);
  files.writeCheckpoint({ state: state(1), position: {} });
  epoch(2);
  const metrics = read('metrics.csv');
  truncateSync(join(directory, 'steps.csv'), 10);
  expect(() => files.resume()).toThrow(/steps\.csv.*10 bytes/s);
  expect(read('metrics.csv')).toBe(metrics);
});

test('a damaged checkpoint is told with its path, and nothing is lost', () => {
  epoch(1);
  files.writeCheckpoint({ state: state(1), position: {} });
  epoch(2);
  const path = join(directory, 'checkpoint.safetensors');
  const bytes = readFileSync(path);
  bytes[bytes.length - 3] ^= 4;
  writeFileSync(path, bytes);
  expect(() => files.resume()).toThrow(/checkpoint is damaged.*checkpoint\.safetensors.*delete it/s);
  writeFileSync(path, bytes.subarray(0, 100));
  expect(() => files.resume()).toThrow(/checkpoint is damaged/);
  expect(epochs()[0]).toEqual([1, 2]);
});

/** /dev/full refuses every write for want of space. */
const full = '/dev/full';
const hasFull = existsSync(full);
if (!hasFull) console.log('left out: tests of a full disk, because this system has no /dev/full');

test.runIf(hasFull)('on a full disk the old checkpoint and every whole line stay', () => {
  epoch(1);
  files.writeCheckpoint({ state: state(1), position: { epoch: 1 } });
  epoch(2);
  const path = join(directory, 'checkpoint.safetensors');
  symlinkSync(full, asideOf(path));
  expect(() => files.writeCheckpoint({ state: state(2), position: { epoch: 2 } })).toThrow(
    /disk is full.*free some space/s,
  );
  expect(epochs()[0]).toEqual([1, 2]);
  expect(files.resume()).toEqual({ state: state(1), position: { epoch: 1 } });
  rmSync(join(directory, 'metrics.csv'));
  symlinkSync(full, join(directory, 'metrics.csv'));
  expect(() => files.appendMetrics(row(2))).toThrow(CeterisError);
});

test('a place that cannot be written to is a wrong request', () => {
  writeFileSync(join(directory, 'file'), '');
  for (const below of ['file', 'file/run']) {
    try {
      new RunFiles(join(directory, below));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CeterisError);
      expect((error as CeterisError).exitCode).toBe(2);
      expect((error as Error).message).toMatch(/--out/);
    }
  }
});

test('the other files of a run', () => {
  files.writeRecord(exampleRecord);
  expect(files.readRecord()).toEqual(exampleRecord);
  files.writePredictions([{ split: 'test', index: 1, label: 2, predicted: 3, loss: 0.5 }]);
  expect(parsePredictions(read('predictions.csv'), 'p')).toHaveLength(1);
  files.log('starts');
  appendFileSync(join(directory, 'log.txt'), '2030-01-01T00:0');
  files.log('continues');
  expect(read('log.txt')).toMatch(/^# ceteris log 1\n\S+Z starts\n\S+\n\S+Z continues\n$/);
  expect(files.takeStop()).toBe(false);
  writeFileSync(join(directory, 'control', 'stop'), '');
  expect([files.takeStop(), files.takeStop()]).toEqual([true, false]);
  expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
