/** A study on a GPU (here often a software adapter): in lockstep, alone, killed and continued. Runs the built dist/. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readRunRecord } from '../../src/store/node/runFiles.js';
import { testAdapter } from '../support/adapter.js';
import { ceteris, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-gpu-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const file = join(scratch, 'gpu.yaml');
writeFileSync(
  file,
  `
name: gpu
dataset: { name: synthetic, classes: 4, train: 60, test: 12, validation: 0.2 }
network: { name: cnn, channels: [4] }
training: { epochs: 4, batchSize: 12, checkpointSeconds: 0, logSteps: 1 }
baseline: { learningRate: 0.02 }
factors: { schedule: [constant, cosine] }
seeds: 1
`,
);
const device = ['--device', testAdapter?.request ?? 'none', '--no-report'];

function results(out: string): unknown {
  const runs = join(scratch, out, 'gpu', 'runs');
  return readdirSync(runs)
    .sort()
    .map((id) => {
      const at = (name: string) => join(runs, id, name);
      const texts = ['gradients.csv', 'steps.csv', 'predictions.csv'].map((name) =>
        readFileSync(at(name), 'utf8'),
      );
      return { id, texts, weights: readFileSync(at('weights.safetensors')) };
    });
}

describe.skipIf(testAdapter === null)('a study on a GPU', () => {
  test('lockstep gives the bits of runs alone, also killed and continued', async () => {
    const together = ceteris(scratch, 'run', file, '--out', 'together', ...device);
    expect(together.status, together.stderr).toBe(0);
    expect(together.stderr).toMatch(/in lockstep groups of up to 2, 1 at a time on /);
    const alone = ceteris(scratch, 'run', file, '--out', 'alone', '--lockstep', 'off', ...device);
    expect(alone.status, alone.stderr).toBe(0);
    expect(results('together')).toEqual(results('alone'));
    const { child, until, ended } = startCeteris(scratch, 'run', file, '--out', 'killed', ...device);
    await until('epoch 2/4');
    child.kill('SIGKILL');
    await ended;
    const again = ceteris(scratch, 'run', file, '--out', 'killed', ...device);
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/continues after epoch [1-3]/);
    expect(results('killed')).toEqual(results('alone'));
    const runs = join(scratch, 'killed', 'gpu', 'runs');
    const record = readRunRecord(join(runs, readdirSync(runs)[0], 'run.json'));
    expect(record?.backend).toMatchObject({ backend: 'webgpu', precision: 'float32' });
  }, 600_000);

  test('a crash in native code fails the runs of its process with the cause; the same command continues them', async () => {
    const run = ['run', file, '--out', 'crashed', ...device];
    const { until, ended } = startCeteris(scratch, ...run);
    await until('epoch 2/4');
    const runs = join(scratch, 'crashed', 'gpu', 'runs');
    const records = () => readdirSync(runs).map((id) => readRunRecord(join(runs, id, 'run.json')));
    const [first] = readdirSync(runs);
    const { pid } = JSON.parse(readFileSync(join(runs, first, 'lock.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGSEGV');
    expect(await ended).toBe(1);
    for (const record of records()) {
      expect(record?.status).toBe('failed');
      expect(record?.statusReason).toMatch(/the device's process ended \(SIGSEGV\)/);
    }
    const again = ceteris(scratch, ...run);
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/continues after epoch [1-3]/);
    expect(records().map((record) => record?.status)).toEqual(['done', 'done']);
  }, 600_000);
});
