/** Studies for the tests of clusters: small ones, how they are started, and what they left. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunRecord } from '../../src/store/records.js';
import { main } from '../e2e/command.js';
import type { LocalSlurm } from './slurm.js';

export interface StudyText {
  readonly name: string;
  readonly epochs: number;
  /** The levels of the learning rate. */
  readonly rates?: readonly number[];
  readonly seeds?: number;
  /** Of `launcher:`, beside its name. */
  readonly launcher?: string;
}

/** Writes a study file; @returns its path */
export function writeStudy(
  folder: string,
  { name, epochs, rates = [0.01], seeds = 1, launcher = '' }: StudyText,
): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.yaml`);
  const factors = rates.length > 1 ? `factors: { learningRate: [${rates.join(', ')}] }` : '';
  writeFileSync(
    file,
    `name: ${name}
dataset: { name: synthetic, classes: 4, train: 2000, test: 100, validation: 0.2 }
network: { name: mlp, hidden: [32] }
training: { epochs: ${epochs}, batchSize: 32, checkpointSeconds: 1 }
baseline: { learningRate: ${rates[0]} }
${factors}
seeds: ${seeds}
launcher: { name: slurm, memory: 500M${launcher === '' ? '' : `, ${launcher}`} }
`,
  );
  return file;
}

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `ceteris run FILE ...` where a cluster is; looks at the queue every second. */
export function onCluster(
  slurm: Pick<LocalSlurm, 'environment'>,
  folder: string,
  file: string,
  ...args: readonly string[]
): Said {
  const env = { ...slurm.environment, CETERIS_POLL_SECONDS: '1' };
  const all = [main, 'run', file, '--out', join(folder, 'out'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 1e9,
    // One that waits for ever fails its test, and does not hold up the others.
    timeout: 240_000,
  });
  return { status, stdout, stderr };
}

/** As `onCluster`, but that it goes on beside the test, and no longer than that. */
export function startOnCluster(slurm: LocalSlurm, folder: string, file: string, ...args: readonly string[]) {
  const env = { ...slurm.environment, CETERIS_POLL_SECONDS: '1' };
  const all = [main, 'run', file, '--out', join(folder, 'out'), ...args];
  const child = spawn(process.execPath, all, { cwd: folder, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += String(data);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, said: () => said };
}

/** The records of a study's runs, by their ids. */
export function recordsOf(folder: string, name: string): RunRecord[] {
  const runs = join(folder, 'out', name, 'runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .sort()
    .filter((id) => existsSync(join(runs, id, 'run.json')))
    .map((id) => JSON.parse(readFileSync(join(runs, id, 'run.json'), 'utf8')) as RunRecord);
}

/** What a study's runs are, to the bit: weights, predictions, and curves without times and speeds. */
export function bitsOf(folder: string, name: string, out = 'out'): Record<string, string> {
  const runs = join(folder, out, name, 'runs');
  return Object.fromEntries(
    readdirSync(runs)
      .sort()
      .map((id) => {
        const read = (file: string) => readFileSync(join(runs, id, file));
        const curves = read('metrics.csv')
          .toString()
          .split('\n')
          .map((line) => line.split(',').slice(0, -2).join(','));
        return [
          id,
          [read('weights.safetensors').toString('hex'), read('predictions.csv').toString(), ...curves].join(
            '\n',
          ),
        ];
      }),
  );
}

/** The same study, trained here without a disturbance. */
export function undisturbed(folder: string, file: string, name: string): Record<string, string> {
  const args = [main, 'run', file, '--launcher', 'local', '--no-report', '--out', join(folder, 'twin')];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(stderr);
  return bitsOf(folder, name, 'twin');
}

/** Directories of a study's runs. */
export function runsOf(folder: string, name: string): string[] {
  const runs = join(folder, 'out', name, 'runs');
  return existsSync(runs) ? readdirSync(runs).map((id) => join(runs, id)) : [];
}

/** Whether some run has a file, as seen from its directory. */
export function isThere(folder: string, name: string, file: string): boolean {
  return runsOf(folder, name).some((run) => existsSync(join(run, file)));
}

/** The logs of all runs. */
export function logsOf(folder: string, name: string): string {
  return runsOf(folder, name)
    .map((run) => readFileSync(join(run, 'log.txt'), 'utf8'))
    .join('\n');
}

/** How the sittings of each run ended. */
export function endsOf(folder: string, name: string) {
  return recordsOf(folder, name).map(({ cluster }) => cluster?.sittings.map(({ end }) => end));
}

/** What the tasks of a study wrote, by their names, `17_3.log`. */
export function outputsOf(folder: string, name: string): Record<string, string> {
  const logs = join(folder, 'out', name, 'cluster/logs');
  return Object.fromEntries(readdirSync(logs).map((file) => [file, readFileSync(join(logs, file), 'utf8')]));
}

/** States of a study's tasks in the queue, `RUNNING|None|n1|17_0`. */
export function tasksOf(slurm: LocalSlurm, name: string): string[] {
  return slurm
    .call('squeue', '-h', '-r', '-t', 'all', '-o', '%T|%r|%N|%i|%j')
    .split('\n')
    .filter((line) => line.includes(`|ceteris-${name}-`));
}

/**
 * A trainer of one's own for `trainer: command`: epochs of a tenth of a second, a checkpoint after each, which it goes on
 * from; `--deaf` ignores SIGTERM.
 */
export function writeTrainer(folder: string): string {
  const file = join(folder, 'train.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const option = (name) => process.argv[process.argv.indexOf(name) + 1];
const [rate, seed, epochs, out] = ['--lr', '--seed', '--epochs', '--out'].map(option);
if (process.argv.includes('--deaf')) process.on('SIGTERM', () => console.log('heard, and not heeded'));
let epoch = process.argv.includes('--resume') ? Number(readFileSync(out + '/checkpoint.txt', 'utf8')) : 0;
if (epoch === 0) writeFileSync(out + '/metrics.csv', 'epoch,train_loss,valid_accuracy\\n');
console.log('begins after epoch ' + epoch);
while (epoch < Number(epochs)) {
  await sleep(100);
  epoch += 1;
  const accuracy = (1 - 1 / (1 + epoch)) * (0.5 + Number(rate) / 10) + Number(seed) / 1000;
  appendFileSync(out + '/metrics.csv', [epoch, 1 / epoch, accuracy].join(',') + '\\n');
  writeFileSync(out + '/next.txt', String(epoch));
  renameSync(out + '/next.txt', out + '/checkpoint.txt');
}
`,
  );
  return file;
}
