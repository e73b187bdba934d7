/** The command line on a trained study: show, compare, report. Runs the built dist/. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-compare-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const main = join(import.meta.dirname, '../../dist/cli/main.js');

function ceteris(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    cwd: scratch,
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  writeFileSync(
    join(scratch, 'pair.yaml'),
    `name: pair
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: cnn, channels: [8] }
training: { epochs: 4, batchSize: 16 }
baseline: { learningRate: 0.02 }
factors: { schedule: [constant, cosine] }
seeds: 2
`,
  );
  const { status, stderr } = ceteris('run', 'pair.yaml', '--workers', '1', '--threads', '1', '--no-report');
  expect(stderr + status).toMatch(/0$/);
}, 120_000);

test('show: a study with its findings, a trial, a run', () => {
  const study = ceteris('show', 'out/pair');
  expect(study.status).toBe(0);
  expect(study.stdout).toMatch(/^\[(supported|equivalent|inconclusive|no verdict: no variation)\] /m);
  expect(study.stdout).toMatch(/1 declared comparison,\s+tested\s+at\s+5%/);
  const [id = ''] = readdirSync(join(scratch, 'out/pair/runs')).sort();
  expect(ceteris('show', id).stdout).toMatch(/^status +done, 4 of 4 epochs/m);
  const json = JSON.parse(ceteris('show', 'out/pair', '--json').stdout);
  expect(json.findings[0]).toMatchObject({
    id: 'schedule=cosine:validAccuracy',
    family: 'confirmatory',
    n: [2, 2],
  });
});

test('compare: trials by their declared finding, networks over their images', () => {
  const [finding] = JSON.parse(ceteris('show', 'out/pair', '--json').stdout).findings;
  const trials = ceteris('compare', 'out/pair', 'baseline', 'schedule=cosine', '--json');
  expect(JSON.parse(trials.stdout).contrasts).toEqual([finding]);
  const [a = '', b = ''] = readdirSync(join(scratch, 'out/pair/runs')).sort();
  const runs = ceteris('compare', a, join('out/pair/runs', b));
  expect(runs.stdout).toMatch(/On 48 validation images, only .* McNemar’s\s+exact\s+p/s);
  expect(runs.stdout).toMatch(/two trained\s+networks, not their\s+configurations/);
});

test('compare: trials of two studies, with the difference and what else differs', () => {
  const again = ceteris(
    'run',
    'pair.yaml',
    '--set',
    'name=longer',
    '--set',
    'training.epochs=5',
    '--no-report',
  );
  expect(again.status).toBe(0);
  const args = ['compare', 'out/longer/baseline', 'out/pair/baseline'] as const;
  const [finding] = JSON.parse(ceteris(...args, '--json').stdout).contrasts;
  expect(finding).toMatchObject({ family: 'exploratory', method: "Welch's t", n: [2, 2], p: null });
  const text = ceteris(...args).stdout.replaceAll(/\s+/g, ' ');
  expect(text).toMatch(
    /the baseline of pair .* the baseline of longer|the baseline of longer .* the baseline of pair/,
  );
  expect(text).toContain('Their configurations differ in epochs (4 and 5).');
}, 60_000);

test('report prints the findings and writes them', () => {
  const { status, stdout } = ceteris('report', 'out/pair');
  expect([status, existsSync(join(scratch, 'out/pair/report/report.html'))]).toEqual([0, true]);
  expect(stdout).toMatch(/^\[.*\] .*schedule cosine/im);
  expect(stdout).toMatch(/^report: .*report\.html$/m);
});

test('wrong names are wrong requests', () => {
  for (const args of [
    ['show', 'nothing'],
    ['compare', 'out/pair', 'baseline'],
    ['compare', 'baseline', 'out/pair'],
  ]) {
    const { status, stderr } = ceteris(...args);
    expect([args, status]).toEqual([args, 2]);
    expect(stderr).toMatch(/^error: /);
  }
});
