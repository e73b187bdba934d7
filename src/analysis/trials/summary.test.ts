import { describe, expect, it } from 'vitest';
import { exampleRun, exampleStudy } from '../../../test/support/exampleStudy.js';
import { declaredMeasure, MEASURES, measureOf } from '../measures/measures.js';
import { formatInterval, formatValue } from '../words/format.js';
import { bestLevels } from './bestLevels.js';
import { countRuns } from './counts.js';
import { crossedCells, crossedPairs } from './crossed.js';
import { levelGroups } from './levels.js';
import { groupStudy } from './study.js';
import { summarizeLevel, summarizeRun } from './summary.js';

const measured = (id: string, run: ReturnType<typeof exampleRun>) => summarizeRun(run).values[id];

describe('measures of a run', () => {
  const run = exampleRun({
    validLoss: [3, 2, 1, 1.5, 2, 2.5],
    validAccuracy: [0.1, 0.3, 0.5, 0.52, 0.54, 0.56],
    trainAccuracy: [0.2, 0.5, 0.8, 0.9, 0.95, 0.98],
    trainEvalAccuracy: [null, null, 0.75, null, null, 0.99],
  });

  it.each([
    ['validAccuracy.final', 0.56],
    ['validAccuracy.last', 0.54],
    ['validAccuracy.best', 0.56],
    ['validLoss.best', 1],
    ['validLoss.bestEpoch', 3],
    ['generalizationGap', 0.43],
    ['apparentGap', (0.9 + 0.95 + 0.98) / 3 - 0.54],
    ['overfittingOnset', 3],
    ['overfittingRise', 1],
    ['accuracyDrop', 0.04],
    ['epochsTo50', 2],
    ['epochsTo90', 4],
    ['epochsTo99', null],
    ['convergenceSpeed', (0.2 + 0.5 + 0.8 + 0.9 + 0.95 + 0.98) / 6],
    ['stability', 0],
    ['trainEvalLoss.final', null],
    ['testAccuracy', null],
  ])('%s is %s', (id, expected) => {
    const value = measured(id, run);
    if (expected === null) expect(value).toBeNull();
    else expect(value).toBeCloseTo(expected, 12);
  });

  it('removes a trend before it measures fluctuation, with n - 2 degrees of freedom', () => {
    const wavering = exampleRun({ validAccuracy: [0.5, 0.6, 0.5] });
    // Residuals -1/30, 2/30, -1/30: sum of squares 6/900 over one degree of freedom.
    expect(measured('stability', wavering)).toBeCloseTo(Math.sqrt(6 / 900), 12);
  });

  it('gives a run that did not end no measure of its end, but its best', () => {
    const broken = exampleRun(
      { validAccuracy: [0.1, 0.4, 0.2], validLoss: [3, Number.NaN, null] },
      { status: 'diverged' },
    );
    expect(measured('validAccuracy.last', broken)).toBeNull();
    expect(measured('overfittingOnset', broken)).toBeNull();
    expect(measured('validAccuracy.best', broken)).toBe(0.4);
    expect(measured('validLoss.best', broken)).toBe(3);
  });

  it('defines each measure, once', () => {
    expect(new Set(MEASURES.map(({ id }) => id)).size).toBe(MEASURES.length);
    for (const { definition, id } of MEASURES) expect(definition, id).toMatch(/\.$/);
    expect(declaredMeasure({ name: 'testLoss', goal: 'minimize', at: 'last' }).id).toBe('testLoss');
    expect(() => measureOf('loss')).toThrow('unknown measure');
  });

  it('survives runs without a single epoch, and with one', () => {
    for (const curve of [[], [0.5]]) {
      const { values } = summarizeRun(exampleRun({ validAccuracy: curve, validLoss: curve }));
      for (const value of Object.values(values)) expect(value).not.toBeNaN();
    }
  });
});

