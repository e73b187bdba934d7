/** Import and claims on the command line, on curves made up here; and the claims of the source report. Runs the built dist/. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { JudgedClaim } from '../../src/analysis/claims/claims.js';
import { parseClaims } from '../../src/analysis/claims/parse.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-claims-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const root = join(import.meta.dirname, '../..');
const TEMPLATE = 'lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}';

function ceteris(...args: string[]) {
  const main = join(root, 'dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    cwd: scratch,
  });
  return { status, stdout, stderr };
}

mkdirSync(join(scratch, 'curves'));
for (const [name, accuracy] of [
  ['lr_0.05_wd_0_relu_cosine_annealing', 60],
  ['lr_0.05_wd_0_relu_constant', 55],
  ['lr_0.05_wd_0_sigmoid_constant', 57],
] as const) {
  const rows = Array.from({ length: 12 }, (_, i) => `${i + 1},${accuracy},${3 - i / 10}`);
  writeFileSync(join(scratch, 'curves', `${name}.csv`), `step,Acc,Valid Loss\n${rows.join('\n')}\n`);
}

describe('import and claims', () => {
  test('curves become a study, and claims are held against it', () => {
    const columns = ['--columns', 'validAccuracy=Acc', '--columns', 'epoch=step'];
    const imported = ceteris('import', 'curves', '--levels', TEMPLATE, '--out', 'published', ...columns);
    expect(imported.stderr).toMatch(/validAccuracy = Acc \(.* per cent\)/);
    expect(imported.stdout).toMatch(/schedule=cosine +1 +- +60\.00%/);
    expect(imported.status).toBe(0);
    writeFileSync(
      join(scratch, 'claims.yaml'),
      `source: A note
importedAs: { activation: { sigmoid: { name: sigmoid, blocks: 4-10 } } }
claims:
  - { id: a, sentence: Cosine is better., scope: runs, kind: difference, trial: { schedule: cosine }, than: baseline,
      measure: validAccuracy.last, direction: higher, group: g, page: 3 }
  - { id: b, sentence: It happens again., scope: configurations, kind: difference, trial: { schedule: cosine },
      than: baseline, measure: validAccuracy.last, direction: higher }
  - { id: c, sentence: Sigmoid is worse., scope: runs, kind: difference, than: baseline, direction: lower, group: g,
      trial: { activation: { name: sigmoid, blocks: 4-10 } }, measure: validAccuracy.last, excludes: [a] }
`,
    );
    const judged = ceteris('claims', 'claims.yaml', '--on', 'published', '--json');
    expect(judged.status).toBe(0);
    const claims = JSON.parse(judged.stdout) as JudgedClaim[];
    expect(claims.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['a', 'supported'],
      ['c', 'contradicted'],
      ['b', 'no verdict: one seed'],
    ]);
    expect(Object.keys(claims[0]!).sort()).toEqual(
      [
        'evidence',
        'excludes',
        'fragile',
        'group',
        'id',
        'kind',
        'page',
        'reading',
        'scope',
        'sentence',
        'source',
        'verdict',
      ].sort(),
    );
    const list = ceteris('claims', 'claims.yaml', '--on', 'published').stdout;
    expect(list).toMatch(
      /^g\n\na {2}supported \(of these runs\)\n {2}Cosine is better\.\n {2}A note, p\. 3\n/,
    );
    expect(list).toContain('A note; excludes a');
    expect(list).toMatch(/3 claims\n {3}1 {2}supported \(of these runs\)\n/);
    expect(ceteris('report', 'published', '--claims', 'claims.yaml').status).toBe(0);
    const report = readFileSync(join(scratch, 'published/report/report.md'), 'utf8');
    expect(report).toMatch(
      /### G\n\n[^#]*\| Cosine is better\. \(a · A note, p\. 3\) \| supported \(of these runs\) \|/,
    );
  });

  test('wrong requests are told, with exit code 2', () => {
    expect(ceteris('claims', 'claims.yaml')).toMatchObject({ status: 2 });
    const absent = ceteris('claims', 'nowhere.yaml', '--on', 'published');
    expect(absent).toMatchObject({ status: 2 });
    expect(absent.stderr).toContain('there is no such claims file');
    const again = ceteris('import', 'curves', '--levels', TEMPLATE, '--out', 'published');
    expect(again).toMatchObject({ status: 2 });
    expect(again.stderr).toContain('there is a study already');
  });
});

const PUBLISHED = join(root, '../shared/reference/source-runs');
const here = existsSync(PUBLISHED);
if (!here)
  console.log('left out: the source report’s claims on its published curves, which are not on this machine');

describe('the claims of the source report', () => {
  test('are read, each with its place', () => {
    const { claims } = parseClaims(readFileSync(join(root, 'claims/ai6103.yaml'), 'utf8'), 'ai6103.yaml');
    expect(claims.length).toBeGreaterThan(100);
    for (const { id, page, source } of claims) {
      expect(page, id).toBeTypeOf('number');
      expect(source, id).toBeTypeOf('string');
    }
  });

  test.skipIf(!here)('on its own curves: no two that exclude each other are supported', () => {
    ceteris('import', PUBLISHED, '--levels', TEMPLATE, '--out', 'ai6103');
    const { stdout } = ceteris('claims', join(root, 'claims/ai6103.yaml'), '--on', 'ai6103', '--json');
    const claims = JSON.parse(stdout) as JudgedClaim[];
    const of = (id: string) => claims.find((claim) => claim.id === id);
    for (const claim of claims) {
      expect(claim.evidence, claim.id).not.toMatch(/NaN|undefined|–/);
      if (claim.scope === 'configurations')
        expect(claim.verdict, claim.id).not.toMatch(/supported|contradicted/);
      for (const other of claim.excludes)
        expect([claim.verdict, of(other)!.verdict], claim.id).not.toEqual(['supported', 'supported']);
    }
    expect(of('relu-more-accurate')!.verdict).toBe('contradicted');
    expect(of('best-combination')!.verdict).toBe('not run');
    expect(of('lr-accuracy-order')!.evidence).toContain('52.38% (learning rate 0.01), 55.46%');
  });
});
