import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { madeSearch, madeStudy } from '../../../../test/support/madeStudy.js';
import { formatRunRecord } from '../../../store/json.js';
import { formatStudy } from '../../../study/write.js';
import { findSubject, readPredictions } from './subjects.js';

const out = mkdtempSync(join(tmpdir(), 'subjects-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const records = madeStudy('factors: { learningRate: [0.01, 0.05] }\nseeds: 2\n', () => 50);
const study = join(out, 'made');
for (const { record } of records.runs) {
  const directory = join(study, 'runs', record.id);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'run.json'), formatRunRecord({ ...record, datasetChecksum: null }));
}
writeFileSync(join(study, 'study.yaml'), formatStudy(records.study));
const [run] = records.runs;
const id = run!.record.id;

it('a study by its directory', () => {
  expect(findSubject(study, out).kind).toBe('study');
});

it('a run by its directory, its id, and the beginning of it', () => {
  for (const name of [join(study, 'runs', id), id, id.slice(0, -3), join(study, id)]) {
    const found = findSubject(name, out);
    expect(found.kind === 'run' && found.run.record.id).toBe(id);
    expect(found.kind === 'run' && readPredictions(found)).toEqual([]);
  }
});

it('a trial by its name, below the output directory or within a study', () => {
  for (const name of ['learningRate=0.01', join(study, 'learningRate=0.01')]) {
    const found = findSubject(name, out);
    expect(found.kind === 'trial' && found.group.runs.length).toBe(2);
  }
});

it('a study file in the working folder hides no trial and no run of the studies below it', () => {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'subjects-file-'));
  writeFileSync(join(folder, 'study.yaml'), formatStudy(records.study));
  process.chdir(folder);
  try {
    for (const name of ['baseline', 'learningRate=0.01', id])
      expect(findSubject(name, out).records?.directory, name).toBe(study);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
});

it('trials and runs of a search; a trial that was chosen by its fresh runs', () => {
  const searched = madeSearch(
    'factors: { schedule: [constant, cosine], learningRate: { values: [0.01, 0.05], role: nuisance } }\nseeds: 3\n',
    ({ trial }) => 50 + 100 * (trial.levels.learningRate as number),
  );
  const trial = (name: string) => {
    const found = findSubject(name, out, searched);
    return found.kind === 'trial' ? found.group.runs.map(({ record }) => record.seed.label) : found.kind;
  };
  expect(trial('schedule=cosine,learningRate=0.01')).toEqual([1000]);
  expect(trial('schedule=cosine,learningRate=0.05')).toEqual([0, 1, 2]);
  const tried = searched.search!.runs[0]!.record.id;
  const found = findSubject(tried, out, searched);
  expect(found.kind === 'run' && found.run.record.id).toBe(tried);
  expect(() => findSubject('nothing', out, searched)).toThrow(/schedule=cosine,learningRate=0\.01/);
});

it('what is unknown or not unique is a wrong request that names what there is', () => {
  expect(() => findSubject('nothing', out)).toThrow(
    /no such study, trial or run[\s\S]*baseline; learningRate=0\.01/,
  );
  expect(() => findSubject('learningRate=0.01,seed', out)).toThrow(/more than one/);
  expect(() => findSubject('x', join(out, 'empty'))).toThrow(/list them with `ceteris ls`/);
});
