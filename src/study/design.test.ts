import { expect, test } from 'vitest';
import { expandTrials, fingerprint, planRuns } from './expand.js';
import { parseStudy } from './parse.js';
import type { RunSeed } from './types.js';

const minimal = 'name: s\ndataset: { name: cifar100 }\ntraining: { epochs: 10 }\n';
const study = (more: string) => parseStudy(minimal + more);
const names = (more: string) => expandTrials(study(more)).map((trial) => trial.name);
const seed: RunSeed = { label: 0, data: 0, initial: 0 };

test('one factor: a level equal to the baseline is no new trial, explicit trials follow once', () => {
  const trials = expandTrials(
    study(
      [
        'factors: { learningRate: [0.1, 0.05], schedule: [{ name: constant }, cosine] }',
        'trials: [{ schedule: cosine, learningRate: 0.1 }, { learningRate: 0.1 }, { weightDecay: 0.5 }]',
      ].join('\n'),
    ),
  );
  expect(trials.map((trial) => [trial.name, trial.isBaseline, trial.isExplicit])).toEqual([
    ['baseline', true, false],
    ['learningRate=0.1', false, false],
    ['schedule=cosine', false, false],
    ['learningRate=0.1,schedule=cosine', false, true],
    ['weightDecay=0.5', false, true],
  ]);
  expect(trials[2].levels).toEqual({ learningRate: 0.05, schedule: 'cosine' });
  expect(trials[2].configuration.schedule).toBe('cosine');
});

test('a baseline outside of the levels is a trial of its own', () => {
  expect(names('factors: { weightDecay: [0.1, 0.2] }')).toEqual([
    'baseline',
    'weightDecay=0.1',
    'weightDecay=0.2',
  ]);
});

test('grid: every combination, the first factor slowest; the baseline is the first level of each', () => {
  const grid = 'method: grid\nfactors: { schedule: [cosine, constant], weightDecay: [0.1, 0] }\n';
  const trials = expandTrials(study(grid));
  expect(trials.map((trial) => trial.name)).toEqual([
    'schedule=cosine,weightDecay=0.1',
    'schedule=cosine,weightDecay=0',
    'schedule=constant,weightDecay=0.1',
    'schedule=constant,weightDecay=0',
  ]);
  expect(trials.map((trial) => trial.isBaseline)).toEqual([true, false, false, false]);
  const given = expandTrials(study(`${grid}baseline: { schedule: constant }`));
  expect(given.map((trial) => trial.isBaseline)).toEqual([false, false, true, false]);
  expect(() => study(`${grid}baseline: { weightDecay: 0.3 }`)).toThrow(/one of 0\.1, 0/);
  expect(study(grid).interactions).toEqual([['schedule', 'weightDecay']]);
});

test('random with nuisance factors: the scientific levels are crossed, and the baseline is one of them', () => {
  const searched =
    'method: { name: random, trials: 2 }\nfactors: { weightDecay: [0.1, 0.2], learningRate: { values: [0.3, 0.4], role: nuisance } }\n';
  const trials = expandTrials(study(searched));
  expect(trials.map((trial) => [trial.levels.weightDecay, trial.isBaseline])).toContainEqual([0.1, true]);
  expect(study(searched).baseline).toMatchObject({ weightDecay: 0.1, learningRate: 0.05 });
  expect(study(`${searched}baseline: { weightDecay: 0.2 }`).baseline.weightDecay).toBe(0.2);
  expect(() => study(`${searched}baseline: { weightDecay: 0 }`)).toThrow(
    /baseline is one of.*one of 0\.1, 0\.2/s,
  );
  const drawn = study('method: { name: random, trials: 2 }\nfactors: { weightDecay: [0.1, 0.2] }');
  expect(drawn.baseline.weightDecay).toBe(0);
});

test('random: reproducible draws inside the range, unmoved by another factor', () => {
  const method = 'method: { name: random, trials: 40, seed: 5 }\n';
  const range = 'learningRate: { min: 0.001, max: 1, distribution: log-uniform }';
  const alone = expandTrials(study(`${method}factors: { ${range} }`));
  const both = expandTrials(
    study(`${method}factors: { training.batchSize: { min: 1, max: 3, distribution: int }, ${range} }`),
  );
  const rates = alone.map((trial) => trial.configuration.learningRate);
  expect(both.map((trial) => trial.configuration.learningRate)).toEqual(rates);
  expect(new Set(rates).size).toBe(40);
  expect(rates.every((rate) => rate >= 0.001 && rate <= 1)).toBe(true);
  const small = rates.filter((rate) => rate < 0.0316).length;
  expect(small).toBeGreaterThan(10);
  expect(small).toBeLessThan(30);
  expect(new Set(both.map((trial) => trial.configuration.training.batchSize))).toEqual(new Set([1, 2, 3]));
  const other = expandTrials(study(`method: { name: random, trials: 40, seed: 6 }\nfactors: { ${range} }`));
  expect(other[0].configuration.learningRate).not.toBe(rates[0]);
});

test('random over listed values draws among them; equal configurations once', () => {
  const trials = expandTrials(
    study(
      'method: { name: random, trials: 50 }\nfactors: { weightDecay: [0, 0.1], training.shuffle: [true, false] }',
    ),
  );
  expect(trials).toHaveLength(4);
});

