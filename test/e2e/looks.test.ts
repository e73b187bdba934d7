/** Each command that meets a change after results were seen records a look, says so, and says it once. Runs the built dist/. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ceteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-looks-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const study = (more = '') => `name: tiny
dataset: { name: synthetic, classes: 3, train: 60, test: 30, validation: 0.2 }
network: { name: mlp, hidden: [4] }
training: { epochs: 1, batchSize: 20 }
factors: { schedule: [constant, cosine] }
seeds: 2
${more}`;
const claims = (margin: number) => `source: A note
claims:
  - { id: a, sentence: Cosine is better., scope: configurations, kind: difference, trial: { schedule: cosine }, than: baseline,
      measure: validAccuracy.last, direction: higher, atLeast: ${margin}, reason: as the text has it }
`;
const told =
  /That is look 2 at the results, recorded in looks\.csv: findings are tested at 0\.8% in place of 5%/;
const made = join(scratch, 'made');

beforeAll(() => {
  writeFileSync(join(scratch, 'tiny.yaml'), study());
  writeFileSync(join(scratch, 'claims.yaml'), claims(1));
  const { status, stderr } = ceteris(scratch, 'run', 'tiny.yaml', '--out', 'made', '--workers', '1');
  expect(stderr).not.toMatch(/That is look/);
  expect(status).toBe(0);
  expect(ceteris(scratch, 'claims', 'claims.yaml', '--on', 'made/tiny').status).toBe(0);
}, 60_000);

/** A copy of the study, in which something was changed by hand. */
function changed(name: string): string {
  const out = join(scratch, name);
  cpSync(made, out, { recursive: true });
  const file = join(out, 'tiny/study.yaml');
  const text = readFileSync(file, 'utf8');
  const other = text.replace(/^smallestEffect: .*$/m, 'smallestEffect: 3');
  expect(other).not.toBe(text);
  writeFileSync(file, other);
  return out;
}

const looks = (out: string) =>
  existsSync(join(out, 'tiny/looks.csv'))
    ? readFileSync(join(out, 'tiny/looks.csv'), 'utf8').trim().split('\n').length - 2
    : 0;

/** Calls a command twice: the first call records and tells, the second does neither. */
function expectTold(out: string, change: RegExp, args: readonly string[]): void {
  const first = ceteris(scratch, ...args);
  const text = `${first.stdout}${first.stderr}`.replaceAll(/\s+/g, ' ');
  expect(text).toMatch(change);
  expect(text).toMatch(told);
  expect(looks(out)).toBe(1);
  const again = ceteris(scratch, ...args);
  expect(`${again.stdout}${again.stderr}`).not.toMatch(/That is look/);
  expect(looks(out)).toBe(1);
}

test.each([
  ['report', ['report', 'S/tiny']],
  ['show, of a trial', ['show', 'S/tiny/baseline']],
  ['show, of a trial by its name', ['show', 'baseline', '--out', 'S']],
  ['ls', ['ls', 'S/tiny']],
  ['compare', ['compare', 'S/tiny']],
  ['claims', ['claims', 'claims.yaml', '--on', 'S/tiny']],
])('%s, a study that declares another smallest effect', (name, args) => {
  const out = changed(name.replaceAll(/\W/g, ''));
  expectTold(
    out,
    /another smallest effect after results were seen/,
    args.map((word) => word.replace('S', out)),
  );
});

test('claims, and report with them, of which one was changed', () => {
  for (const command of ['claims', 'report']) {
    const out = join(scratch, `changed-${command}`);
    cpSync(made, out, { recursive: true });
    writeFileSync(join(scratch, 'claims.yaml'), claims(2));
    const directory = join(out, 'tiny');
    const args =
      command === 'claims'
        ? ['claims', 'claims.yaml', '--on', directory]
        : ['report', directory, '--claims', 'claims.yaml'];
    expectTold(out, /other claims in claims\.yaml after results were seen/, args);
  }
});

test('run, of a study file that was changed', () => {
  const out = join(scratch, 'run');
  cpSync(made, out, { recursive: true });
  writeFileSync(join(scratch, 'other.yaml'), study('smallestEffect: 3\n'));
  expectTold(out, /another smallest effect after results were seen/, ['run', 'other.yaml', '--out', out]);
}, 60_000);

test('run, of a changed study file that is refused: nothing was looked at', () => {
  const out = join(scratch, 'refused');
  cpSync(made, out, { recursive: true });
  const twoDatasets = 'smallestEffect: 3\ntrials: [{ dataset.train: 90 }]\n';
  writeFileSync(join(scratch, 'refused.yaml'), study(twoDatasets));
  const { status, stderr } = ceteris(scratch, 'run', 'refused.yaml', '--out', out);
  expect(status).toBe(2);
  expect(stderr).toMatch(/share one dataset/);
  expect(looks(out)).toBe(0);
  expect(ceteris(scratch, 'report', join(out, 'tiny')).stderr).not.toMatch(/That is look/);
  expect(looks(out)).toBe(0);
});
