/** A finished run whose metrics.csv does not fit its run.json is named, and not averaged. Runs the built dist/. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ceteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-rows-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let file = '';
let whole: readonly string[] = [];

beforeAll(() => {
  writeFileSync(
    join(scratch, 'rows.yaml'),
    'name: rows\ndataset: { name: synthetic, train: 120, test: 20, validation: 0.2 }\nnetwork: { name: mlp, hidden: [4] }\ntraining: { epochs: 3, batchSize: 32 }\nseeds: 2\n',
  );
  const { status, stderr } = ceteris(scratch, 'run', 'rows.yaml', '--no-report');
  expect(status, stderr).toBe(0);
  const runs = join(scratch, 'out/rows/runs');
  const first = readdirSync(runs).find((name) => name.includes('seed=0'))!;
  file = join(runs, first, 'metrics.csv');
  whole = readFileSync(file, 'utf8').trimEnd().split('\n');
});

test.each([
  [
    'rows are missing',
    (lines: readonly string[]) => lines.slice(0, 3),
    /holds 1 rows, to epoch 1, of a run of 3/,
  ],
  [
    'the last row is doubled',
    (lines: readonly string[]) => [...lines, lines.at(-1)!],
    /epoch 3 follows epoch 3/,
  ],
  [
    'rows are out of order',
    ([mark, head, ...rows]: readonly string[]) => [mark, head, ...rows.reverse()],
    /epoch 2 follows epoch 3/,
  ],
])('%s', (_, change, says) => {
  writeFileSync(file, `${change(whole).join('\n')}\n`);
  for (const command of ['show', 'ls', 'report']) {
    const { status, stdout, stderr } = ceteris(scratch, command, 'out/rows');
    expect(status).toBe(0);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/seed=0-\w+: metrics\.csv does not fit run\.json.*it is not averaged/);
    if (command !== 'report') expect(stdout).toMatch(/failed/);
  }
});

test('claims and run say so too; what is removed is trained again', () => {
  writeFileSync(file, `${whole.slice(0, 3).join('\n')}\n`);
  writeFileSync(
    join(scratch, 'claims.yaml'),
    'source: x\nbaseline: {}\nclaims: [{ id: a, sentence: S., source: x, scope: runs, kind: level, trial: baseline, measure: validLoss.last, value: 2, tolerance: 1, reason: R. }]\n',
  );
  const held = ceteris(scratch, 'claims', 'claims.yaml', '--on', 'out/rows');
  expect(held.stderr).toMatch(/does not fit run\.json.*remove runs\//);
  const again = ceteris(scratch, 'run', 'rows.yaml', '--no-report');
  expect(again.stderr).toMatch(/does not fit run\.json/);
  expect(ceteris(scratch, 'show', 'out/rows').stdout).not.toMatch(/command goes on with/);
  rmSync(dirname(file), { recursive: true });
  expect(ceteris(scratch, 'run', 'rows.yaml', '--no-report').stderr).not.toMatch(/does not fit/);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(whole.length);
});
