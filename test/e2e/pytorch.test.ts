/** The example in PyTorch: the source study's own script on a few made-up images, from its study file to its report. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRecord } from '../../src/store/records.js';
import { ceteris, root } from './command.js';

const hasTorch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;
if (!hasTorch && process.env.CETERIS_DEMAND_ADAPTER === '1') throw new Error('CI needs python3-torch');
if (!hasTorch) console.warn('left out: /usr/bin/python3 has no torch (Debian: python3-torch)');

const path = process.env.PATH;
let out = '';
beforeAll(() => {
  process.env.PATH = `/usr/bin:${path}`;
  out = mkdtempSync(join(tmpdir(), 'ceteris-pytorch-'));
});
afterAll(() => {
  process.env.PATH = path;
  rmSync(out, { recursive: true, force: true });
});

test.skipIf(!hasTorch)(
  'examples/pytorch trains from its study file to verdicts, each seed a run of its own',
  () => {
    const sizes = ['synthetic=120', 'epochs=2', 'batch=32', 'width=0.25'].flatMap((one) => [
      '--set',
      `baseline.${one}`,
    ]);
    const design = [
      '--set',
      'factors={ learningRate: [0.01, 0.05] }',
      '--set',
      'trainer.epochs=2',
      '--set',
      'seeds=2',
    ];
    const { status, stdout, stderr } = ceteris(
      root,
      ...['run', 'examples/pytorch/study.yaml', '--out', out, ...sizes, ...design],
    );
    expect(stderr).toContain('4 runs, 4 to do');
    expect(status).toBe(0);
    expect(stdout).toMatch(/baseline +2 [\s\S]*learningRate=0\.01 +2 [\s\S]*report/);
    const runs = join(out, 'pytorch/runs');
    const records = readdirSync(runs).map(
      (id) => JSON.parse(readFileSync(join(runs, id, 'run.json'), 'utf8')) as RunRecord,
    );
    expect(records.map((one) => one.epochsDone)).toEqual([2, 2, 2, 2]);
    expect(records[0]!.trainer!.recorded.torch).toMatch(/^\d+\.\d+/);
    expect(records[0]!.versions.python).toMatch(/^Python 3/);
    // No two runs are the same.
    const losses = readdirSync(runs).map((id) => readFileSync(join(runs, id, 'metrics.csv'), 'utf8'));
    expect(new Set(losses).size).toBe(4);
  },
  120_000,
);
