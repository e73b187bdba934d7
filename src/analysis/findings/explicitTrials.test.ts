/** Explicit trials that set a key that is no factor: their runs are no repeats of a trial of the design. */

import { describe, expect, it } from 'vitest';
import { judge } from '../../../test/support/exampleClaims.js';
import { type Ending, madeStudy } from '../../../test/support/madeStudy.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { bestLevels } from '../trials/bestLevels.js';
import { crossedCells, crossedPairs } from '../trials/crossed.js';
import { levelGroups } from '../trials/levels.js';
import { groupStudy } from '../trials/study.js';

const ONE = 'factors: { learningRate: [0.01, 0.05], weightDecay: [0, 0.01] }\nseeds: 3\n';
const GRID = `method: grid\n${ONE}interactions: [[learningRate, weightDecay]]\n`;
const BATCH = 'trials:\n  - { training.batchSize: 64 }\n';
const spread = (centre: number, { seed }: Run) => centre + [-0.3, 0, 0.3][seed.label]!;

describe.each([
  ['a one-factor study', ONE],
  ['a grid', GRID],
])('%s with an explicit trial of another batch size', (_, text) => {
  // Twenty points above the rest, so that a pooled mean shows.
  const records = madeStudy(text + BATCH, (run) => spread(run.trial.isExplicit ? 75 : 55, run));
  const own = records.runs.filter(({ record }) => record.levels['training.batchSize'] === 64);

  it('keeps it out of the levels', () => {
    expect(own).toHaveLength(3);
    for (const factor of records.study.factors)
      for (const { runs } of levelGroups(records, factor))
        expect(runs.filter((run) => own.includes(run))).toEqual([]);
  });

  it('and out of the combinations of levels and the claims', () => {
    for (const pair of crossedPairs(records))
      for (const { runs, mixed } of crossedCells(records, pair)) {
        expect(runs).toHaveLength(3);
        expect(mixed).toBe(false);
      }
    const claim = { kind: 'level', measure: 'validAccuracy.last', atLeast: 70, reason: 'r' };
    const trial = { 'training.batchSize': 64 };
    const [baseline, batch] = judge(records, [
      { ...claim, trial: 'baseline' },
      { ...claim, trial },
    ]);
    expect(baseline!.verdict).toBe('contradicted');
    expect(baseline!.evidence).toMatch(/55\.00%, mean of 3 runs/);
    expect(batch!.verdict).toBe('supported');
    expect(batch!.evidence).toMatch(/75\.00%, mean of 3 runs/);
  });
});

it('a trial of another batch size is not the combination of the best levels', () => {
  const text = `${ONE}trials:\n  - { training.batchSize: 64, learningRate: 0.01, weightDecay: 0.01 }\n`;
  const records = madeStudy(text, (run) =>
    spread(run.trial.levels.learningRate === 0.01 || run.trial.levels.weightDecay === 0.01 ? 60 : 55, run),
  );
  expect(bestLevels(groupStudy(records))).toMatchObject({
    levels: { learningRate: 0.01, weightDecay: 0.01 },
    trial: null,
  });
});

it('nor a cell of the design that has no trial', () => {
  const records = madeStudy(
    `${ONE}trials:\n  - { training.batchSize: 64, learningRate: 0.01, weightDecay: 0.01 }\ninteractions: [[learningRate, weightDecay]]\n`,
    (run) => spread(55, run),
  );
  const { findings } = analyse(records);
  const interaction = findings.find(
    ({ factor, family }) => factor.includes(' x ') && family === 'confirmatory',
  );
  expect(interaction!.verdict).toBe('not testable');
});

describe('the best levels together', () => {
  const rates = (ending: (run: Run) => Ending, more = '') =>
    madeStudy(
      `factors: { learningRate: [0.01, 0.05, 0.2], weightDecay: [0, 0.01] }\nseeds: 3\n${more}`,
      ending,
    );

  it.each(['', 'metric: { name: validAccuracy, at: best }\n'])(
    'leave out levels with a diverged run, however good the survivors are %s',
    (more) => {
      const records = rates((run) => {
        if (run.trial.levels.learningRate === 0.2) return run.seed.label === 0 ? 90 : 'diverged';
        return spread(run.trial.levels.learningRate === 0.01 ? 60 : 55, run);
      }, more);
      expect(bestLevels(groupStudy(records))).toMatchObject({
        levels: { learningRate: 0.01 },
        leftOut: ['learning rate 0.2'],
      });
    },
  );
});
