/** Studies trained in lockstep: the same bits as alone, killed and continued, in other company, beside one that diverges. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseMetrics } from '../../src/store/csv.js';
import { readRunRecord } from '../../src/store/node/runFiles.js';
import { readSafetensors } from '../../src/store/safetensors.js';
import { ceteris as runCeteris, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-lockstep-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const study = `
name: together
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2, augment: [crop, flip] }
network: { name: cnn, channels: [8, 12] }
training: { epochs: 4, batchSize: 16, checkpointSeconds: 0, logSteps: 1 }
baseline: { learningRate: 0.02 }
factors:
  schedule: [constant, cosine]
  activation: [relu, { name: sigmoid, blocks: 1 }]
seeds: 2
`;
const file = join(scratch, 'together.yaml');
writeFileSync(file, study);
const ceteris = (...args: string[]) => runCeteris(scratch, ...args);

function runsOf(out: string): string[] {
  return readdirSync(join(out, 'together', 'runs')).sort();
}

/** What must be equal bit for bit, by run: all but times and speeds. */
function results(out: string): unknown {
  return runsOf(out).map((id) => {
    const at = (name: string) => join(out, 'together', 'runs', id, name);
    const metrics = parseMetrics(readFileSync(at('metrics.csv'), 'utf8'), id).map((row) => ({
      ...row,
      seconds: 0,
      imagesPerSecond: 0,
    }));
    const texts = ['gradients.csv', 'steps.csv', 'predictions.csv'].map((name) =>
      readFileSync(at(name), 'utf8'),
    );
    const { test, calibration, status } = readRunRecord(at('run.json'))!;
    return {
      id,
      metrics,
      texts,
      end: { test, calibration, status },
      weights: readSafetensors(readFileSync(at('weights.safetensors')), id),
    };
  });
}

function logOf(out: string, id: string): string {
  return readFileSync(join(out, 'together', 'runs', id, 'log.txt'), 'utf8');
}

const alone = join(scratch, 'alone');

test('a study in lockstep gives the bits of its runs alone', () => {
  const apart = ceteris('run', file, '--out', alone, '--lockstep', 'off', '--no-report');
  expect(apart.status, apart.stderr).toBe(0);
  expect(apart.stderr).not.toContain('in lockstep');
  const out = join(scratch, 'lockstep');
  const together = ceteris('run', file, '--out', out, '--lockstep', '6', '--no-report');
  expect(together.status, together.stderr).toBe(0);
  expect(together.stderr).toMatch(/6 runs, 6 to do, in lockstep groups of up to 6, 1 at a time/);
  expect(logOf(out, runsOf(out)[0])).toContain('in lockstep with 5 other runs');
  expect(results(out)).toEqual(results(alone));
}, 240_000);

test.each([['3'], ['off']])(
  'killed in lockstep and continued with --lockstep %s, it ends with the same bits',
  async (then) => {
    const out = join(scratch, `killed-${then}`);
    const { child, until, ended } = startCeteris(scratch, 'run', file, '--out', out, '--lockstep', '6');
    await until('epoch 2/4');
    child.kill('SIGKILL');
    await ended;
    const again = ceteris('run', file, '--out', out, '--lockstep', then, '--no-report');
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/continues after epoch [123]/);
    expect(results(out)).toEqual(results(alone));
  },
  240_000,
);

test('stopped with Ctrl-C within an epoch, the group goes on from there', async () => {
  const out = join(scratch, 'stopped');
  const { child, until, ended } = startCeteris(scratch, 'run', file, '--out', out, '--lockstep', '6');
  await until('epoch 1/4');
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  const again = ceteris('run', file, '--out', out, '--lockstep', '6', '--no-report');
  expect(again.stderr).toContain('in lockstep groups of up to 6');
  expect(again.status, again.stderr).toBe(0);
  expect(results(out)).toEqual(results(alone));
}, 240_000);

test('one that diverges leaves its group; the others go on without it, with the same bits', () => {
  const set = ['--set', 'factors={ learningRate: [0.02, 1e6] }', '--set', 'seeds=1', '--no-report'];
  const run = (mode: string) => {
    const out = join(scratch, `diverging-${mode}`);
    const ended = ceteris(
      'run',
      file,
      '--out',
      out,
      '--lockstep',
      mode,
      '--set',
      'baseline.weightDecay=1e-4',
      ...set,
    );
    expect(ended.status, ended.stderr).toBe(0);
    return out;
  };
  const together = run('2');
  const apart = run('off');
  const [diverged, sound] = ['learningRate=1000000', 'baseline'].map((name) => {
    const id = runsOf(together).find((one) => one.startsWith(name))!;
    const of = (out: string, text: string) => readFileSync(join(out, 'together', 'runs', id, text), 'utf8');
    return { id, steps: [of(together, 'steps.csv'), of(apart, 'steps.csv')] };
  });
  const record = (out: string) => readRunRecord(join(out, 'together', 'runs', diverged.id, 'run.json'))!;
  expect(record(together).status).toBe('diverged');
  expect(record(together).statusReason).toBe(record(apart).statusReason);
  expect(diverged.steps[0]).toBe(diverged.steps[1]);
  expect(sound.steps[0]).toBe(sound.steps[1]);
  expect(logOf(together, sound.id)).toContain('without the runs of its group that ended, 1 left');
}, 240_000);

test('a number of runs that is none is refused', () => {
  const refused = ceteris('run', file, '--lockstep', 'some');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(/auto, off, or a whole number from 1/);
});
