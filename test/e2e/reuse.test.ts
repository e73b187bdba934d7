/** What a study takes over: runs from elsewhere, initial weights; and what another process's hand on it does. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RunRecord } from '../../src/store/records.js';
import { ceteris as runCeteris, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-reuse-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const ceteris = (...args: string[]) => runCeteris(scratch, ...args);

const file = join(scratch, 'tiny.yaml');
writeFileSync(
  file,
  `
name: tiny
dataset: { name: synthetic, classes: 3, train: 90, test: 12, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 2, batchSize: 16, checkpointSeconds: 0 }
seeds: 1
`,
);

function runsOf(out: string): string {
  return join(scratch, out, 'tiny', 'runs');
}

function onlyRecord(out: string): RunRecord {
  const [id] = readdirSync(runsOf(out));
  return JSON.parse(readFileSync(join(runsOf(out), id, 'run.json'), 'utf8')) as RunRecord;
}

test('a run copied from elsewhere is found by its fingerprint, whatever it is called, and is not done again', () => {
  expect(ceteris('run', file, '--out', 'first', '--no-report').status).toBe(0);
  const [id] = readdirSync(runsOf('first'));
  mkdirSync(runsOf('second'), { recursive: true });
  cpSync(join(runsOf('first'), id), join(runsOf('second'), 'from-the-other-machine'), { recursive: true });
  const again = ceteris(
    'run',
    file,
    '--out',
    'second',
    '--no-report',
    '--set',
    'factors={ weightDecay: [0, 0.1] }',
  );
  expect(again.status).toBe(0);
  expect(again.stderr).toContain('2 runs, 1 to do');
  expect(readdirSync(runsOf('second'))).toContain(id);
  const { startedAt } = JSON.parse(readFileSync(join(runsOf('second'), id, 'run.json'), 'utf8')) as RunRecord;
  expect(startedAt).toBe(onlyRecord('first').startedAt);
  const looks = () =>
    readFileSync(join(scratch, 'second', 'tiny', 'looks.csv'), 'utf8')
      .trimEnd()
      .split('\n');
  expect(() => looks()).toThrow(/ENOENT/);
  const more = ceteris('run', file, '--out', 'second', '--no-report', '--set', 'seeds=2');
  expect(more.stderr).toContain('2 runs, 1 to do');
  expect(looks()).toHaveLength(3);
}, 240_000);

test('initial weights count by their bytes: moved they make the same run, others make another', () => {
  const [id] = readdirSync(runsOf('first'));
  mkdirSync(join(scratch, 'weights'));
  cpSync(join(runsOf('first'), id, 'weights.safetensors'), join(scratch, 'weights', 'a.safetensors'));
  const run = (name: string) =>
    ceteris(
      'run',
      file,
      '--out',
      'from',
      '--no-report',
      '--set',
      `training.initial=${join('weights', name)}`,
    );
  expect(run('a.safetensors').status).toBe(0);
  expect(onlyRecord('from').initialChecksum).toMatch(/^[0-9a-f]{64}$/);
  renameSync(join(scratch, 'weights', 'a.safetensors'), join(scratch, 'weights', 'b.safetensors'));
  expect(run('b.safetensors').stderr).toContain('1 run, 0 to do');
  cpSync(
    join(runsOf('from'), readdirSync(runsOf('from'))[0], 'weights.safetensors'),
    join(scratch, 'weights', 'b.safetensors'),
  );
  expect(run('b.safetensors').stderr).toContain('1 run, 1 to do');
  const missing = run('c.safetensors');
  expect(missing.status).toBe(2);
  expect(missing.stderr).toMatch(/initial weights cannot be read\n.*c\.safetensors/);
  const other = ceteris(
    ...['run', file, '--out', 'other', '--set', 'training.initial=weights/b.safetensors'],
    ...['--set', 'network.hidden=[9]'],
  );
  expect(other.status).toBe(2);
  expect(other.stderr).toMatch(/weights do not fit the network/);
}, 240_000);

test('a run whose lock another host took is left to it', async () => {
  const { until, stderr, ended } = startCeteris(
    scratch,
    ...['run', file, '--out', 'lost', '--no-report', '--set', 'training.epochs=3000'],
  );
  await until('epoch 2/');
  const [id] = readdirSync(runsOf('lost'));
  const lock = join(runsOf('lost'), id, 'lock.json');
  const other = {
    formatVersion: 1,
    token: 'theirs',
    host: 'elsewhere',
    scope: null,
    pid: 1,
    started: null,
    since: '',
  };
  writeFileSync(join(scratch, 'theirs.json'), JSON.stringify(other));
  renameSync(join(scratch, 'theirs.json'), lock);
  expect(await ended).toBe(1);
  expect(stderr()).toContain('was lost');
  expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(other);
  expect(onlyRecord('lost').status).toBe('running');
}, 240_000);

test('a request in control/ stops one run, which the same command continues', async () => {
  const set = ['--out', 'asked', '--no-report', '--set', 'training.epochs=100000'];
  const { until, ended } = startCeteris(scratch, 'run', file, ...set);
  await until('epoch 2/');
  const [id] = readdirSync(runsOf('asked'));
  writeFileSync(join(runsOf('asked'), id, 'control', 'stop'), '');
  expect(await ended).toBe(0);
  const { status, epochsDone } = onlyRecord('asked');
  expect(status).toBe('interrupted');
  writeFileSync(join(runsOf('asked'), id, 'control', 'stop'), 'not seen by the process that it was for');
  const again = startCeteris(scratch, 'run', file, ...set);
  await again.until(`epoch ${epochsDone + 2}/`);
  expect(again.stderr()).toContain(`continues after epoch ${epochsDone}`);
  again.child.kill('SIGINT');
  expect(await again.ended).toBe(130);
}, 240_000);

test('broken off beyond the epochs that are asked for now, a run starts anew and ends with the same bits', async () => {
  const epochs = (out: string, count: number) => [
    '--out',
    out,
    '--no-report',
    '--set',
    `training.epochs=${count}`,
  ];
  const long = startCeteris(scratch, 'run', file, ...epochs('fewer', 100000));
  await long.until('epoch 5/');
  long.child.kill('SIGINT');
  await long.ended;
  expect(onlyRecord('fewer').epochsDone).toBeGreaterThan(3);
  expect(ceteris('run', file, ...epochs('fewer', 3)).status).toBe(0);
  expect(onlyRecord('fewer')).toMatchObject({ status: 'done', epochs: 3, epochsDone: 3 });
  expect(ceteris('run', file, ...epochs('undisturbed', 3)).status).toBe(0);
  const [id] = readdirSync(runsOf('fewer'));
  for (const name of ['weights.safetensors', 'gradients.csv', 'predictions.csv']) {
    const bytes = (out: string) => readFileSync(join(runsOf(out), id, name));
    expect(bytes('fewer').equals(bytes('undisturbed')), name).toBe(true);
  }
}, 240_000);

test('a refused request writes nothing: the study on disk stays as it was', () => {
  const before = readFileSync(join(scratch, 'first', 'tiny', 'study.yaml'), 'utf8');
  expect(ceteris('run', file, '--out', 'first', '--set', 'training.batchSize=5000').status).toBe(2);
  expect(readFileSync(join(scratch, 'first', 'tiny', 'study.yaml'), 'utf8')).toBe(before);
  expect(ceteris('run', file, '--out', 'never', '--set', 'training.batchSize=5000').status).toBe(2);
  expect(readdirSync(join(scratch, 'never'))).toEqual([]);
}, 240_000);
