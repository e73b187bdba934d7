import { expect, test } from 'vitest';
import { exampleRun, exampleStudy } from '../../test/support/exampleStudy.js';
import { parseStudy } from '../study/parse.js';
import { plannedFamily } from './family.js';
import { plannedDeviation, planPower } from './power.js';

const study = (more: string) =>
  parseStudy(`name: s\ndataset: { name: cifar100 }\ntraining: { epochs: 10 }\n${more}`);
const six =
  'factors: { learningRate: [0.01, 0.05, 0.2], schedule: [cosine, constant], weightDecay: [0, 1e-4, 5e-4], activation: [relu, tanh] }\n';
const kinds = (more: string) =>
  plannedFamily(study(more)).map(({ label, contrasts, coefficients }) => [label, contrasts, coefficients]);

test('one factor: each level against the baseline, explicit trials, and declared interactions', () => {
  expect(kinds(six)).toEqual([['a level against the baseline', 6, [1, -1]]]);
  expect(
    kinds(
      'factors: { schedule: [cosine, constant], weightDecay: [0, 0.1] }\ntrials: [{ schedule: cosine, weightDecay: 0.1 }]\ninteractions: [[schedule, weightDecay]]',
    ),
  ).toEqual([
    ['a level against the baseline', 2, [1, -1]],
    ['schedule × weight decay', 1, [1, 1, -1, -1]],
    ['an explicit trial against the baseline', 1, [1, -1]],
  ]);
});

test('a grid: main effects over the other factors, and interactions', () => {
  expect(
    kinds('method: grid\nfactors: { schedule: [cosine, constant], weightDecay: [0, 0.1, 0.2] }'),
  ).toEqual([
    ['a level of schedule, over 3 combinations', 1, [1 / 3, 1 / 3, 1 / 3, -1 / 3, -1 / 3, -1 / 3]],
    ['a level of weight decay, over 2 combinations', 2, [0.5, 0.5, -0.5, -0.5]],
    ['schedule × weight decay', 2, [1, 1, -1, -1]],
  ]);
});

test('a random search declares no comparison; with nuisance factors the scientific levels are compared', () => {
  expect(kinds('method: random\nfactors: { learningRate: { min: 0.1, max: 1 } }')).toEqual([]);
  expect(
    kinds(
      'method: { name: random, trials: 2 }\nfactors: { schedule: [cosine, constant], learningRate: { min: 0.1, max: 1, role: nuisance } }',
    ),
  ).toEqual([['a level of schedule', 1, [1, -1]]]);
  expect(
    kinds('factors: { schedule: [cosine, constant], learningRate: { values: [0.1, 1], role: nuisance } }'),
  ).toEqual([['a level against the baseline', 1, [1, -1]]]);
});

test('six contrasts, deviation 0.6: 5 seeds find 1.8 points; 1 point needs 11', () => {
  const one = study(`${six}seeds: 5`);
  const plan = planPower({ study: one, deviation: plannedDeviation(one, undefined, null), look: null });
  expect(plan).toMatchObject({ contrasts: 6, alpha: 0.05, unit: 'points', seeds: 5 });
  expect(plan.deviation).toMatchObject({ value: 0.6, source: 'default' });
  expect(plan.rows[0].detectable).toBeCloseTo(1.85, 1);
  expect(plan.rows[0].neededSeeds).toBe(11);
});

test('a later look detects less, one seed nothing, and a loss has no default deviation', () => {
  const one = study(`${six}seeds: 5`);
  const deviation = plannedDeviation(one, 0.6, null);
  const later = planPower({ study: one, deviation, look: 2 });
  expect(later.alpha).toBeCloseTo(0.008);
  expect(later.rows[0].detectable).toBeGreaterThan(2.2);
  const single = study(`${six}seeds: 1`);
  const [row] = planPower({ study: single, deviation, look: null }).rows;
  expect(row).toMatchObject({ detectable: null, neededSeeds: 11 });
  expect(row.reason).toMatch(/at least 2 seeds/);
  const loss = study(`${six}metric: validLoss\nsmallestEffect: 0.05`);
  expect(plannedDeviation(loss, undefined, null)).toBeNull();
  expect(planPower({ study: loss, deviation: null, look: null }).rows[0].reason).toMatch(/no deviation/);
});

