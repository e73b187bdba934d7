import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planRuns } from '../../study/expand.js';
import { parseStudy } from '../../study/parse.js';
import type { ResolvedStudy, Run } from '../../study/types.js';
import type { MetricsRow, RunRecord } from '../records.js';
import { waitingRecord } from '../waitingRecord.js';
import { listStudies } from './listStudies.js';
import { acquireLock } from './lock.js';
import { claimRuns } from './runDirectories.js';
import { RunFiles } from './runFiles.js';
import { loadStudy, readLooks, readStudy, recordLook, writeSplit, writeStudy } from './studyFiles.js';

let out = '';
let directory = '';
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'ceteris-study-'));
  directory = join(out, 's');
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const checksum = 'sum';
const text = 'name: s\ndataset: { name: synthetic }\nnetwork: { name: mlp }\ntraining: { epochs: 4 }\n';
const study = (more = 'factors: { weightDecay: [0, 0.1] }\nseeds: 2') => parseStudy(`${text}${more}`);

function row(epoch: number): MetricsRow {
  const measured = { trainLoss: 1, trainAccuracy: 0.5, validLoss: 2, validAccuracy: epoch / 10 };
  const rest = {
    trainEvalLoss: null,
    trainEvalAccuracy: null,
    learningRate: 0.05,
    imagesPerSecond: 9,
    seconds: 3,
  };
  return { epoch, ...measured, ...rest };
}

function writeRun(run: Run, changes: Partial<RunRecord> = {}): RunFiles {
  const files = new RunFiles(join(directory, 'runs', run.id));
  const { epochs } = run.trial.configuration.training;
  files.writeRecord({
    ...waitingRecord(run, checksum),
    status: 'done',
    epochsDone: epochs,
    test: { loss: 1, accuracy: 0.5 },
    ...changes,
  });
  for (let epoch = 1; epoch <= epochs; epoch++) files.appendMetrics(row(epoch));
  return files;
}

function writeAll(one: ResolvedStudy, runs = planRuns(one, checksum)): Run[] {
  writeStudy(directory, one);
  const empty = { train: [], validation: [], test: [], notes: [] };
  writeSplit(directory, { formatVersion: 1, dataset: 'synthetic', checksum, ...empty });
  for (const run of runs) writeRun(run);
  return runs;
}

test('a study is loaded in its order, with what is missing and what is outside', () => {
  const runs = writeAll(study());
  rmSync(join(directory, 'runs', runs[1].id), { recursive: true });
  writeStudy(directory, study('seeds: 3'));
  const { missing, outside, ...loaded } = loadStudy(directory);
  expect(loaded.study).toEqual(study('seeds: 3'));
  expect(loaded.runs.map(({ record }) => record.id)).toEqual([runs[0].id]);
  expect(loaded.runs[0].metrics).toHaveLength(4);
  expect(missing.map(({ id }) => id)).toEqual(
    planRuns(study('seeds: 3'), checksum)
      .slice(1)
      .map(({ id }) => id),
  );
  expect(outside.map(({ record }) => record.id)).toEqual([runs[2].id, runs[3].id].sort());
  expect(loaded.problems).toEqual([]);
  expect(listStudies(out)).toEqual([{ name: 's', directory, runs: 3, done: 1, imported: false }]);
});

test('damaged pieces are told, and the rest is loaded', () => {
  const runs = writeAll(study());
  writeFileSync(join(directory, 'runs', runs[0].id, 'run.json'), '{ "formatV');
  writeFileSync(join(directory, 'runs', runs[1].id, 'metrics.csv'), 'not a curve\n');
  appendFileSync(join(directory, 'runs', runs[2].id, 'metrics.csv'), '5,1,');
  writeFileSync(join(directory, 'looks.csv'), 'x\n');
  const loaded = loadStudy(directory);
  expect(loaded.runs.map(({ metrics }) => metrics.length)).toEqual([0, 4, 4]);
  expect(loaded.missing).toHaveLength(1);
  expect(loaded.problems).toHaveLength(3);
  expect(loaded.problems?.join('\n')).toMatch(/run\.json.*metrics\.csv.*looks\.csv/s);
});

test('a directory without a study is refused', () => {
  expect(() => loadStudy(out)).toThrow(/no study directory/);
  expect(readStudy(out)).toBeNull();
  writeStudy(directory, study());
  writeFileSync(join(directory, 'study.yaml'), 'name: [');
  expect(() => loadStudy(directory)).toThrow(/study\.yaml, line 1/);
  expect(listStudies(out)).toMatchObject([{ name: 's', problem: expect.stringMatching(/no valid YAML/) }]);
});

test('a run that nobody works on is interrupted; one that is locked is running', () => {
  const [run] = writeAll(study('seeds: 1'));
  writeRun(run, { status: 'running' });
  const status = () => loadStudy(directory).runs[0].record.status;
  expect(status()).toBe('interrupted');
  const lock = acquireLock(join(directory, 'runs', run.id), 'the run');
  expect(status()).toBe('running');
  lock.release();
});

test('a run is found by its fingerprint, whatever it is called, and is given its new name', () => {
  const [run] = writeAll(study('seeds: 1'));
  renameSync(join(directory, 'runs', run.id), join(directory, 'runs', 'copied'));
  const grown = study('seeds: 1\nmethod: grid\nfactors: { weightDecay: [0, 0.1] }');
  writeStudy(directory, grown);
  expect(loadStudy(directory).runs.map(({ record }) => record.trialName)).toEqual(['weightDecay=0']);
  const planned = planRuns(grown, checksum);
  claimRuns(directory, planned);
  const record = new RunFiles(join(directory, 'runs', planned[0].id)).readRecord();
  expect(record).toMatchObject({
    id: planned[0].id,
    trialName: 'weightDecay=0',
    levels: { weightDecay: 0 },
    status: 'done',
  });
  claimRuns(directory, planned);
  expect(loadStudy(directory).runs).toHaveLength(1);
});

test('another dataset is another run', () => {
  const [run] = writeAll(study('seeds: 1'));
  writeRun(run, { datasetChecksum: 'other' });
  expect(loadStudy(directory).runs).toEqual([]);
  expect(loadStudy(directory).outside).toHaveLength(1);
});

test('of a run that went on for more epochs the study takes its own', () => {
  writeAll(study('seeds: 1'));
  const shorter = parseStudy(`${text}seeds: 1`, { set: ['training.epochs=3'] });
  writeStudy(directory, shorter);
  const loaded = loadStudy(directory);
  expect(loaded.runs[0].metrics.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  expect(loaded.runs[0].record).toMatchObject({ epochs: 3, epochsDone: 3, test: null });
  expect(loaded.problems?.[0]).toMatch(/has 4 epochs, of which the study takes 3/);
});

test('imported runs are known by their levels', () => {
  const imported = study('factors: { weightDecay: [0, 0.1] }\nseeds: 1');
  writeStudy(directory, imported);
  for (const run of planRuns(imported, 'imported')) {
    writeRun(run, { configuration: null, datasetChecksum: null, source: 'a.csv' });
  }
  expect(loadStudy(directory).runs).toHaveLength(2);
});

test('looks are kept in order', () => {
  writeStudy(directory, study());
  const look = {
    look: 1,
    at: '2030-01-01T00:00:00.000Z',
    runsBefore: 2,
    runsAfter: 4,
    change: 'seeds, "two" more',
  };
  recordLook(directory, look);
  recordLook(directory, { ...look, look: 2 });
  expect(readLooks(directory)).toEqual([look, { ...look, look: 2 }]);
});
