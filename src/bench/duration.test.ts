import { describe, expect, test } from 'vitest';
import { parseStudy } from '../study/parse.js';
import { classesOf, epochSeconds, publishedSplits, runSeconds, splitExamples } from './duration.js';

const times = { trainMs: 500, evaluateMs: 100 };
const baseline = (dataset: string, epochs = 300) =>
  parseStudy(`name: x\ndataset: ${dataset}\ntraining: { epochs: ${epochs}, batchSize: 128 }`, { file: 'x' })
    .baseline;

test('an epoch drops the last partial training batch and pads the last validation batch', () => {
  expect(epochSeconds(publishedSplits, 128, times)).toBeCloseTo((312 * 500 + 79 * 100) / 1000, 9);
});

describe('a run', () => {
  test('has its epochs, the training split again every tenth, validation and test at the end', () => {
    const configuration = baseline('{ name: cifar100, validation: 0.2 }');
    const evaluations = 30 * 79 + 2 * 79;
    expect(runSeconds(configuration, times)).toBeCloseTo(300 * 163.9 + evaluations / 10, 6);
  });

  test('measures the training split at its last epoch too', () => {
    const long = runSeconds(baseline('{ name: cifar100 }', 10), times);
    const longer = runSeconds(baseline('{ name: cifar100 }', 11), times);
    expect(longer - long).toBeCloseTo(163.9 + 7.9, 6);
  });
});

describe('examples without loading', () => {
  test('fractions and limits', () => {
    expect(splitExamples(baseline('{ name: cifar100, validation: 0.2 }').dataset)).toEqual(publishedSplits);
    expect(splitExamples(baseline('{ name: cifar10, limit: 5000, validation: 0.1 }').dataset)).toEqual({
      train: 4500,
      validation: 500,
      test: 10_000,
    });
    const limit = '{ name: cifar100, limit: { train: 4000, validation: 1000, test: 500 } }';
    expect(splitExamples(baseline(limit).dataset)).toEqual({ train: 4000, validation: 1000, test: 500 });
    const synthetic = '{ name: synthetic, train: 240, test: 40, validation: 0.2, classes: 4 }';
    expect(splitExamples(baseline(synthetic).dataset)).toEqual({ train: 192, validation: 48, test: 40 });
  });

  test('classes', () => {
    expect(classesOf(baseline('{ name: cifar100, labels: coarse }').dataset)).toBe(20);
    expect(classesOf(baseline('{ name: cifar10 }').dataset)).toBe(10);
    expect(classesOf(baseline('{ name: synthetic, classes: 4 }').dataset)).toBe(4);
  });
});
