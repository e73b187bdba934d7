import { expect, it } from 'vitest';
import { madeStudy } from '../../../test/support/madeStudy.js';
import type { PredictionRow } from '../../store/records.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { compareNetworks, networkSentences } from './compareNetworks.js';
import { compareTrials } from './compareTrials.js';

const ONE = 'factors: { learningRate: [0.01, 0.05, 0.2] }\nseeds: 3\n';
const value = ({ trial, seed }: Run) => 50 + 3 * trial.index + [-0.3, 0, 0.3][seed.label]!;

it('a declared comparison is the study’s finding, whichever trial is named first', () => {
  const records = madeStudy(ONE, value);
  const [finding] = analyse(records).findings;
  expect(finding!.verdict).toBe('supported');
  expect(compareTrials(analyse(records), 'learningRate=0.01', 'baseline')).toEqual(finding);
  expect(compareTrials(analyse(records), 'baseline', 'learningRate=0.01')).toEqual(finding);
  expect(compareTrials(analyse(records), 'baseline', 'nothing')).toBeNull();
});

it('an undeclared one has a plain interval, no p and at most "suggests"', () => {
  const one = compareTrials(analyse(madeStudy(ONE, value)), 'learningRate=0.2', 'learningRate=0.01')!;
  expect(one).toMatchObject({ verdict: 'suggests', p: null, holmP: null, family: 'exploratory', n: [3, 3] });
  expect(one.estimate).toBeCloseTo(0.03, 11);
  expect(one.sentence).toMatch(/^The data suggest a higher mean validation accuracy .* by 3\.00 points\.$/);
  expect(one.notes[0]).toMatch(/was not declared/);
  const single = compareTrials(
    analyse(madeStudy(ONE.replace('3', '1'), value)),
    'learningRate=0.2',
    'learningRate=0.01',
  )!;
  expect([single.verdict, single.interval]).toEqual(['no verdict: one seed', null]);
});

/** `right` images of 40 are right; the others are not. */
const predictions = (right: (index: number) => boolean, split: PredictionRow['split'] = 'validation') =>
  Array.from(
    { length: 40 },
    (_, index): PredictionRow => ({
      split,
      index,
      label: 1,
      predicted: right(index) ? 1 : 0,
      loss: right(index) ? 0.1 : 2,
    }),
  );

it('two networks are compared over their images, by McNemar and the bootstrap', () => {
  const first = predictions((i) => i < 30);
  const second = [...predictions((i) => i >= 12 && i < 32)].reverse();
  const [result] = compareNetworks(first, second);
  // 12 images only the first, 2 only the second: exact p = 2 P(X <= 2 | 14, 1/2) = 2 (1 + 14 + 91) / 2^14.
  expect(result).toMatchObject({
    split: 'validation',
    examples: 40,
    onlyFirst: 12,
    onlySecond: 2,
    difference: 0.25,
  });
  if (result === undefined || 'reason' in result) throw new Error('not compared');
  expect(result.p).toBeCloseTo((2 * 106) / 2 ** 14, 12);
  expect(result.accuracyBootstrap!.low).toBeGreaterThan(0);
  expect(result.lossDifference).toBeCloseTo((-12 * 1.9 + 2 * 1.9) / 40, 12);
  const [sentence] = networkSentences(result, ['A', 'B']);
  expect(sentence).toMatch(
    /^On 40 validation images, only A is right on 12, only B on 2: difference \+25\.00 points, 95% interval/,
  );
});

it('networks that saw different images, or differ nowhere, give a statement', () => {
  const whole = predictions(() => true);
  const [different] = compareNetworks(whole, whole.slice(1));
  expect(different).toEqual({
    split: 'validation',
    reason: 'the two networks were measured on different validation images',
  });
  const [same] = compareNetworks(whole, whole);
  expect(same).toMatchObject({ difference: 0, p: 1, accuracyBootstrap: null, lossBootstrap: null });
  expect(compareNetworks([], [])).toEqual([]);
});
