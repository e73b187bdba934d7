import { expect, it } from 'vitest';
import { measureOf } from '../analysis/measures/measures.js';
import { type LevelSummary, summarizeLevel } from '../analysis/trials/summary.js';
import { pointDomain } from './measureAxis.js';

const accuracy = measureOf('validAccuracy.last');
const of = (values: number[]): LevelSummary => ({ ...summarizeLevel({ runs: [] }, accuracy), values });

it('single accuracies fit their axis, which stays between 0 and 100%, whatever an interval says', () => {
  const wide = { ...of([0.6, 0.98]), interval: { low: -0.4, high: 1.5 } };
  expect(pointDomain([wide], accuracy)).toEqual([expect.closeTo(0.6 - 0.0456, 9), 1]);
  expect(pointDomain([of([0.01]), of([0.5])], accuracy)[0]).toBe(0);
  expect(pointDomain([of([0.5, 2])], measureOf('validLoss.last'))[1]).toBeCloseTo(2.18, 9);
});
