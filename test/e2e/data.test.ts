/** Real data: what is wrong with it is said; what is right is read in little memory, and gives PyTorch's numbers. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cifar100 } from '../../src/data/cifar.js';
import { runStudy } from '../../src/launch/runStudy.js';
import { parseMetrics } from '../../src/store/csv.js';
import { cifarArchive, cifarBytes } from '../support/cifarFiles.js';
import { root, ceteris as runCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-real-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const ceteris = (...args: string[]) => runCeteris(scratch, ...args);

const shared = join(root, '../shared/data');
const archive = join(shared, cifar100.archive.file);
const isThere = existsSync(archive);
if (!isThere)
  console.warn(`left out: reading and training on real CIFAR-100, because ${archive} is not there`);

const study = join(scratch, 'real.yaml');
writeFileSync(
  study,
  `
name: real
dataset: { name: cifar100, limit: { train: 512, validation: 500, test: 100 } }
network: { name: mobilenet, width: 0.25 }
training: { epochs: 2, batchSize: 64, initial: initial.safetensors }
baseline: { learningRate: 0.02, activation: { name: tanh, blocks: 4-10 } }
seeds: 1
`,
);

describe('wrong data ends with 2, is named, and shows no stack', () => {
  const files = (change: (bytes: Uint8Array) => void = () => {}) => {
    const train = cifarBytes(cifar100, 20, 0);
    change(train);
    return new Map([
      ['test.bin', cifarBytes(cifar100, 10, 1)],
      ['train.bin', train],
    ]);
  };
  const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2);
  const cases: [string, () => Promise<Uint8Array>, RegExp][] = [
    [
      'a truncated archive',
      async () => half(await cifarArchive(cifar100, files())),
      /archive cannot be unpacked.*cut off.*delete it and fetch it again/s,
    ],
    [
      'a wrong label',
      () =>
        cifarArchive(
          cifar100,
          files((train) => {
            train[7 * 3074 + 1] = 100;
          }),
        ),
      /fine label out of range.*train\.bin, record 7 .*0 to 99.*100/s,
    ],
  ];
  test.each(cases)('%s', async (name, make, message) => {
    const directory = join(scratch, name.replaceAll(' ', '-'));
    mkdirSync(directory);
    writeFileSync(join(directory, cifar100.archive.file), await make());
    const { status, stderr } = ceteris(
      'run',
      study,
      '--data-dir',
      directory,
      '--set',
      'training.initial=null',
    );
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
    expect(status).toBe(2);
  });

  test('no such directory', () => {
    const { status, stderr } = ceteris('run', study, '--data-dir', 'nowhere');
    expect(stderr).toMatch(
      /CIFAR-100 is not there.*download https.*--data-dir.*quick\.yaml runs without it/s,
    );
    expect(status).toBe(2);
  });
});

test('stopped while the data is read, a study ends without an event and leaves nothing behind', async () => {
  const directory = join(scratch, 'stopped');
  mkdirSync(directory);
  writeFileSync(join(directory, 'train.bin'), cifarBytes(cifar100, 20, 0));
  writeFileSync(join(directory, 'test.bin'), cifarBytes(cifar100, 10, 1));
  const set = ['training.initial=null', 'dataset.limit=null', 'training.batchSize=4'];
  const options = { studyFile: study, out: join(scratch, 'unread'), dataDir: directory, set };
  const events = runStudy({ ...options, signal: AbortSignal.abort() });
  expect(await events.next()).toEqual({ done: true, value: undefined });
  expect(readdirSync(options.out)).toEqual([]);
});

/** Peak resident memory in bytes of a Node that imports the library and runs `program`. */
function peak(program: string): number {
  const library = new URL('../../dist/index.js', import.meta.url).href;
  const text = `const ceteris = await import('${library}'); ${program}; process.stdout.write(String(process.resourceUsage().maxRSS));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', text], {
    encoding: 'utf8',
  });
  const kilobytes = Number(stdout);
  if (!(kilobytes > 0)) throw new Error(stderr);
  return 1024 * kilobytes;
}

test.skipIf(!isThere)(
  'the whole archive is streamed: its peak memory is below twice the raw data',
  () => {
    const raw = 60_000 * 3074;
    const loaded = peak(
      `await ceteris.loadDataset({ name: 'cifar100' }, { dataDir: ${JSON.stringify(shared)} })`,
    );
    expect(loaded).toBeGreaterThan(raw);
    expect(loaded).toBeLessThan(2 * raw);
  },
  60_000,
);

const python = ['/usr/bin/python3', 'python3'].find(
  (program) => spawnSync(program, ['-c', 'import torch']).status === 0,
);
if (python === undefined) console.warn('left out: weights to and from PyTorch, because no python3 has torch');

test.skipIf(!isThere || python === undefined)(
  "PyTorch's weights train here, and ours open there with the same accuracy",
  () => {
    const script = join(root, 'scripts/pytorch_weights.py');
    const pytorch = (...args: string[]) => {
      const { stdout, stderr } = spawnSync(python ?? '', [script, ...args], {
        encoding: 'utf8',
        cwd: scratch,
      });
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout) as { parameters: number; examples: number; accuracy: number; loss: number };
    };
    expect(pytorch('write', 'initial.safetensors', '--width', '0.25').parameters).toBe(238_772);
    expect(ceteris('run', study, '--data-dir', shared, '--out', 'torch', '--no-report').status).toBe(0);
    const runs = join(scratch, 'torch', 'real', 'runs');
    const run = join(runs, readdirSync(runs)[0]);
    const last = parseMetrics(readFileSync(join(run, 'metrics.csv'), 'utf8'), run).at(-1);
    const there = pytorch('evaluate', run, '--data', archive);
    expect(there.examples).toBe(500);
    expect(there.accuracy).toBe(last?.validAccuracy);
    expect(Math.abs(there.loss - (last?.validLoss ?? 0))).toBeLessThan(1e-5);
  },
  240_000,
);