describe('levels', () => {
  const records = exampleStudy({
    factors: { learningRate: [0.01, 0.05], schedule: ['cosine', 'constant'] },
    seeds: [0, 1, 2],
  });
  const last = measureOf('validAccuracy.last');

  it('have the baseline under every factor, in the order of the study', () => {
    const groups = records.study.factors.map((factor) => levelGroups(records, factor));
    expect(
      groups.map((own) => own.map(({ fullLabel, isBaseline, runs }) => [fullLabel, isBaseline, runs.length])),
    ).toEqual([
      [
        ['learning rate 0.01', false, 3],
        ['learning rate 0.05', true, 3],
      ],
      [
        ['schedule cosine', false, 3],
        ['schedule constant', true, 3],
      ],
    ]);
    expect(groups[0]![1]!.name).toBe(groups[1]![1]!.name);
  });

  it('have mean, deviation and t-interval over their seeds', () => {
    const runs = [0.5, 0.6, 0.7].map((value) => exampleRun({ validAccuracy: [value] }));
    const summary = summarizeLevel({ runs }, last);
    expect(summary).toMatchObject({ n: 3, diverged: 0, divergedShare: 0, reached: null });
    expect(summary.mean).toBeCloseTo(0.6);
    expect(summary.sd).toBeCloseTo(0.1);
    // t(0.975, 2) = 4.302653
    expect(summary.interval!.high).toBeCloseTo(0.6 + (4.302653 * 0.1) / Math.sqrt(3), 5);
    expect(summarizeLevel({ runs: runs.slice(1, 2) }, last)).toMatchObject({
      n: 1,
      sd: null,
      interval: null,
    });
    expect(summarizeLevel({ runs: [] }, last)).toMatchObject({ n: 0, mean: null, divergedShare: null });
  });

  it('count diverged runs, and leave out those that go on', () => {
    const runs = (['done', 'diverged', 'running', 'failed'] as const).map((status) =>
      exampleRun({ validAccuracy: [0.5] }, { status }),
    );
    expect(summarizeLevel({ runs }, last)).toMatchObject({ n: 1, diverged: 1, divergedShare: 0.5 });
  });

  it('say how many runs reached a threshold, with a censored median', () => {
    const runs = [
      [0.4, 0.6],
      [0.6, 0.7],
      [0.1, 0.2],
    ].map((trainAccuracy) => exampleRun({ trainAccuracy }));
    const reached = (some: typeof runs) => summarizeLevel({ runs: some }, measureOf('epochsTo50')).reached;
    expect(reached(runs)).toEqual({ k: 2, n: 3, median: 2 });
    expect(reached([runs[0]!, runs[2]!, runs[2]!])).toEqual({ k: 1, n: 3, median: null });
    expect(reached([runs[0]!, runs[2]!])).toEqual({ k: 1, n: 2, median: null });
  });

  it('know which runs are missing, also where a level has none at all', () => {
    const missing = records.runs.filter(({ record }) => record.trialName === 'schedule=cosine');
    const torn = {
      ...records,
      runs: records.runs.filter((run) => !missing.includes(run)),
      missing: missing.map(({ record }) => ({
        id: record.id,
        trialName: record.trialName,
        seed: record.seed,
      })),
    };
    expect(levelGroups(torn, torn.study.factors[1]!).map(({ runs, missing: n }) => [runs.length, n])).toEqual(
      [
        [0, 3],
        [3, 0],
      ],
    );
    expect(countRuns(torn.runs, torn.missing.length)).toEqual({
      declared: 9,
      done: 6,
      diverged: 0,
      failed: 0,
      unfinished: 0,
      missing: 3,
    });
  });
});

describe('grids', () => {
  const records = exampleStudy({
    method: 'grid',
    factors: { weightDecay: [0, 0.01], schedule: ['cosine', 'constant'] },
    seeds: [0, 1],
  });

  it('cross their factors, and give mixed levels no key of a trial', () => {
    const [pair] = crossedPairs(records);
    const cells = crossedCells(records, pair!);
    expect(
      cells.map(({ levels, runs, mixed }) => [levels.weightDecay, levels.schedule, runs.length, mixed]),
    ).toEqual([
      [0, 'cosine', 2, false],
      [0, 'constant', 2, false],
      [0.01, 'cosine', 2, false],
      [0.01, 'constant', 2, false],
    ]);
    const [group] = levelGroups(records, records.study.factors[0]!);
    expect(group).toMatchObject({ mixed: true, name: 'weightDecay=0' });
    expect(group!.runs).toHaveLength(4);
  });
});

describe('numbers', () => {
  it.each([
    [0.57971, 'accuracy', '57.97%'],
    [-0.0251, 'points', '−2.51 points'],
    [-0.00001, 'points', '0.00 points'],
    [3.96699, 'loss', '3.967'],
    [0.00412, 'loss', '0.00412'],
    [0.015, 'loss', '0.0150'],
    [1e30, 'loss', '> 1e6'],
    [12, 'epoch', '12'],
    [12.5, 'epoch', '12.5'],
    [null, 'loss', '–'],
    [Number.NaN, 'accuracy', '–'],
  ] as const)('%s as %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it('write an interval with its unit once', () => {
    expect(formatInterval(-0.01, 0.02, 'points')).toBe('[−1.00, 2.00] points');
  });
});

describe('the best levels together', () => {
  const bestOf = (records: Parameters<typeof groupStudy>[0]) => bestLevels(groupStudy(records));
  const factors = { learningRate: [0.01, 0.05], schedule: ['cosine', 'constant'] };

  it('are named, and a one-factor study has not run them', () => {
    const best = bestOf(exampleStudy({ factors, seeds: [0] }));
    expect(best).toEqual({
      chosenBy: 'levels',
      levels: { learningRate: 0.01, schedule: 'cosine' },
      leftOut: [],
      trial: null,
    });
  });

  it('are found among explicit trials, and in a grid', () => {
    const trials = [{ learningRate: 0.01, schedule: 'cosine' }];
    const explicit = bestOf(exampleStudy({ factors, seeds: [0, 1], more: { trials } }));
    expect(explicit?.trial).toMatchObject({ name: 'learningRate=0.01,schedule=cosine', metric: { n: 2 } });
    expect(bestOf(exampleStudy({ factors, seeds: [0], method: 'grid' }))?.trial?.metric.n).toBe(1);
  });

  it('are none where nothing is compared', () => {
    expect(bestOf(exampleStudy({ factors: {}, seeds: [0] }))).toBeNull();
  });
});
