/** A long file and a wide one in a heap that could not hold them. Runs the built dist/. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { main } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-large-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function checked(file: string, text: string, ...more: readonly string[]) {
  writeFileSync(join(scratch, file), text);
  const args = ['--max-old-space-size=64', main, 'import', file, '--check', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args.concat(more), {
    cwd: scratch,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(status, stderr.slice(-1000)).toBe(0);
  return JSON.parse(stdout);
}

test('40 MB of single updates of 160 runs', () => {
  const pieces = ['run,lr,seed,epoch,step,train_loss,val_acc\n'];
  for (let run = 0; run < 160; run++) {
    const rows = [];
    for (let step = 0; step < 4000; step++) {
      const value = (1 + Math.sin(run + step / 100)) / 2;
      const epoch = 1 + Math.floor(step / 100);
      rows.push(
        `a-run-with-a-rather-long-name-${run},${[0.1, 0.2][run % 2]},${run},${epoch},${step},${4 - value},${value}\n`,
      );
    }
    pieces.push(rows.join(''));
  }
  const plan = checked('long.csv', pieces.join(''), '--repeats', 'mean');
  expect(plan.runs).toHaveLength(160);
  expect(plan.runs[0].epochs).toBe('1 to 40');
}, 60_000);

test('a chart export of 600 runs in 1,801 columns', () => {
  const runs = Array.from(
    { length: 600 },
    (_, i) => `lr_${[0.1, 0.2][i % 2]}_a-name-that-makes-the-header-long_s${i}`,
  );
  const header = [
    'Step',
    ...runs.flatMap((run) => ['', '__MIN', '__MAX'].map((end) => `${run} - val_acc${end}`)),
  ];
  const rows = Array.from({ length: 200 }, (_, step) => [
    step,
    ...runs.flatMap((_, i) => Array.from({ length: 3 }, () => ((1 + Math.sin(i + step / 9)) / 2).toFixed(6))),
  ]);
  const text = [header, ...rows].map((row) => row.join(',')).join('\n');
  const plan = checked('wide.csv', `${text}\n`, '--levels', 'lr_{learningRate}_{_}_s{seed}');
  expect(plan.runs).toHaveLength(600);
}, 60_000);
