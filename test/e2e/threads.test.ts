/** Threads are raised as the runs of a study run out, and no bit depends on it. Runs the built dist/. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseMetrics } from '../../src/store/csv.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-threads-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const main = join(import.meta.dirname, '../../dist/cli/main.js');
const file = join(scratch, 'three.yaml');
writeFileSync(
  file,
  `name: three
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: cnn, channels: [8, 12] }
training: { epochs: 8, batchSize: 16 }
baseline: { learningRate: 0.02 }
seeds: 3
`,
);

function runs(...options: string[]) {
  const out = join(scratch, options.join(''));
  const { status, stderr } = spawnSync(process.execPath, [main, 'run', file, '--out', out, ...options], {
    encoding: 'utf8',
  });
  expect(stderr).toContain('3 of 3 runs done');
  expect(status).toBe(0);
  const directory = join(out, 'three', 'runs');
  return readdirSync(directory)
    .sort()
    .map((id) => {
      const text = (name: string) => readFileSync(join(directory, id, name), 'utf8');
      const metrics = parseMetrics(text('metrics.csv'), id).map((row) => ({
        ...row,
        seconds: 0,
        imagesPerSecond: 0,
      }));
      const weights = readFileSync(join(directory, id, 'weights.safetensors')).toString('base64');
      const results = { metrics, weights, predictions: text('predictions.csv') };
      return {
        id,
        results,
        threads: JSON.parse(text('run.json')).backend.threads as number,
        log: text('log.txt'),
      };
    });
}

test('three runs on two workers: the last one takes the cores that are free, with the same bits', () => {
  const cores = availableParallelism();
  const shared = runs('--workers', '2');
  const alone = runs('--workers', '1', '--threads', '1');
  expect(shared.map(({ id, results }) => ({ id, results }))).toEqual(
    alone.map(({ id, results }) => ({ id, results })),
  );
  expect(alone.map(({ threads }) => threads)).toEqual([1, 1, 1]);
  const first = Math.max(1, Math.floor(cores / 2));
  const raised = shared.filter(({ log }) => log.includes('goes on with'));
  if (cores === 1) expect(raised).toEqual([]);
  else expect(raised).toHaveLength(1);
  for (const { threads, log } of raised) {
    expect(threads).toBe(cores);
    expect(threads).toBeGreaterThan(first);
    expect(log).toContain(`goes on with ${cores} threads`);
  }
}, 120_000);
