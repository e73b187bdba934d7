/** An imported study on the command line: what it says of itself, what refuses it, and claims held against it. Runs the built dist/. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JudgedClaim } from '../../src/analysis/claims/claims.js';
import { ceteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-imported-'));
afterAll(() => rmSync(scratch, { recursive: true }));

beforeAll(() => {
  mkdirSync(join(scratch, 'curves'));
  for (const rate of [0.01, 0.05])
    for (const seed of [0, 1]) {
      const rows = Array.from({ length: 10 }, (_, i) => {
        const accuracy = 0.4 + 0.005 * i + rate + 0.001 * seed;
        return `${i + 1},${3 - i / 10},${accuracy.toFixed(4)}`;
      });
      const text = `epoch,val_loss,val_acc\n${rows.join('\n')}\n`;
      writeFileSync(join(scratch, 'curves', `lr_${rate}_drop_0.${seed}_s${seed}.csv`), text);
    }
  const args = [
    'import',
    'curves',
    '--levels',
    'lr_{learningRate}_drop_{_}_s{seed}',
    '--out',
    'out/published',
  ];
  const { stderr, status } = ceteris(scratch, ...args);
  expect(status, stderr).toBe(0);
}, 60_000);

test('run and plan refuse it, wherever its study file lies, and say what to do', () => {
  const copy = join(scratch, 'copy.yaml');
  cpSync(join(scratch, 'out/published/study.yaml'), copy);
  for (const command of ['run', 'plan'])
    for (const file of ['out/published/study.yaml', copy]) {
      const { status, stderr } = ceteris(scratch, command, file);
      expect(status).toBe(2);
      expect(stderr).toMatch(/imported study is a record[\s\S]*ceteris report, show, claims and compare/);
      expect(stderr).not.toMatch(/\n +at /);
    }
  // A study to be trained that has its name would be mixed with it.
  writeFileSync(
    join(scratch, 'own.yaml'),
    'name: published\ndataset: { name: synthetic }\nnetwork: { name: mlp, hidden: [4] }\ntraining: { epochs: 1 }\nseeds: 1\n',
  );
  const { status, stderr } = ceteris(scratch, 'run', 'own.yaml', '--no-report');
  expect([status, stderr]).toEqual([2, expect.stringMatching(/holds an imported one[\s\S]*another name/)]);
  expect(existsSync(join(scratch, 'out/published/split.json'))).toBe(false);
});

test('ls and show say that it was imported, and how it was read', () => {
  expect(ceteris(scratch, 'ls').stdout).toMatch(/published {2}4 of 4 runs done, imported {2}/);
  expect(ceteris(scratch, 'ls', 'out/published').stdout).toMatch(
    /^Imported: 4 runs that were trained elsewhere, a record and not/,
  );
  const shown = ceteris(scratch, 'show', 'out/published').stdout;
  expect(shown).toMatch(/Imported: 4 runs/);
  expect(shown).toMatch(/read as csv: epoch = epoch/);
  expect(JSON.parse(ceteris(scratch, 'show', 'out/published', '--json').stdout).imported.readAs[0]).toMatch(
    /csv/,
  );
});

const claim = (more: string) =>
  `{ id: a, sentence: It reaches 46%., kind: level, scope: runs, trial: { learningRate: 0.01 }, measure: validAccuracy.last, tolerance: 2, reason: A reading., ${more} }`;

function judged(head: string, more: string): JudgedClaim {
  const text = `source: A test\n${head}baseline: { learningRate: 0.01 }\nclaims:\n  - ${claim(more)}\n`;
  writeFileSync(join(scratch, 'claims.yaml'), text);
  const { stdout, stderr } = ceteris(scratch, 'claims', 'claims.yaml', '--on', 'out/published', '--json');
  // Each reading is another file of the same name, and so a look; nothing else is to be said.
  expect(stderr).toMatch(/^(note: other claims in claims\.yaml after results were seen\. .*\n)?$/);
  return (JSON.parse(stdout) as JudgedClaim[])[0];
}

test('a claim of runs of another length has no verdict; of this length it has one', () => {
  const supported = judged('epochs: 10\n', 'value: 45');
  expect(supported.verdict).toBe('supported');
  for (const head of ['epochs: 300\n', 'epochs: 4\n', 'epochs: 300\ndataset: cifar100\n']) {
    const { verdict, evidence } = judged(head, 'value: 45');
    expect(verdict).toBe('no verdict: another protocol');
    expect(evidence).toMatch(/speaks of runs of \d+ epochs, and these are of 10 epochs/);
  }
  expect(judged('epochs: 300\n', 'value: 45, bound: false').verdict).toBe('supported');
});

test('a value in the wrong unit is refused with both readings', () => {
  writeFileSync(
    join(scratch, 'fraction.yaml'),
    `source: A test\nbaseline: { learningRate: 0.01 }\nclaims:\n  - ${claim('value: 0.46')}\n`,
  );
  const { status, stderr } = ceteris(scratch, 'claims', 'fraction.yaml', '--on', 'out/published');
  expect(status).toBe(2);
  expect(stderr).toMatch(/two readings[\s\S]*46 for 46%[\s\S]*0\.46% write unit: percent/);
  expect(judged('', 'value: 0.46, unit: percent').verdict).toBe('contradicted');
});

test('a plan that was printed reads the files again to the same study, and refuses changed ones', () => {
  const args = ['import', 'curves', '--levels', 'lr_{learningRate}_drop_{_}_s{seed}'];
  const { stdout, status } = ceteris(scratch, ...args, '--check');
  expect(status).toBe(0);
  writeFileSync(join(scratch, 'reading.yaml'), stdout);
  const again = ceteris(scratch, 'import', 'curves', '--as', 'reading.yaml', '--out', 'out/again');
  expect(again.status, again.stderr).toBe(0);
  for (const name of ['study.yaml']) {
    const text = (study: string) => readFileSync(join(scratch, 'out', study, name), 'utf8');
    expect(text('again').replace('name: again', 'name: published')).toBe(text('published'));
  }
  const path = join(scratch, 'curves/lr_0.01_drop_0.0_s0.csv');
  writeFileSync(path, readFileSync(path, 'utf8').replace('0.41', '0.42'));
  const changed = ceteris(scratch, 'import', 'curves', '--as', 'reading.yaml', '--out', 'out/changed');
  expect([changed.status, changed.stderr]).toEqual([2, expect.stringMatching(/has changed since the plan/)]);
});
