import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checksum, writeRun, writeStudyFiles } from '../../test/support/runsOnDisk.js';
import { selectTrials } from '../analysis/search/selection.js';
import { addLook, extensionOf } from '../launch/looks.js';
import { loadStudy, readLooks, readSelections, recordSelection } from '../store/node/studyFiles.js';
import { planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import type { Run } from '../study/types.js';
import { checksumOnDisk, runsOnDisk } from './runs.js';
import { outlineOf, splitSizes, stepsOf } from './sizes.js';
import { studyDuration } from './studyDuration.js';
import { makespan } from './time.js';
import { designWarnings, deviationWarnings, epochWarnings, weightDecayWarnings } from './warnings.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ceteris-plan-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const inputs = { datasetChecksum: checksum };
const head = 'name: s\ndataset: { name: synthetic }\nnetwork: { name: mlp }\n';
const study = (more: string, epochs = 4) => parseStudy(`${head}training: { epochs: ${epochs} }\n${more}`);
const write = (runs: readonly Run[], accuracy: (run: Run) => number = () => 0.5) => {
  for (const run of runs) writeRun(directory, run, accuracy(run));
};
const states = (one: ReturnType<typeof study>, choices: Parameters<typeof runsOnDisk>[3] = []) =>
  runsOnDisk(directory, one, inputs, choices).runs.map(({ state, epochsDone }) => `${state} ${epochsDone}`);

describe('runs on disk', () => {
  test('runs that were copied without split.json tell the dataset themselves', () => {
    expect(checksumOnDisk(directory)).toBeUndefined();
    const [a, b] = planRuns(study('seeds: 2'), checksum);
    writeRun(directory, a);
    expect(checksumOnDisk(directory)).toBe(checksum);
    writeRun(directory, b, 0.5, { datasetChecksum: 'another' });
    expect(checksumOnDisk(directory)).toBeUndefined();
  });

  const one = study('factors: { schedule: [constant, cosine] }\nseeds: 2');

  test('what is done, diverged, begun and new, and what is outside', () => {
    const [a, b, c] = planRuns(one, checksum);
    writeRun(directory, a);
    writeRun(directory, b, 0.5, { status: 'diverged', epochsDone: 1 });
    writeRun(directory, c, 0.5, { status: 'interrupted', epochsDone: 2 });
    expect(states(one)).toEqual(['done 4', 'diverged 1', 'continues 2', 'new 0']);
    const narrow = runsOnDisk(directory, study('seeds: 1'), inputs, []);
    expect(narrow.runs.map(({ state }) => state)).toEqual(['done']);
    expect(narrow.outside).toBe(2);
    expect(runsOnDisk(directory, one, null, []).runs.every(({ state }) => state === 'new')).toBe(true);
  });

  test('more epochs continue a run, but not under a schedule that spans them', () => {
    write(planRuns(one, checksum));
    const longer = study('factors: { schedule: [constant, cosine] }\nseeds: 2', 6);
    expect(states(longer)).toEqual(['continues 4', 'continues 4', 'new 0', 'new 0']);
    const trials = planRuns(longer, checksum).map(({ trial }) => trial);
    expect(epochWarnings(one, longer, trials)[0]).toMatch(/4 epochs became 6.*anew.*schedule=cosine/);
    expect(epochWarnings(one, one, trials)).toEqual([]);
  });

  test('a run that was broken off beyond the epochs that are asked for now starts anew', () => {
    const [a] = planRuns(one, checksum);
    writeRun(directory, a, 0.5, { status: 'interrupted', epochsDone: 3 });
    expect(states(study('seeds: 1', 2))).toEqual(['new 0']);
    expect(states(study('seeds: 1', 3))).toEqual(['new 0']);
    expect(states(study('seeds: 1', 5))).toEqual(['continues 3']);
  });

  test('trials that differ in epochs only have their own runs', () => {
    const epochs = study('factors: { training.epochs: [4, 6] }\nseeds: 1');
    write(planRuns(epochs, checksum));
    expect(states(epochs)).toEqual(['done 4', 'done 6']);
    writeStudyFiles(directory, epochs);
    const loaded = loadStudy(directory);
    expect(loaded.runs.map(({ metrics }) => metrics.length)).toEqual([4, 6]);
    expect(loaded.problems).toEqual([]);
  });
});

describe('looks', () => {
  const before = study('factors: { schedule: [constant, cosine] }\nseeds: 2');
  const extension = (after: ReturnType<typeof study>) =>
    extensionOf({ directory, before, after, inputs, choices: [] })?.change;
  const more = study('factors: { schedule: [constant, cosine] }\nseeds: 3');

  test('seeds, levels and epochs that are added after results were seen', () => {
    write(planRuns(before, checksum).slice(0, 1));
    expect(extension(more)).toBe('2 runs added after results were seen');
    const levels = study('factors: { schedule: [constant, cosine], weightDecay: [0, 0.1] }\nseeds: 2');
    expect(extension(levels)).toBe('2 runs added after results were seen');
    const longer = study('factors: { schedule: [constant, cosine] }\nseeds: 2', 6);
    expect(extension(longer)).toBe(
      '2 runs added and 2 runs continued for more epochs after results were seen',
    );
  });

  test('no look: the same study, and nothing seen yet', () => {
    expect(extension(more)).toBeUndefined();
    expect(extension(study('seeds: 1\npairing: paired'))).toBeUndefined();
    write(planRuns(before, checksum));
    expect(extension(before)).toBeUndefined();
    expect(extension(study('question: another\nfactors: { schedule: [cosine, constant] }\nseeds: 2'))).toBe(
      undefined,
    );
  });

  test('runs that are left out, cut or taken in change the family too', () => {
    write(planRuns(before, checksum));
    expect(extension(study('seeds: 2'))).toBe('2 runs left out after results were seen');
    expect(extension(study('factors: { schedule: [constant, cosine] }\nseeds: [1]'))).toBe(
      '2 runs left out after results were seen',
    );
    expect(extension(study('factors: { schedule: [constant, cosine] }\nseeds: 2', 3))).toBe(
      '2 runs added and 2 runs cut to fewer epochs after results were seen',
    );
    write(planRuns(more, checksum));
    expect(extension(more)).toBe('2 runs taken in from those on disk after results were seen');
  });

  test.each([
    ['pairing: paired', 'another pairing'],
    ['smallestEffect: 3', 'another smallest effect'],
    ['metric: { name: validAccuracy, at: best }', 'another metric'],
    ['metric: trainAccuracy\nsmallestEffect: 2', 'another metric and another smallest effect'],
    ['baseline: { schedule: cosine }', 'another baseline'],
  ])('%s after results were seen', (declared, told) => {
    write(planRuns(before, checksum).slice(0, 1));
    const after = study(`factors: { schedule: [constant, cosine] }\nseeds: 2\n${declared}`);
    expect(extension(after)).toBe(`${told} after results were seen`);
  });

  test('trials that differ in their epochs only are no change by themselves', () => {
    const epochs = study('factors: { training.epochs: [4, 6] }\nseeds: 1');
    write(planRuns(epochs, checksum));
    const same = { directory, before: epochs, after: epochs, inputs, choices: [] };
    expect(extensionOf(same)).toBeNull();
    const one = study('factors: { training.epochs: [4] }\nseeds: 1');
    expect(extensionOf({ ...same, after: one })?.change).toBe('1 run left out after results were seen');
  });

  test('are numbered', () => {
    writeStudyFiles(directory, before);
    for (const change of ['a', 'b']) addLook(directory, { runsBefore: 1, runsAfter: 2, change });
    expect(readLooks(directory).map(({ look, change }) => [look, change])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });
});

describe('a study with a search', () => {
  const two = study(
    'factors: { schedule: [constant, cosine], learningRate: { values: [0.1, 0.2], role: nuisance } }\nseeds: 2',
  );
  const search = planRuns(two, checksum);

  test('its runs are loaded by stage; what is not chosen yet is missing by its level', () => {
    writeStudyFiles(directory, two);
    write(search.slice(0, 3));
    const open = loadStudy(directory);
    expect(open.runs).toEqual([]);
    expect(open.search?.runs).toHaveLength(3);
    expect(open.search?.missing.map(({ id }) => id)).toEqual([search[3].id]);
    expect(open.missing.map(({ id }) => id)).toEqual([
      'baseline,seed=0',
      'baseline,seed=1',
      'schedule=cosine,seed=0',
      'schedule=cosine,seed=1',
    ]);
    expect(
      runsOnDisk(directory, two, inputs, [])
        .runs.map(({ trial }) => trial.name)
        .slice(4),
    ).toEqual([
      'baseline, as chosen',
      'baseline, as chosen',
      'schedule=cosine, as chosen',
      'schedule=cosine, as chosen',
    ]);
  });

  test('the last selection on record stands; the final runs are those of its trials', () => {
    writeStudyFiles(directory, two);
    write(search, (run) => run.trial.configuration.learningRate);
    const levels = selectTrials(two, loadStudy(directory).search!.runs);
    const record = { at: 'then', metric: two.selection!.metric, seeds: [1000], basis: 'b', levels };
    recordSelection(directory, { ...record, levels: levels.map((one) => ({ ...one, chosen: null })) });
    expect(loadStudy(directory).missing).toEqual([]);
    recordSelection(directory, record);
    expect(readSelections(directory)).toHaveLength(2);
    const finals = planRuns(two, checksum, levels).filter(({ stage }) => stage === 'final');
    write(finals.slice(0, 3));
    const loaded = loadStudy(directory);
    expect(loaded.runs.map(({ record: { id } }) => id)).toEqual(finals.slice(0, 3).map(({ id }) => id));
    expect(loaded.missing.map(({ id }) => id)).toEqual([finals[3].id]);
    expect(loaded.outside).toEqual([]);
    expect(loaded.search?.selection).toEqual(record);
  });

  test('more search trials are no look by themselves', () => {
    writeStudyFiles(directory, two);
    write(search);
    const after = parseStudy(
      `${head}training: { epochs: 4 }\nfactors: { schedule: [constant, cosine], learningRate: { values: [0.1, 0.2, 0.3], role: nuisance } }\nseeds: 2`,
    );
    const choices = selectTrials(two, loadStudy(directory).search!.runs);
    write(planRuns(two, checksum, choices));
    expect(extensionOf({ directory, before: two, after, inputs, choices })).toBeNull();
  });
});

describe('time', () => {
  test('steps: whole batches of training, padded ones of evaluation, every tenth epoch and the end', () => {
    const [run] = planRuns(
      parseStudy('name: s\ndataset: { name: cifar100 }\ntraining: { epochs: 25, batchSize: 128 }'),
      checksum,
    );
    const sizes = splitSizes(outlineOf({ name: 'cifar100' }))(run);
    expect(sizes).toEqual({ train: 40000, validation: 10000, test: 10000, trainEvaluation: 10000 });
    // 79 = ceil(10000 / 128); trainEval after epochs 10, 20 and 25; validation and test once more at the end.
    expect(stepsOf(run, sizes, 0)).toEqual({ train: 25 * 312, evaluate: (25 + 3 + 2) * 79 });
    expect(stepsOf(run, sizes, 20)).toEqual({ train: 5 * 312, evaluate: (5 + 1 + 2) * 79 });
  });

  test('of all runs of a study from the times of its baseline; another network in proportion to operations', () => {
    const text = (more: string) => `name: x
dataset: { name: cifar100, limit: { train: 4000, validation: 1000, test: 500 } }
network: { name: cnn, channels: [8] }
training: { epochs: 11, batchSize: 100 }
seeds: 2
${more}`;
    const times = { trainMs: 50, evaluateMs: 10, startMs: 100 };
    const own = studyDuration(parseStudy(text(''), { file: 'x' }), times);
    // Each epoch and its validation; the training split again at the tenth and the last; validation and test at the end.
    const run = 100 + 11 * (40 * 50 + 10 * 10) + (2 * 10 + 10 + 5) * 10;
    expect(own).toMatchObject({ name: 'x', runs: 2, scaledRuns: 0 });
    expect(own.seconds).toBeCloseTo((2 * run) / 1000, 9);
    const wider = 'factors: { network: [{ name: cnn, channels: [8] }, { name: cnn, channels: [16] }] }';
    const two = studyDuration(parseStudy(text(wider), { file: 'x' }), times);
    expect(two).toMatchObject({ runs: 4, scaledRuns: 2 });
    expect(two.seconds).toBeGreaterThan(2.5 * own.seconds);
  });

  test('runs in order, each as soon as a worker is free', () => {
    expect(makespan([3, 1, 1, 1], 2)).toBe(3);
    expect(makespan([1, 1, 3], 2)).toBe(4);
    expect(makespan([], 2)).toBe(0);
  });
});

describe('warnings', () => {
  test('of the design', () => {
    const warnings = designWarnings(
      study(
        'factors: { schedule: [constant, cosine], weightDecay: [0, 0.1] }\nseeds: { data: 0, initial: [4] }\nreport: { miniatureOf: big }',
      ),
    ).join('\n');
    expect(warnings).toMatch(/one seed carries no verdict/);
    expect(warnings).toMatch(/only the initial weights vary/);
    expect(warnings).toMatch(/not examined: schedule × weight decay/);
    expect(warnings).toMatch(/a miniature of big/);
    expect(warnings).toMatch(/seed 42/);
    expect(
      designWarnings(study('method: grid\nfactors: { schedule: [constant, cosine] }\nseeds: 2')),
    ).toHaveLength(1);
  });

  test('of the default deviation where few images validate', () => {
    const byDefault = { value: 0.6, source: 'default', measured: null } as const;
    expect(deviationWarnings(byDefault, 300)[0]).toMatch(/this study has 300/);
    expect(deviationWarnings(byDefault, 10000)).toEqual([]);
    expect(deviationWarnings({ ...byDefault, source: 'given' }, 300)).toEqual([]);
  });

  test('weight decay that acts over more steps than the run has', () => {
    const trials = planRuns(study('factors: { weightDecay: [0, 0.01, 0.5] }\nseeds: 1'), checksum);
    const warnings = weightDecayWarnings(trials.map(({ trial }) => ({ trial, steps: 100 })));
    expect(warnings).toEqual([
      'weight decay 0.01 at learning rate 0.05 acts over about 2000 steps, a run has 100',
    ]);
  });
});
