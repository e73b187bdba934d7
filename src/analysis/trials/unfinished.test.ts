import { expect, it } from 'vitest';
import { type Ending, madeStudy } from '../../../test/support/madeStudy.js';
import type { Run } from '../../study/types.js';
import { groupStudy } from './study.js';
import { unfinishedText } from './unfinished.js';

const text = (seeds: number, ending: (run: Run) => Ending) =>
  unfinishedText(
    groupStudy(madeStudy(`factors: { learningRate: [0.01, 0.05, 0.2] }\nseeds: ${seeds}\n`, ending)),
  );

it('a paused study says how many of how many runs are left, which, and how to go on', () => {
  const ending = ({ trial, seed }: Run): Ending => {
    if (trial.isBaseline) return seed.label === 2 ? 'interrupted' : 50;
    return trial.levels.learningRate === 0.2 ? 'missing' : seed.label === 0 ? 'failed' : 'diverged';
  };
  expect(text(3, ending)).toBe(
    '5 of 9 runs have not ended: seed 2 of the baseline (interrupted at epoch 2 of 2); seed 0 of learning rate 0.01 (failed); seeds 0 to 2 of learning rate 0.2 (not started). The same “ceteris run” command goes on with them.',
  );
  expect(text(2, () => 50)).toBeNull();
  expect(text(2, () => 'diverged')).toBeNull();
});

it('a run whose rows do not fit its record is not gone on with', () => {
  const grouped = groupStudy(madeStudy('factors: { learningRate: [0.01, 0.05] }\nseeds: 1\n', () => 50));
  const [first] = grouped.records.runs;
  const damaged = { ...first!, record: { ...first!.record, status: 'failed' as const }, misfit: 'rows' };
  const records = { ...grouped.records, runs: [damaged, ...grouped.records.runs.slice(1)] };
  expect(unfinishedText({ ...grouped, records })).toMatch(
    /^1 of 2 runs has not ended: seed 0 of .* \(its rows do not fit its record\)\.$/,
  );
});

it('of many trials the first are named and the rest is counted', () => {
  const rates = Array.from({ length: 7 }, (_, i) => i / 100 + 0.01);
  const study = madeStudy(`factors: { learningRate: [${rates.join(', ')}] }\nseeds: 2\n`, () => 'missing');
  expect(unfinishedText(groupStudy(study))).toMatch(
    /^14 of 14 runs .*; and 6 runs of other trials\. The same/,
  );
});
