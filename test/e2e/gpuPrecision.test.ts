/** Studies with `--precision f16-products`, on an adapter with subgroup matrices; elsewhere the words of the refusal. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readRunRecord } from '../../src/store/node/runFiles.js';
import { testAdapter } from '../support/adapter.js';
import { testUnit } from '../support/webgpuStep.js';
import { ceteris, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-precision-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function studyFile(name: string, schedules: string, epochs = 3): string {
  const file = join(scratch, `${name}.yaml`);
  writeFileSync(
    file,
    `
name: precision
dataset: { name: synthetic, classes: 4, train: 30, test: 6, validation: 0.2 }
network: { name: mobilenet, width: 0.125 }
training: { epochs: ${epochs}, batchSize: 6, checkpointSeconds: 0, logSteps: 1 }
baseline: { learningRate: 0.02 }
factors: { schedule: [${schedules}] }
seeds: 1
`,
  );
  return file;
}

const device = ['--device', testAdapter?.request ?? 'none'];
const halves = ['--precision', 'f16-products'];
const runsOf = (out: string) => join(scratch, out, 'precision', 'runs');
const recordsOf = (out: string) =>
  readdirSync(runsOf(out))
    .sort()
    .map((id) => readRunRecord(join(runsOf(out), id, 'run.json')));

/** What every run's files hold, in short. */
function results(out: string): unknown {
  const files = ['steps.csv', 'gradients.csv', 'predictions.csv', 'weights.safetensors'];
  return readdirSync(runsOf(out))
    .sort()
    .map((id) =>
      files.map((name) => {
        const hash = createHash('sha256')
          .update(readFileSync(join(runsOf(out), id, name)))
          .digest('hex');
        return `${id} ${name} ${hash}`;
      }),
    );
}

describe.skipIf(testUnit === null)('a study with products in halves', () => {
  const both = studyFile('both', 'constant, cosine');

  test('lockstep gives the bits of runs alone, also killed and continued; float32 gives others', () => {
    const run = (out: string, options: readonly string[]) =>
      ceteris(scratch, 'run', both, '--out', out, '--no-report', ...device, ...options);
    for (const ended of [
      run('together', halves),
      run('alone', ['--lockstep', 'off', ...halves]),
      run('f32', []),
    ]) {
      expect(ended.status, ended.stderr).toBe(0);
    }
    expect(results('together')).toEqual(results('alone'));
    expect(results('together')).not.toEqual(results('f32'));
    for (const record of recordsOf('together')) {
      expect(record?.backend).toMatchObject({ backend: 'webgpu', variant: 'f16-products' });
      expect(Object.keys(record?.backend?.tiles ?? {})).toContain('forward in halves');
    }
  }, 600_000);

  test('a run goes on in its own precision alone, unless another is allowed, and run.json says so', async () => {
    const options = ['--out', 'killed', '--no-report', ...device];
    const { child, until, ended } = startCeteris(scratch, 'run', both, ...options, ...halves);
    // Both runs have a checkpoint then.
    await until('epoch 2/3');
    child.kill('SIGKILL');
    await ended;
    const other = ceteris(scratch, 'run', both, ...options);
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(/this run was begun in another precision[\s\S]*--precision f16-products/);
    const again = ceteris(scratch, 'run', both, ...options, ...halves);
    expect(again.status, again.stderr).toBe(0);
    expect(results('killed')).toEqual(results('together'));
  }, 600_000);

  test('where the runs of a study differ in precision the report says so', () => {
    const options = ['--out', 'mixed', ...device];
    const first = ceteris(scratch, 'run', studyFile('one', 'constant', 1), ...options);
    expect(first.status, first.stderr).toBe(0);
    const report = () => readFileSync(join(scratch, 'mixed', 'precision', 'report', 'report.md'), 'utf8');
    expect(report()).not.toContain('differ in precision');
    const second = ceteris(scratch, 'run', studyFile('two', 'constant, cosine', 1), ...options, ...halves);
    expect(second.status, second.stderr).toBe(0);
    expect(report()).toMatch(
      /Runs of this study differ in precision: 1 run in float32 and 1 run in float32 with products of f16/,
    );
  }, 600_000);
});

test('the CPU makes no products in halves, and says so', () => {
  const ended = ceteris(scratch, 'run', studyFile('cpu', 'constant'), '--device', 'cpu', ...halves);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/only a GPU makes products in halves[\s\S]*--precision f16-products/);
});

test.skipIf(testAdapter === null || testUnit !== null)(
  'an adapter without subgroup matrices is refused, with what it has',
  () => {
    const ended = ceteris(scratch, 'run', studyFile('none', 'constant'), ...device, ...halves);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/cannot make products in halves[\s\S]*no subgroup matrices/);
  },
);
