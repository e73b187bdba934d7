/** Designs on the command line: plan, a search with its selection, looks, doctor. Runs the built dist/. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { maxOf } from '../../src/base/extremes.js';
import type { SelectionFile } from '../../src/store/records.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-designs-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const main = join(import.meta.dirname, '../../dist/cli/main.js');
const file = join(scratch, 'searched.yaml');
writeFileSync(
  file,
  `
name: searched
dataset: { name: synthetic, classes: 3, train: 120, test: 20 }
network: { name: mlp, hidden: [6] }
training: { epochs: 3, batchSize: 16 }
method: { name: one-factor, trials: 2, seed: 1 }
baseline: { learningRate: 0.02 }
factors:
  schedule: [constant, cosine]
  learningRate: { min: 0.001, max: 0.1, distribution: log-uniform, role: nuisance }
seeds: 2
`,
);

function ceteris(...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: scratch });
}

interface Plan {
  readonly runs: Readonly<Record<'total' | 'done' | 'new' | 'outside', number>>;
  readonly seconds: number;
  readonly power: { readonly look: number | null; readonly contrasts: number };
  readonly warnings: readonly string[];
}

function plan(...args: string[]): Plan {
  const { stdout, stderr } = ceteris('plan', file, '--json', ...args);
  expect(stderr).not.toContain('error');
  return JSON.parse(stdout) as Plan;
}

const directory = join(scratch, 'out', 'searched');
const selections = () =>
  (JSON.parse(readFileSync(join(directory, 'selection.json'), 'utf8')) as SelectionFile).selections;

test('plan tells runs and time before anything is trained, and writes nothing', () => {
  const planned = plan();
  expect(planned.runs).toMatchObject({ total: 8, done: 0, new: 8 });
  expect(planned.seconds).toBeGreaterThan(0);
  expect(planned.power).toMatchObject({ contrasts: 1, look: null });
  expect(existsSync(join(scratch, 'out'))).toBe(false);
  const { stdout, status } = ceteris('plan', file, '--set', 'seeds=1');
  expect(status).toBe(0);
  expect(stdout).toMatch(/baseline, as chosen +final +1 /);
  expect(stdout).toMatch(/one seed carries no verdict/);
  expect(maxOf(stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
}, 120_000);

test('a search that was broken off selects nothing; continued, it selects once and runs the chosen trials', async () => {
  const child = spawn(
    process.execPath,
    [main, 'run', file, '--workers', '1', '--set', 'training.epochs=400'],
    {
      cwd: scratch,
    },
  );
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (data: Buffer) => String(data).includes('epoch 2/400') && resolve());
  });
  child.kill('SIGINT');
  await new Promise((resolve) => child.on('exit', resolve));
  expect(existsSync(join(directory, 'selection.json'))).toBe(false);
  rmSync(directory, { recursive: true });

  const first = ceteris('run', file);
  expect(first.status).toBe(0);
  expect(first.stderr).toMatch(/search, 4 runs, 4 to do/);
  expect(first.stderr).toMatch(/final runs, 8 runs, 4 to do/);
  expect(first.stderr).toMatch(/chosen for schedule=cosine: learning rate/);
  expect(selections()).toHaveLength(1);
  const runs = readdirSync(join(directory, 'runs'));
  expect(runs.filter((id) => id.includes('seed=1000'))).toHaveLength(4);
  expect(runs).toHaveLength(8);
  const report = readFileSync(join(directory, 'report', 'report.md'), 'utf8');
  expect(report).toMatch(/## Isolation/);
  const again = ceteris('run', file);
  expect(again.stderr).toContain('0 to do');
  expect(selections()).toHaveLength(1);
  expect(existsSync(join(directory, 'looks.csv'))).toBe(false);
}, 180_000);

test('more trials are searched beside those that are there; the selection is made anew and the old one kept', () => {
  const more = ['--set', 'method.trials=4'];
  const before = selections();
  expect(plan(...more).warnings.join('\n')).toMatch(/selected anew/);
  expect(ceteris('run', file, ...more).stderr).toMatch(/search, 8 runs, 4 to do/);
  const now = selections();
  expect(now[0]).toEqual(before[0]);
  expect(now).toHaveLength(2);
  expect(now[1].levels.map(({ trials }) => trials)).toEqual([4, 4]);
  const same =
    JSON.stringify(now[1].levels.map(({ chosen }) => chosen)) ===
    JSON.stringify(now[0].levels.map(({ chosen }) => chosen));
  expect(existsSync(join(directory, 'looks.csv'))).toBe(!same);
}, 120_000);

test('more seeds after results were seen are a look, which plan tells before', () => {
  const looks = () =>
    existsSync(join(directory, 'looks.csv'))
      ? readFileSync(join(directory, 'looks.csv'), 'utf8').trim().split('\n').length - 2
      : 0;
  const more = ['--set', 'method.trials=4', '--set', 'seeds=3'];
  const before = looks();
  expect(plan(...more).power.look).toBe(before + 2);
  expect(ceteris('run', file, ...more).status).toBe(0);
  expect(looks()).toBe(before + 1);
  expect(plan(...more)).toMatchObject({ runs: { new: 0 }, seconds: 0, power: { look: before + 2 } });
}, 120_000);

test('doctor tells what the machine has', () => {
  const { stdout, status } = ceteris('doctor', '--json', '--data-dir', scratch);
  expect(status).toBe(0);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({
    cores: expect.any(Number),
    kernels: expect.stringMatching(/^(plain|relaxed|wide)$/),
    webgpu: { adapters: expect.any(Array), missing: expect.any(Array) },
    auto: { device: expect.stringMatching(/^(cpu|webgpu)$/) },
    out: { isWritable: true },
  });
  expect(report.data).toMatchObject([{ name: 'cifar100', isThere: false }, { name: 'cifar10' }]);
  expect(ceteris('doctor').stdout).toMatch(/kernels +(plain|relaxed|wide).*auto +--device auto takes/s);
});
