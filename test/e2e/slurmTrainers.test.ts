/** What else a study on a cluster may be (`npm run test:slurm`): of a command, in lockstep, with a search before its final stage. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bitsOf,
  endsOf,
  isThere,
  logsOf,
  onCluster,
  outputsOf,
  recordsOf,
  runsOf,
  tasksOf,
  undisturbed,
  writeStudy,
  writeTrainer,
} from '../support/clusterStudy.js';
import { LocalSlurm, until, whyNoSlurm } from '../support/slurm.js';
import { ceteris } from './command.js';

const why = process.env.CETERIS_LONG_TESTS ? whyNoSlurm() : 'it is for `npm run test:slurm`';
if (why !== null) console.warn(`left out: commands, lockstep and searches on a cluster: ${why}`);

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-cluster-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = (name: string) => {
  mkdirSync(join(scratch, name), { recursive: true });
  return join(scratch, name);
};

describe.skipIf(why !== null)('on a cluster', () => {
  let slurm: LocalSlurm;
  beforeAll(async () => {
    slurm = await LocalSlurm.start({ nodes: 2, cpus: 4, memory: 3000, gpus: 2 });
  }, 60_000);
  afterAll(() => slurm?.stop(), 30_000);

  test('a command trains, is preempted, goes on from its own checkpoint, and ends as here; each job has its GPU', async () => {
    const at = folder('own');
    writeTrainer(at);
    const file = join(at, 'own.yaml');
    writeFileSync(
      file,
      `name: own
trainer:
  command: [${process.execPath}, train.mjs, --lr, '{learningRate}', --seed, '{seed}', --epochs, '60', --out, '{run}']
  resume: --resume
  files: [train.mjs]
  gpus: 1
  epochs: 60
baseline: { learningRate: 0.1 }
factors: { learningRate: [0.1, 0.2] }
seeds: 1
metric: { name: valid/accuracy, goal: maximize }
launcher: { name: slurm, cpus: 3, memory: 500M, setup: ["echo gpu=$CUDA_VISIBLE_DEVICES"] }
`,
    );
    expect(onCluster(slurm, at, file).stderr).toMatch(/submitted: 2 runs in 2 tasks/);
    await until(
      30,
      'both have a checkpoint',
      () =>
        runsOf(at, 'own').length === 2 &&
        runsOf(at, 'own').every((run) => /^\d+$/.test(textOf(join(run, 'trainer/checkpoint.txt')))),
    );
    slurm.call('sbatch', '-p', 'high', '-N2', '--exclusive', '-o', '/dev/null', '--wrap', 'sleep 1');
    await until(30, 'it was requeued', () =>
      tasksOf(slurm, 'own').some((line) => line.startsWith('PENDING')),
    );
    const followed = onCluster(slurm, at, file, '--watch');
    expect(followed.status).toBe(0);
    expect(followed.stderr).toMatch(/in running jobs on n1, n2 \(epochs? \d+/);
    expect(followed.stdout).toMatch(/report.*\.html/);
    expect(endsOf(at, 'own')).toEqual([
      ['preempted', 'finished'],
      ['preempted', 'finished'],
    ]);
    expect(logsOf(at, 'own')).toMatch(/begins after epoch [1-9]/);
    for (const text of Object.values(outputsOf(at, 'own'))) expect(text).toMatch(/gpu=[01]\n/);
    // As this machine has it, to the byte.
    const local = ceteris(
      at,
      'run',
      file,
      '--launcher',
      'local',
      '--no-report',
      '--out',
      join(at, 'twin'),
      '--set',
      'trainer.gpus=0',
    );
    expect(local.stderr).not.toContain('error');
    const curves = (out: string) =>
      runsOf(at, 'own').map((run) =>
        textOf(join(run.replace(`${at}/out`, `${at}/${out}`), 'metrics.csv'))
          .split('\n')
          .map((line) => line.split(',').slice(0, 6).join(',')),
      );
    expect(curves('out')).toEqual(curves('twin'));
    expect(curves('out')[0].length).toBeGreaterThan(60);
  });

  test('runs in lockstep are one job, also where it is taken away, with the bits of each alone', async () => {
    const at = folder('together');
    const file = writeStudy(at, {
      name: 'together',
      epochs: 60,
      rates: [0.01, 0.02],
      seeds: 2,
      launcher: 'cpus: 4',
    });
    expect(onCluster(slurm, at, file, '--lockstep', '4', '--device', 'cpu').stderr).toMatch(
      /submitted: 4 runs in 1 task, job/,
    );
    await until(30, 'they have checkpoints', () => isThere(at, 'together', 'checkpoint.safetensors'));
    slurm.call('scontrol', 'requeue', tasksOf(slurm, 'together')[0].split('|')[3]);
    expect(
      onCluster(slurm, at, file, '--lockstep', '4', '--device', 'cpu', '--watch', '--no-report').status,
    ).toBe(0);
    expect(tasksOf(slurm, 'together')).toHaveLength(1);
    expect(logsOf(at, 'together').match(/in lockstep with 3 other runs/g)?.length).toBeGreaterThanOrEqual(4);
    expect(endsOf(at, 'together').map((ends) => ends?.at(-1))).toEqual(Array(4).fill('finished'));
    expect(bitsOf(at, 'together')).toEqual(undisturbed(at, file, 'together'));
  });

  test('a search runs first, then its choice, by one command that follows; the runs are those of this machine', () => {
    const at = folder('searched');
    const file = join(at, 'searched.yaml');
    writeFileSync(
      file,
      `name: searched
dataset: { name: synthetic, classes: 3, train: 120, test: 20 }
network: { name: mlp, hidden: [6] }
training: { epochs: 3, batchSize: 16 }
method: { name: one-factor, trials: 2, seed: 1 }
baseline: { learningRate: 0.02 }
factors:
  schedule: [constant, cosine]
  learningRate: { min: 0.001, max: 0.1, distribution: log-uniform, role: nuisance }
seeds: 2
launcher: { name: slurm, memory: 500M, runsPerJob: 2 }
`,
    );
    const followed = onCluster(slurm, at, file, '--watch');
    expect(followed.stderr).toMatch(/runs of the search done/);
    expect(followed.stderr).toMatch(/chosen for baseline/);
    expect(followed.stderr.match(/submitted: 4 runs in 2 tasks/g)).toHaveLength(2);
    expect(followed.status).toBe(0);
    const selection = textOf(join(at, 'out/searched/selection.json'));
    const records = recordsOf(at, 'searched');
    expect(records.map(({ status }) => status)).toEqual(Array(8).fill('done'));
    const own = bitsOf(at, 'searched');
    expect(own).toEqual(undisturbed(at, file, 'searched'));
    const chosen = (text: string) =>
      (JSON.parse(text) as { selections: { levels: unknown }[] }).selections.map(({ levels }) => levels);
    expect(chosen(selection)).toEqual(chosen(textOf(join(at, 'twin/searched/selection.json'))));
  });
});

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
