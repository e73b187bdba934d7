import { describe, expect, test } from 'vitest';
import { contrast } from './contrast.js';
import { type FactorialDesign, type FactorStep, factorialCells } from './factorial.js';

const factorialContrast = (design: FactorialDesign, steps: readonly FactorStep[], at = {}) =>
  contrast(factorialCells(design, steps, at));

const design: FactorialDesign = {
  shape: [2, 2],
  cells: [
    [50.1, 50.9, 50.4],
    [52.3, 51.6, 52.0, 52.9],
    [51.0, 51.8, 51.1],
    [57.2, 55.9, 56.4],
  ],
};

/** Expected numbers: the same contrasts from NumPy means and variances and SciPy's t. */
describe('2 x 2 with unequal n', () => {
  test('main effect of the first factor', () => {
    const result = factorialContrast(design, [{ factor: 0, level: 1, reference: 0 }]);
    if (result.status !== 'ok') throw new Error(result.reason);
    expect(result.estimate).toBeCloseTo(2.5666666666666664, 10);
    expect(result.df).toBeCloseTo(7.225556191641782, 9);
    expect(result.low).toBeCloseTo(1.8855339816070833, 6);
    expect(result.high).toBeCloseTo(3.2477993517262496, 6);
  });

  test('interaction', () => {
    const steps = [0, 1].map((factor) => ({ factor, level: 1, reference: 0 }));
    const result = factorialContrast(design, steps);
    if (result.status !== 'ok') throw new Error(result.reason);
    expect(result.estimate).toBeCloseTo(3.4666666666666615, 10);
    expect(result.p).toBeCloseTo(0.0004904672681049423, 9);
    expect(result.low).toBeCloseTo(2.104401296547495, 6);
  });

  test('simple effects differ by the interaction', () => {
    const step = { factor: 0, level: 1, reference: 0 };
    const effects = [0, 1].map((l) => factorialContrast(design, [step], { 1: l }));
    const [at0, at1] = effects.map((e) => (e.status === 'ok' ? e.estimate : Number.NaN));
    expect(at1 - at0).toBeCloseTo(3.4666666666666615, 10);
  });
});

describe('larger designs', () => {
  /** Cell mean = 10 f + 100 g + 7 f g h, with some spread. */
  const shape = [2, 3, 2];
  const cells = Array.from({ length: 12 }, (_, i) => {
    const [f, g, h] = [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2];
    const center = 10 * f + 100 * g + 7 * f * g * h;
    return [center - 1, center, center + 1];
  });

  test('row-major cells, contrasts of any order', () => {
    const f = { factor: 0, level: 1, reference: 0 };
    const g = { factor: 1, level: 2, reference: 1 };
    const h = { factor: 2, level: 1, reference: 0 };
    const estimate = (steps: (typeof f)[]) => {
      const result = factorialContrast({ shape, cells }, steps);
      return result.status === 'ok' ? result.estimate : result.reason;
    };
    expect(estimate([f])).toBeCloseTo(10 + 3.5, 10);
    expect(estimate([g])).toBeCloseTo(100 + 7 / 4, 10);
    expect(estimate([f, g])).toBeCloseTo(3.5, 10);
    expect(estimate([f, g, h])).toBeCloseTo(7, 10);
  });

  test('a cell that takes part and has one value is named; one that does not is no matter', () => {
    const broken = cells.map((cell, i) => (i === 0 ? [1] : cell));
    const f = { factor: 0, level: 1, reference: 0 };
    expect(factorialContrast({ shape, cells: broken }, [f])).toEqual({
      status: 'undefined',
      reason: 'cell (0, 0, 0) has 1 of at least 2 values',
    });
    expect(factorialContrast({ shape, cells: broken }, [f], { 1: 1 }).status).toBe('ok');
  });
});
