import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checksum, writeRun, writeStudyFiles } from '../../../test/support/runsOnDisk.js';
import { planRuns } from '../../study/expand.js';
import { parseStudy } from '../../study/parse.js';
import { compareSubjects } from './compareSubjects.js';

const out = mkdtempSync(join(tmpdir(), 'compare-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

it('searched trials stand side by side, and no contrast is made of them', () => {
  const study = parseStudy(
    'name: s\ndataset: { name: synthetic }\ntraining: { epochs: 3 }\nfactors: { schedule: [constant, cosine], learningRate: { values: [0.01, 0.1], role: nuisance } }\n',
  );
  writeStudyFiles(join(out, 's'), study);
  for (const run of planRuns(study, checksum)) writeRun(join(out, 's'), run);
  const names = ['schedule=cosine,learningRate=0.01', 'schedule=cosine,learningRate=0.1'];
  const { columns, contrasts, remarks } = compareSubjects([join(out, 's'), ...names], out);
  expect(columns.map(({ label, runs }) => [label, runs.length])).toEqual(names.map((name) => [name, 1]));
  expect(contrasts).toEqual([]);
  expect(remarks).toEqual([expect.stringMatching(/runs of a search carry no verdict/)]);
});

it('trials of two studies are told apart by their studies, and have a contrast', () => {
  const paths = ['left', 'right'].map((name) => {
    const study = parseStudy(
      `name: ${name}\ndataset: { name: synthetic }\ntraining: { epochs: 3 }\nfactors: { schedule: [constant, cosine] }\nseeds: 2\n`,
    );
    writeStudyFiles(join(out, name), study);
    for (const run of planRuns(study, checksum)) writeRun(join(out, name), run);
    return join(out, name, 'baseline');
  });
  const { columns, contrasts } = compareSubjects(paths, out);
  expect(columns.map(({ label }) => label)).toEqual(['baseline of left', 'baseline of right']);
  expect(contrasts).toMatchObject([{ family: 'exploratory', n: [2, 2] }]);
});