test('pairs are planned with the deviation of uncorrelated differences', () => {
  const paired = study('factors: { weightDecay: [0, 0.1] }\npairing: paired\nseeds: 5\nsmallestEffect: 1.2');
  const [row] = planPower({ study: paired, deviation: plannedDeviation(paired, 0.6, null), look: null }).rows;
  // One list of differences: at n = 5 the noncentral t of SciPy gives power 0.79 at 1 / 0.6 = 1.67 of its deviations.
  expect(row.detectable! / (0.6 * Math.SQRT2)).toBeCloseTo(1.68, 1);
});

test('a measured deviation is taken at its upper 80% limit, over trials with two runs or more', () => {
  const records = exampleStudy({ factors: { learningRate: [0.01, 0.05] }, seeds: [0, 1] });
  const runs = records.runs.map((run, i) => ({
    ...exampleRun({
      validAccuracy: [
        [0.5, 0.52],
        [0.6, 0.64],
      ][Math.floor(i / 2)].slice(i % 2, (i % 2) + 1),
    }),
    record: { ...run.record, epochs: 1, epochsDone: 1 },
  }));
  const found = plannedDeviation(records.study, undefined, { ...records, runs });
  // Variances 2 and 8 points squared with one degree of freedom each: sqrt(5). Limit: sd sqrt(2 / chi2(0.2, 2)).
  expect(found?.measured).toMatchObject({ trials: 2, df: 2 });
  expect(found?.measured?.sd).toBeCloseTo(Math.sqrt(5), 9);
  expect(found?.value).toBeCloseTo(Math.sqrt(5) * Math.sqrt(2 / 0.446287102628419), 6);
  const single = plannedDeviation(records.study, undefined, { ...records, runs: [runs[0], runs[2]] });
  expect(single).toMatchObject({ source: 'default', value: 0.6 });
});

const deviation = { value: 0.6, source: 'default', measured: null } as const;
const planned = (more: string) => planPower({ study: study(more), deviation, look: null });
const smaller = 'that a difference is smaller (TOST, 80% of studies where there is none)';

test('says in one line what the seeds cannot find, and the seeds for equivalence', () => {
  const one = '1 point (a level against the baseline)';
  const needs = `80% power needs 11; to show ${smaller} takes 12.`;
  expect(planned(`${six}seeds: 3\n`).limits).toEqual([`3 seeds cannot find ${one}: ${needs}`]);
  expect(planned(`${six}seeds: 1\n`).limits).toEqual([
    `1 seed cannot find ${one}, nor any other difference: ${needs}`,
  ]);
  expect(planned(`${six}seeds: 11\n`).limits).toEqual([
    `11 seeds find ${one}, but cannot show ${smaller}: that takes 12.`,
  ]);
  const many = planned(`${six}seeds: 20\n`);
  expect(many).toMatchObject({ limits: [], enough: [`20 seeds find ${one}: ${needs}`] });
});

test('comparisons that need the same are told together', () => {
  const grid = 'method: grid\nfactors: { schedule: [cosine, constant], weightDecay: [0, 0.1] }\nseeds: 5\n';
  const { limits } = planned(grid);
  const both = 'a level of schedule, over 2 combinations; a level of weight decay, over 2 combinations';
  expect(limits).toEqual([
    `5 seeds find 1 point (${both}), but cannot show ${smaller}: that takes 6.`,
    `5 seeds cannot find 1 point (schedule × weight decay): 80% power needs 16; to show ${smaller} takes 18.`,
  ]);
});
