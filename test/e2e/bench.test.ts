/** `ceteris bench` on tiny steps: what it gives, and what it refuses. No times are judged. Runs the built dist/. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { testAdapter } from '../support/adapter.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-bench-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const main = join(import.meta.dirname, '../../dist/cli/main.js');

function bench(...args: string[]) {
  return spawnSync(process.execPath, [main, 'bench', ...args], { encoding: 'utf8', cwd: scratch });
}

const tiny = ['--width', '0.25', '--batch', '8', '--steps', '2'];

test('bench step', () => {
  const { status, stdout } = bench('step', ...tiny, '--threads', '1', '--json');
  expect(status).toBe(0);
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({ threads: 1, batch: 8, node: process.version, device: 'cpu', study: null });
  expect(result.network).toEqual({ name: 'mobilenet', width: 0.25 });
  expect(result.kernels).toMatch(/plain|relaxed|wide/);
  for (const step of [result.train, result.evaluate]) {
    expect(step.medianMs).toBeGreaterThan(0);
    expect(step.minMs).toBeLessThanOrEqual(step.medianMs);
    expect(step.shareOfPeak).toBeCloseTo(step.gflops / result.peak.gflops, 9);
  }
  expect(result.byKernel.train.denseForward).toBeGreaterThan(0);
  expect(result.epochSeconds).toBeCloseTo(
    (5000 * result.train.medianMs + 1250 * result.evaluate.medianMs) / 1000,
    6,
  );
});

test("bench step --study measures the study's own network, and tells how long it takes", () => {
  const file = join(scratch, 'small.yaml');
  writeFileSync(
    file,
    `name: small
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: cnn, channels: [8, 12] }
training: { epochs: 6, batchSize: 16 }
factors: { learningRate: [0.01, 0.05] }
seeds: 2
`,
  );
  const { status, stdout } = bench('step', '--study', file, '--steps', '2', '--json');
  expect(status).toBe(0);
  const { network, batch, study, train, evaluate, startMs } = JSON.parse(stdout);
  expect({ network, batch }).toEqual({
    network: { name: 'cnn', channels: [8, 12], pooling: 'average' },
    batch: 16,
  });
  expect(study).toMatchObject({ name: 'small', runs: 4, scaledRuns: 0 });
  const run = startMs + 6 * (12 * train.medianMs + 3 * evaluate.medianMs) + (3 + 3 + 3) * evaluate.medianMs;
  expect(study.seconds).toBeCloseTo((4 * run) / 1000, 6);
  const text = bench('step', '--study', file, '--steps', '2');
  expect(text.stdout).toMatch(/small, 4 runs one after another: \d/);
});

test.each([['mobilenet'], ['cnn'], ['mlp']])('bench kernels --network %s', (network) => {
  const sizes = network === 'mobilenet' ? tiny : tiny.slice(2);
  const { status, stdout } = bench('kernels', '--network', network, ...sizes, '--json');
  expect(status).toBe(0);
  const { rows, sums } = JSON.parse(stdout);
  const names = new Set(rows.map((row: { kernel: string }) => row.kernel));
  expect(names).toContain('denseForward');
  expect(sums).toHaveLength(names.size);
  for (const row of rows) {
    expect(row.milliseconds).toBeGreaterThan(0);
    expect(row.shareOfLimit).toBeCloseTo(row.limitMs / row.milliseconds, 9);
    expect(['compute', 'memory']).toContain(row.boundBy);
  }
});

describe('wrong options are refused by rule', () => {
  const cases: [string[], RegExp][] = [
    [['step', '--width', '0'], /number above 0, at most 4/],
    [['step', '--batch', '1.5'], /whole number from 1 to 4096/],
    [['step', '--threads', '0'], /whole number from 1 to 64/],
    [['step', '--steps', 'many'], /whole number from 1 to 1000/],
    [['step', '--network', 'resnet'], /mobilenet, cnn, mlp/],
    [['step', '--device', 'tpu'], /cpu, webgpu, or webgpu:NAME/],
    [['kernels', '--replicas', '2'], /this option is for a GPU[\s\S]*--replicas/],
    [['step', '--network', 'cnn', '--width', '0.5'], /only MobileNet has a width/],
    [['step', '--study', 'missing.yaml'], /there is no such study file/],
    [['step', '--study', 'x.yaml', '--batch', '8'], /cannot be used with/],
    [['kernels', '--study', 'x.yaml'], /unknown option/],
  ];
  test.each(cases)('%j', (args, message) => {
    const { status, stderr } = bench(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
    expect(status).toBe(2);
  });
});

describe.skipIf(testAdapter === null)(`bench on ${testAdapter?.description.name}`, () => {
  const small = ['--device', testAdapter?.request ?? 'none', '--network', 'cnn', '--batch', '1'];

  test('step: times, the host, the compilation, kinds of kernels, the share of a peak measured on the spot', () => {
    const { status, stdout, stderr } = bench(
      'step',
      ...small,
      '--replicas',
      '2',
      '--seconds',
      '0.1',
      '--json',
    );
    expect(status, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ device: 'webgpu', replicas: 2, batch: 1, network: { name: 'cnn' } });
    for (const step of [result.train, result.evaluate]) {
      expect(step.medianMs).toBeGreaterThan(0);
      expect(step.runMs).toBeCloseTo(step.medianMs / 2, 9);
      expect(step.hostMs).toBeLessThanOrEqual(step.maxMs);
      expect(step.shareOfPeak).toBeCloseTo(step.gflops / result.peak.gflops, 9);
    }
    expect(result.compileMs).toBeGreaterThan(0);
    const dispatches = result.kinds.map((kind: { dispatches: number }) => kind.dispatches);
    expect(dispatches.reduce((sum: number, n: number) => sum + n, 0)).toBe(result.dispatches);
  }, 60_000);

  test('kernels: each kernel at each shape, and its share of the limit', () => {
    const { status, stdout, stderr } = bench('kernels', ...small);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/thin forward +32x32x3 -> 16 3x3 +1 .*(compute|memory) +\d+%/);
    expect(stdout).toMatch(/update +\d+ parameters/);
  }, 60_000);

  test('options of the other device are refused', () => {
    const refused = bench('step', ...small, '--threads', '2');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/for the CPU[\s\S]*--threads/);
  });
});
