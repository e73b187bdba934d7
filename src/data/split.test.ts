import { describe, expect, it } from 'vitest';
import type { CeterisError } from '../base/errors.js';
import { maxOf, minOf } from '../base/extremes.js';
import {
  largestRemainder,
  type SplitOptions,
  splitDataset,
  stratifiedSplit,
  trainEvaluationSubset,
} from './split.js';

/** `perClass` images of each of `classes` classes, in turns. */
const labelsOf = (classes: number, perClass: number) =>
  Uint8Array.from({ length: classes * perClass }, (_, i) => i % classes);

function perClass(labels: ArrayLike<number>, indices: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const i of indices) counts[labels[i]] += 1;
  return counts;
}

function detailsOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    return (error as CeterisError).details;
  }
  throw new Error('it was accepted');
}

describe('largestRemainder', () => {
  it('gives whole shares in proportion, the rest to the largest remainders', () => {
    expect(largestRemainder(10, [6, 3, 3])).toEqual([5, 3, 2]);
    expect(largestRemainder(3, [1, 1, 1, 1, 1])).toEqual([1, 1, 1, 0, 0]);
    expect(largestRemainder(0, [4, 4])).toEqual([0, 0]);
    expect(() => largestRemainder(9, [4, 4])).toThrow(RangeError);
  });
});

describe('stratifiedSplit', () => {
  const labels = labelsOf(100, 500);
  const split = stratifiedSplit(labels, { validation: 0.2, seed: 42 });

  it('splits CIFAR-100 exactly: 400 and 100 of each class, disjoint, sorted', () => {
    expect(new Set(perClass(labels, split.train, 100))).toEqual(new Set([400]));
    expect(new Set(perClass(labels, split.validation, 100))).toEqual(new Set([100]));
    expect(new Set([...split.train, ...split.validation]).size).toBe(50_000);
    expect(split.train).toEqual(split.train.slice().sort());
    expect(split.notes).toEqual([]);
  });

  it('depends on the seed, and on nothing else', () => {
    expect(stratifiedSplit(labels, { validation: 0.2, seed: 42 })).toEqual(split);
    expect(stratifiedSplit(labels, { validation: 0.2, seed: 43 }).validation).not.toEqual(split.validation);
  });

  it('nests: a smaller limit takes parts of the same splits', () => {
    const whole = { train: new Set(split.train), validation: new Set(split.validation) };
    const small = stratifiedSplit(labels, { validation: 0.2, seed: 42, limit: 5000 });
    expect([small.train.length, small.validation.length]).toEqual([4000, 1000]);
    expect(small.train.every((i) => whole.train.has(i))).toBe(true);
    expect(small.validation.every((i) => whole.validation.has(i))).toBe(true);
    expect(new Set(perClass(labels, small.train, 100))).toEqual(new Set([40]));
  });

  it('takes each split’s own limit', () => {
    const limited = stratifiedSplit(labels, {
      validation: 0.2,
      seed: 42,
      limit: { train: 4000, validation: 10_000 },
    });
    expect(limited.train.length).toBe(4000);
    expect(limited.validation).toEqual(split.validation);
  });

  it('says so where shares are uneven, and which classes get none', () => {
    const few = stratifiedSplit(labelsOf(10, 50), {
      validation: 0.5,
      seed: 0,
      limit: { train: 25, validation: 7 },
    });
    expect([few.train.length, few.validation.length]).toEqual([25, 7]);
    expect(few.notes[0]).toContain('3 of 10 classes have none');
    expect(few.notes[1]).toContain('2 to 3 per class');
  });

  it('handles classes of unequal size and classes without images', () => {
    const odd = Uint8Array.from([0, 0, 0, 0, 0, 0, 2, 2, 2, 3]);
    const { train, validation } = stratifiedSplit(odd, { validation: 0.4, seed: 1 });
    expect(perClass(odd, validation, 4)).toEqual([3, 0, 1, 0]);
    expect(train.length + validation.length).toBe(10);
  });

  it.each<[SplitOptions, string]>([
    [{ validation: 1, seed: 0 }, 'dataset.validation'],
    [{ validation: Number.NaN, seed: 0 }, 'dataset.validation'],
    [{ validation: 0.2, seed: 0, limit: 60_000 }, 'dataset.limit'],
    [{ validation: 0.2, seed: 0, limit: { train: 45_000, validation: 5001 } }, 'dataset.limit'],
    [{ validation: 0.2, seed: 0, limit: { train: 0, validation: 10 } }, 'dataset.limit'],
  ])('refuses %j', (options, where) => {
    expect(detailsOf(() => stratifiedSplit(labels, options)).where).toBe(where);
  });
});

describe('splitDataset', () => {
  const labels = labelsOf(10, 60);
  const dataset = { labels, trainExamples: 500, testExamples: 100 };

  it('numbers the test file after the training file', () => {
    const split = splitDataset(dataset, { validation: 0.2, seed: 0 });
    expect(split.test).toEqual(Int32Array.from({ length: 100 }, (_, i) => 500 + i));
    expect(Math.max(maxOf(split.train), maxOf(split.validation))).toBe(499);
  });

  it('cuts the test split only where asked, stratified', () => {
    const limit = { train: 100, validation: 50, test: 20 };
    const { test } = splitDataset(dataset, { validation: 0.2, seed: 0, limit });
    expect(perClass(labels, test, 10)).toEqual(new Array(10).fill(2));
    expect(minOf(test)).toBeGreaterThanOrEqual(500);
    expect(splitDataset(dataset, { validation: 0.2, seed: 0, limit: 200 }).test.length).toBe(100);
    const excessive = { validation: 0.2, seed: 0, limit: { ...limit, test: 101 } };
    expect(detailsOf(() => splitDataset(dataset, excessive)).where).toBe('dataset.limit.test');
  });
});

describe('trainEvaluationSubset', () => {
  const labels = labelsOf(10, 50);
  const { train, validation } = stratifiedSplit(labels, { validation: 0.2, seed: 3 });

  it('is a stratified part of the training split, as large as validation', () => {
    const part = trainEvaluationSubset(labels, train, validation.length, 3);
    const members = new Set(train);
    expect(perClass(labels, part, 10)).toEqual(new Array(10).fill(10));
    expect(part.every((i) => members.has(i))).toBe(true);
    expect(new Set(part).size).toBe(100);
    expect(trainEvaluationSubset(labels, train, validation.length, 3)).toEqual(part);
  });

  it('is the whole training split where that is smaller', () => {
    expect(trainEvaluationSubset(labels, train, 10_000, 3)).toEqual(train);
  });
});