test('nuisance factors are searched with the same points within each scientific level', () => {
  const nuisance = 'learningRate: { min: 0.01, max: 0.1, role: nuisance }';
  for (const method of ['one-factor', 'grid', 'random']) {
    const text = `method: { name: ${method}, trials: 3 }\nfactors: { weightDecay: [0, 0.1], ${nuisance} }`;
    const trials = expandTrials(study(text));
    expect(trials).toHaveLength(6);
    const rates = (decay: number) =>
      trials
        .filter((trial) => trial.configuration.weightDecay === decay)
        .map((trial) => trial.configuration.learningRate);
    expect(rates(0)).toHaveLength(3);
    expect(rates(0)).toEqual(rates(0.1));
  }
  expect(
    names('factors: { weightDecay: [0, 0.1], learningRate: { values: [0.1, 0.2], role: nuisance } }'),
  ).toEqual([
    'baseline,learningRate=0.1',
    'baseline,learningRate=0.2',
    'weightDecay=0.1,learningRate=0.1',
    'weightDecay=0.1,learningRate=0.2',
  ]);
  expect(() => study(`factors: { ${nuisance} }`)).toThrow(/method\.trials/);
  expect(() =>
    study(`method: { name: grid, trials: 2 }\nfactors: { ${nuisance} }\nmetric: trainAccuracy`),
  ).toThrow(/must not see the training split/);
});

test('a fixed factor is held at its one value', () => {
  const trials = expandTrials(
    study('factors: { learningRate: { values: [0.3], role: fixed }, weightDecay: [0, 0.1] }'),
  );
  expect(trials.map((trial) => trial.name)).toEqual(['baseline', 'weightDecay=0.1']);
  expect(trials.every((trial) => trial.configuration.learningRate === 0.3)).toBe(true);
  expect(() => study('factors: { learningRate: { values: [0.3, 0.4], role: fixed } }')).toThrow(/one value/);
  expect(() =>
    study('baseline: { learningRate: 0.1 }\nfactors: { learningRate: { values: [0.3], role: fixed } }'),
  ).toThrow(/baseline differs/);
});

test('whole parts of the file can be levels', () => {
  const text =
    'factors: { training.optimizer: [{ name: sgd }, { name: adam, beta1: 0.8 }], network: [{ name: mobilenet }, { name: mlp, hidden: [8] }] }';
  const trials = expandTrials(study(text));
  expect(trials.map((trial) => trial.name)).toEqual([
    'baseline',
    'optimizer=adam beta1 0.8',
    'network=mlp hidden 8',
  ]);
  expect(trials[1].configuration.training.optimizer).toMatchObject({
    name: 'adam',
    beta1: 0.8,
    beta2: 0.999,
  });
});

test('too many trials are refused', () => {
  const list = `[${Array.from({ length: 101 }, (_, i) => i).join(',')}]`;
  expect(() => study(`method: grid\nfactors: { weightDecay: ${list}, dataset.splitSeed: ${list} }`)).toThrow(
    /10000/,
  );
});

test('run ids are readable, short, safe and distinct', () => {
  const text =
    'seeds: [0, 123456]\nfactors: { activation: [relu, { name: sigmoid, blocks: "0,2,4,6,8,10,12", elsewhere: hardSwish }], schedule: [constant, { name: step, every: 1000, factor: 0.123456789, warmup: 3 }] }\nmethod: grid';
  const runs = planRuns(study(text), 'sum');
  expect(new Set(runs.map((run) => run.id)).size).toBe(8);
  for (const { id, fingerprint: print } of runs) {
    expect(id).toMatch(/^[A-Za-z0-9=,.+_-]{1,80}-[0-9a-f]{8}$/);
    expect(id.endsWith(print.slice(0, 8))).toBe(true);
    expect(id).toMatch(/,seed=(0|123456)-/);
  }
  expect(
    planRuns(
      study('seeds: 1\nbaseline: { learningRate: 0.2 }\nfactors: { learningRate: [0.2, 0.1] }'),
      'sum',
    )[1].id,
  ).toMatch(/^learningRate=0\.1,seed=0-[0-9a-f]{8}$/);
});

test('the fingerprint: equal configurations, seeds and data only', () => {
  const print = (more: string, which = seed, inputs: Parameters<typeof fingerprint>[2] = 'sum') =>
    fingerprint(study(more).baseline, which, inputs);
  const same = print('');
  expect(same).toMatch(/^[0-9a-f]{64}$/);
  expect(
    print('baseline: { schedule: { name: constant, warmup: 0 }, activation: { name: relu, blocks: 1 } }'),
  ).toBe(same);
  expect(print('question: another\nseeds: 5\nfactors: { weightDecay: [0, 1] }')).toBe(same);
  expect(print('', { ...seed, initial: 1 })).not.toBe(same);
  expect(print('', { ...seed, label: 4 })).toBe(same);
  expect(print('', seed, 'other')).not.toBe(same);
  expect(print('network: { name: mobilenet, width: 0.5 }')).not.toBe(same);
});

test('the fingerprint: per-seed splits and initial weights by their contents', () => {
  const perSeed = parseStudy(
    'name: s\ndataset: { name: cifar100, splitSeed: per-seed }\ntraining: { epochs: 10 }',
  ).baseline;
  const fixed = parseStudy(
    'name: s\ndataset: { name: cifar100, splitSeed: 4 }\ntraining: { epochs: 10 }',
  ).baseline;
  const four = { label: 4, data: 4, initial: 4 };
  expect(fingerprint(perSeed, four, 'sum')).toBe(fingerprint(fixed, four, 'sum'));
  expect(fingerprint(perSeed, { ...four, label: 5 }, 'sum')).not.toBe(fingerprint(fixed, four, 'sum'));
  const started = parseStudy(
    'name: s\ndataset: { name: cifar100 }\ntraining: { initial: w.safetensors }',
  ).baseline;
  const inputs = (sum: string) => ({ datasetChecksum: 'sum', initialChecksums: { 'w.safetensors': sum } });
  expect(fingerprint(started, seed, inputs('a'))).not.toBe(fingerprint(started, seed, inputs('b')));
});
