import { expect, test } from 'vitest';
import { expandTrials, planRuns, planTrials } from './expand.js';
import { parseStudy } from './parse.js';
import { chosenTrial, finalTrials, isDecided, searchBasis, searchGroups } from './search.js';
import { formatStudy } from './write.js';

const head = 'name: s\ndataset: { name: cifar100 }\ntraining: { epochs: 10 }\n';
const factors =
  'factors: { weightDecay: [0, 0.1], learningRate: { values: [0.1, 0.2, 0.3], role: nuisance } }\n';
const study = (more = '', which = factors) => parseStudy(head + which + more);
const choices = [
  { levels: { weightDecay: 0 }, chosen: { learningRate: 0.2 } },
  { levels: { weightDecay: 0.1 }, chosen: null },
];

test('without nuisance factors nothing is searched, and a selection is refused', () => {
  const plain = study('', 'factors: { weightDecay: [0, 0.1] }\n');
  expect(plain.selection).toBeNull();
  expect(planTrials(plain).every(({ stage }) => stage === 'final')).toBe(true);
  expect(finalTrials(plain, [])).toEqual(expandTrials(plain));
  expect(() => study('selection: { seeds: 2 }', 'factors: { weightDecay: [0, 0.1] }\n')).toThrow(
    /role nuisance/,
  );
});

test('the search has the metric of the study and one seed of its own, unless declared', () => {
  expect(study().selection).toEqual({
    metric: { name: 'validAccuracy', goal: 'maximize', at: 'last' },
    seeds: [{ label: 1000, data: 1000, initial: 1000 }],
  });
  const own = study('selection: { metric: validLoss, seeds: [7, 8] }\nseeds: { data: 3, initial: [0, 1] }');
  expect(own.selection?.metric).toEqual({ name: 'validLoss', goal: 'minimize', at: 'last' });
  expect(own.selection?.seeds).toEqual([
    { label: 7, data: 3, initial: 7 },
    { label: 8, data: 3, initial: 8 },
  ]);
  expect(parseStudy(formatStudy(own))).toEqual(own);
});

test('the fresh seeds are not those of the search, and only the validation split is seen', () => {
  expect(() => study('selection: { seeds: [5, 2, 1] }')).toThrow(/shares seeds.*none of 0, 1, 2.*2, 1/s);
  expect(() => study('metric: trainLoss')).toThrow(/must not see the training split/);
  expect(() => study('selection: { metric: testLoss }')).toThrow(/must not see the test split.*validLoss/s);
});

test('groups: each combination of scientific levels with the same trials within', () => {
  const groups = searchGroups(study());
  expect(groups.map(({ name, levels, trials }) => [name, levels, trials.length])).toEqual([
    ['baseline', { weightDecay: 0 }, 3],
    ['weightDecay=0.1', { weightDecay: 0.1 }, 3],
  ]);
  const tuningOnly = searchGroups(
    study('', 'factors: { learningRate: { values: [1, 2], role: nuisance } }\n'),
  );
  expect(tuningOnly.map(({ levels, trials }) => [levels, trials.length])).toEqual([[{}, 2]]);
});

test('a chosen trial is run with the seeds of the study; what is not chosen is not', () => {
  const one = study('seeds: 2\ntrials: [{ weightDecay: 0, learningRate: 0.1 }]');
  const runs = planRuns(one, 'sum', choices);
  expect(runs.map(({ stage, trial, seed }) => `${stage} ${trial.name} ${seed.label}`)).toEqual([
    'search baseline,learningRate=0.1 1000',
    'search baseline,learningRate=0.2 1000',
    'search baseline,learningRate=0.3 1000',
    'search weightDecay=0.1,learningRate=0.1 1000',
    'search weightDecay=0.1,learningRate=0.2 1000',
    'search weightDecay=0.1,learningRate=0.3 1000',
    'final baseline,learningRate=0.2 0',
    'final baseline,learningRate=0.2 1',
    'final baseline,learningRate=0.1 0',
    'final baseline,learningRate=0.1 1',
  ]);
  const finals = finalTrials(one, choices);
  expect(finals.map(({ isBaseline, isExplicit }) => [isBaseline, isExplicit])).toEqual([
    [true, false],
    [false, true],
  ]);
  expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
});

test('a choice that is no longer part of the search counts for nothing', () => {
  const [first, second] = searchGroups(study());
  expect(chosenTrial(study(), first, choices)?.levels).toEqual({ weightDecay: 0, learningRate: 0.2 });
  expect(isDecided(study(), second, choices)).toBe(true);
  const other = study('', factors.replace('0.2, 0.3', '0.4'));
  const [group] = searchGroups(other);
  expect(chosenTrial(other, group, choices)).toBeUndefined();
  expect(isDecided(other, group, choices)).toBe(false);
});

test('the basis of a selection: the rule, the runs, their epochs', () => {
  const basis = (more: string) => {
    const one = study(more);
    return searchBasis(
      one,
      planRuns(one, 'sum').filter(({ stage }) => stage === 'search'),
    );
  };
  expect(basis('seeds: 9\nquestion: another')).toBe(basis(''));
  expect(basis('selection: { metric: validLoss }')).not.toBe(basis(''));
  expect(basis('selection: { seeds: 2 }')).not.toBe(basis(''));
  const longer = parseStudy(head.replace('epochs: 10', 'epochs: 20') + factors);
  expect(searchBasis(longer, planRuns(longer, 'sum').slice(0, 6))).not.toBe(basis(''));
});

test('ranges: uniform, log-uniform and whole numbers, both ends possible for whole ones', () => {
  const drawn = (range: string) =>
    expandTrials(parseStudy(`${head}method: { name: random, trials: 300, seed: 2 }\nfactors: { ${range} }`));
  const decays = drawn('weightDecay: { min: 2, max: 4 }').map((trial) => trial.configuration.weightDecay);
  expect(decays.every((value) => value >= 2 && value <= 4)).toBe(true);
  const half = (values: readonly number[], middle: number) =>
    Math.abs(values.filter((value) => value < middle).length / values.length - 0.5);
  expect(half(decays, 3)).toBeLessThan(0.1);
  const rates = drawn('learningRate: { min: 0.001, max: 0.1, distribution: log-uniform }').map(
    (trial) => trial.configuration.learningRate,
  );
  expect(half(rates, 0.01)).toBeLessThan(0.1);
  const sizes = drawn('training.batchSize: { min: 4, max: 6, distribution: int }').map(
    (trial) => trial.configuration.training.batchSize,
  );
  expect([...sizes].sort()).toEqual([4, 5, 6]);
});
