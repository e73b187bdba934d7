/** The command line on small studies: kill and resume, stop, locks, divergence, wrong input. Runs the built dist/. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseMetrics } from '../../src/store/csv.js';
import { readSafetensors } from '../../src/store/safetensors.js';
import { ceteris as runCeteris, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-e2e-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const study = `
name: small
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: cnn, channels: [8, 12] }
training: { epochs: 6, batchSize: 16, checkpointSeconds: 0, logSteps: 3 }
baseline: { learningRate: 0.02 }
factors: { schedule: [constant, cosine] }
seeds: 1
`;
const file = join(scratch, 'small.yaml');
writeFileSync(file, study);

const ceteris = (...args: string[]) => runCeteris(scratch, ...args);
const start = (...args: string[]) => startCeteris(scratch, ...args);

/** What must be equal bit for bit: all but times and speeds. */
function results(out: string): unknown {
  const runs = join(out, 'small', 'runs');
  return readdirSync(runs)
    .sort()
    .map((id) => {
      const at = (name: string) => join(runs, id, name);
      const metrics = parseMetrics(readFileSync(at('metrics.csv'), 'utf8'), id).map((row) => ({
        ...row,
        seconds: 0,
        imagesPerSecond: 0,
      }));
      const weights = readSafetensors(readFileSync(at('weights.safetensors')), id);
      const texts = ['gradients.csv', 'steps.csv', 'predictions.csv'].map((name) =>
        readFileSync(at(name), 'utf8'),
      );
      return { id, metrics, weights, texts };
    });
}

const undisturbed = join(scratch, 'undisturbed');

test('a study runs, and running it again does nothing', () => {
  const first = ceteris('run', file, '--out', undisturbed);
  expect(first.stderr).toContain('2 of 2 runs done');
  expect(first.status).toBe(0);
  expect(first.stdout).toMatch(/schedule=cosine +1 .*done/);
  const again = ceteris('run', file, '--out', undisturbed);
  expect(again.status).toBe(0);
  expect(again.stderr).toContain('0 to do');
}, 240_000);

test.each([
  ['epoch 2/6', 1],
  ['epoch 4/6', 2],
])(
  'killed after %s, it ends with the same bits',
  async (moment, threads) => {
    const out = join(scratch, `killed-${threads}`);
    const { child, until, ended } = start('run', file, '--out', out, '--threads', String(threads));
    await until(moment);
    child.kill('SIGKILL');
    await ended;
    expect(ceteris('run', file, '--out', out).status).toBe(0);
    expect(results(out)).toEqual(results(undisturbed));
  },
  240_000,
);

test('stopped with Ctrl-C, it ends with the same bits', async () => {
  const out = join(scratch, 'stopped');
  const { child, until, ended } = start('run', file, '--out', out, '--workers', '1');
  await until('epoch 3/6');
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(ceteris('run', file, '--out', out).status).toBe(0);
  expect(results(out)).toEqual(results(undisturbed));
}, 240_000);

test('a second process on the same study is refused', async () => {
  const out = join(scratch, 'two');
  const { child, until, ended } = start('run', file, '--out', out, '--set', 'training.epochs=2000');
  await until('epoch 1/2000');
  const second = ceteris('run', file, '--out', out, '--set', 'training.epochs=2000');
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(/another process is working on the study small/);
  child.kill('SIGKILL');
  await ended;
}, 240_000);

test('more epochs continue a run whose schedule does not depend on them', () => {
  const out = join(scratch, 'longer');
  const set = ['--set', 'factors={}', '--out', out];
  expect(ceteris('run', file, '--set', 'training.epochs=3', ...set).status).toBe(0);
  const more = ceteris('run', file, ...set);
  expect(more.stderr).toContain('continues after epoch 3');
  const [whole] = results(undisturbed) as { weights: unknown }[];
  const [continued] = results(out) as { weights: unknown }[];
  expect(continued.weights).toEqual(whole.weights);
}, 240_000);

test('a diverged run keeps its curve; the others go on', () => {
  const out = join(scratch, 'diverged');
  const set = ['--set', 'factors={ learningRate: [0.02, 1e6] }', '--set', 'training.epochs=2'];
  const { status, stdout } = ceteris('run', file, '--out', out, ...set);
  expect(status).toBe(0);
  expect(stdout).toMatch(/learningRate=1000000.*diverged/);
  expect(stdout).toMatch(/baseline.*done/);
}, 240_000);

test('a damaged checkpoint is refused and named; the other runs are kept', () => {
  const out = join(scratch, 'damaged');
  expect(ceteris('run', file, '--out', out, '--set', 'training.epochs=2', '--set', 'factors={}').status).toBe(
    0,
  );
  const [id] = readdirSync(join(out, 'small', 'runs'));
  const path = join(out, 'small', 'runs', id, 'checkpoint.safetensors');
  const bytes = readFileSync(path);
  bytes[bytes.length - 5] ^= 1;
  writeFileSync(path, bytes);
  const again = ceteris('run', file, '--out', out, '--set', 'factors={}');
  expect(again.status).toBe(1);
  expect(again.stderr).toContain('a checkpoint is damaged');
  expect(existsSync(join(out, 'small', 'runs', id, 'metrics.csv'))).toBe(true);
}, 240_000);

describe('wrong requests end with 2, say what and where, and show no stack', () => {
  const cases: [string, string[], RegExp][] = [
    ['no such file', ['run', 'missing.yaml'], /there is no such study file/],
    ['unknown key', ['run', file, '--set', 'training.epoks=3'], /training\.epoks.*did you mean epochs/s],
    ['impossible value', ['run', file, '--set', 'training.batchSize=0'], /training\.batchSize.*at least 1/s],
    ['batch above the split', ['run', file, '--set', 'training.batchSize=1000'], /smaller than one batch/],
    [
      'no validation split',
      ['run', file, '--set', 'dataset.validation=0.0001'],
      /the validation split is empty/,
    ],
    [
      'no such block',
      ['run', file, '--set', 'baseline.activation={ name: tanh, blocks: 90 }'],
      /no such block/,
    ],
    ['no such option', ['run', file, '--fast'], /unknown option/],
    ['no study', ['ls', scratch], /no study directory/],
  ];
  test.each(cases)('%s', (_name, args, message) => {
    const { status, stderr } = ceteris(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
    expect(status).toBe(2);
  });

  test('malformed YAML', () => {
    const bad = join(scratch, 'bad.yaml');
    writeFileSync(bad, 'name: [x\n');
    const { status, stderr } = ceteris('run', bad);
    expect(status).toBe(2);
    expect(stderr).toMatch(/bad\.yaml, line \d/);
  });

  test('a file where the directory should be', () => {
    const blocked = join(scratch, 'blocked');
    writeFileSync(blocked, '');
    chmodSync(blocked, 0o400);
    const { status, stderr } = ceteris('run', file, '--out', blocked);
    expect(status).toBe(2);
    expect(stderr).toContain('cannot be written to');
  });
});

test('a new study file is valid and is not overwritten', () => {
  expect(ceteris('new', 'mine').status).toBe(0);
  expect(ceteris('new', 'mine').status).toBe(2);
  const dry = ceteris('run', 'mine.yaml', '--set', 'training.batchSize=100000');
  expect(dry.stderr).toContain('smaller than one batch');
});
