/** A run begun with 128-bit vectors goes on with 256-bit ones, and back: the same bits as undisturbed. Runs the built dist/. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { testedVariants } from '../contract/variants.js';
import { ceteris, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-vectors-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const file = join(scratch, 'vectors.yaml');
writeFileSync(
  file,
  `
name: vectors
dataset: { name: synthetic, classes: 4, train: 80, test: 20, validation: 0.2 }
network: { name: mobilenet, width: 0.25 }
training: { epochs: 4, batchSize: 16, checkpointSeconds: 0 }
baseline: { learningRate: 0.02 }
factors: { learningRate: [0.02] }
seeds: 1
`,
);

function read(out: string, name: string): Buffer {
  const runs = join(out, 'vectors', 'runs');
  const [id] = readdirSync(runs);
  return readFileSync(join(runs, id, name));
}

/** Begins with `first` bits, is killed after an epoch, and goes on with `second`. */
async function interrupted(first: string, second: string): Promise<string> {
  const out = join(scratch, `${first}-${second}`);
  const args = ['run', file, '--out', out, '--no-report', '--cpu-vectors'];
  const { child, until, ended } = startCeteris(scratch, ...args, first);
  await until('epoch 2/4');
  child.kill('SIGKILL');
  await ended;
  const { stderr, status } = ceteris(scratch, ...args, second);
  expect(stderr).toContain('1 of 1 runs done');
  expect(status).toBe(0);
  return out;
}

test.runIf(testedVariants.includes('wide'))(
  'vectors of either width go on with the run of the other',
  async () => {
    const outs = [await interrupted('128', '256'), await interrupted('256', '128')];
    const undisturbed = join(scratch, 'undisturbed');
    expect(ceteris(scratch, 'run', file, '--out', undisturbed, '--no-report').status).toBe(0);
    const record = (out: string) => JSON.parse(read(out, 'run.json').toString());
    expect(record(undisturbed).backend).toMatchObject({ variant: 'wide', tiles: { product: '6x16' } });
    expect(outs.map((out) => record(out).backend.variant)).toEqual(['wide', 'relaxed']);
    for (const out of outs) {
      expect(record(out).variantChanges).toEqual([]);
      for (const name of ['weights.safetensors', 'predictions.csv', 'gradients.csv'])
        expect(read(out, name).equals(read(undisturbed, name)), `${out} ${name}`).toBe(true);
    }
  },
  240_000,
);
