/** Studies for the tests of clusters: small ones, how they are started, and what they left. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
export function onCluster(slurm: LocalSlurm, folder: string, file: string, ...args: readonly string[]): Said {
  const env = { ...slurm.environment, CETERIS_POLL_SECONDS: '1' };
  const all = [main, 'run', file, '--out', join(folder, 'out'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  return { status, stdout, stderr };
}

/** As `onCluster`, but that it goes on beside the test. */
export function startOnCluster(slurm: LocalSlurm, folder: string, file: string, ...args: readonly string[]) {
  const env = { ...slurm.environment, CETERIS_POLL_SECONDS: '1' };
  const all = [main, 'run', file, '--out', join(folder, 'out'), ...args];
  const child = spawn(process.execPath, all, { cwd: folder, env });
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
