import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checksum, writeRun, writeStudyFiles } from '../../../test/support/runsOnDisk.js';
import { planRuns } from '../../study/expand.js';
import { parseStudy } from '../../study/parse.js';
import { loadHeldStudy } from './frozenPlan.js';

const out = mkdtempSync(join(tmpdir(), 'frozen-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const text = (more = '') =>
  `name: s\ndataset: { name: synthetic }\ntraining: { epochs: 3 }\nfactors: { schedule: [constant, cosine] }\nseeds: 2\n${more}`;
let next = 0;
function made(status: 'done' | 'interrupted') {
  const directory = join(out, `s${next++}`);
  const study = parseStudy(text());
  writeStudyFiles(directory, study);
  for (const run of planRuns(study, checksum)) writeRun(directory, run, 0.5, { status });
  const redeclare = (more: string) => writeStudyFiles(directory, parseStudy(text(more)));
  return { directory, redeclare, changes: () => loadHeldStudy(directory).looks.map(({ change }) => change) };
}

describe('what was declared when results were first seen', () => {
  it('is frozen; a change afterwards is a look, once, whichever command loads the study', () => {
    const { redeclare, changes } = made('done');
    expect(changes()).toEqual([]);
    redeclare('smallestEffect: 3\n');
    expect(changes()).toEqual(['another smallest effect after results were seen']);
    expect(changes()).toHaveLength(1);
    redeclare('smallestEffect: 3\nmetric: { name: validAccuracy, at: best }\npairing: paired\n');
    expect(changes()[1]).toBe('another metric and another pairing after results were seen');
  });

  it('is not frozen before a run has ended, and the order of levels decides nothing', () => {
    const early = made('interrupted');
    expect(early.changes()).toEqual([]);
    early.redeclare('smallestEffect: 3\n');
    expect(early.changes()).toEqual([]);
    const { directory, changes } = made('done');
    changes();
    const file = join(directory, 'study.yaml');
    const yaml = readFileSync(file, 'utf8');
    const turned = yaml
      .replace(/- constant\n(\s*)- cosine/, '- cosine\n$1- constant')
      .replace('[constant, cosine]', '[cosine, constant]')
      .replace('[ constant, cosine ]', '[ cosine, constant ]');
    expect(turned).not.toBe(yaml);
    writeFileSync(file, turned);
    expect(changes()).toEqual([]);
  });

  it('counts for a claims file as well, from its first use on', () => {
    const { directory } = made('done');
    const held = (limit: number) =>
      loadHeldStudy(directory, { name: 'claims.yaml', contents: { claims: [{ id: 'a', atLeast: limit }] } })
        .looks;
    expect(held(1)).toEqual([]);
    expect(held(1)).toEqual([]);
    expect(held(2).map(({ change }) => change)).toEqual([
      'other claims in claims.yaml after results were seen',
    ]);
  });

  it('a damaged file is told, and the study is read all the same', () => {
    const { directory } = made('done');
    writeFileSync(join(directory, 'frozen.json'), '{');
    expect(loadHeldStudy(directory).problems!.join()).toMatch(/frozen plan of a study is damaged/);
  });
});
