import { describe, expect, test } from 'vitest';
import { clopperPearson } from './clopperPearson.js';
import { probabilityOfImprovement } from './improvement.js';

describe('Clopper-Pearson: scipy.stats.binomtest(k, n).proportion_ci(0.95, "exact")', () => {
  test.each([
    [4, 5, 0.28358206388191054, 0.9949492366205319],
    [5, 5, 0.47817624989501856, 1],
    [0, 5, 0, 0.5218237501049814],
    [7, 20, 0.1539092047845412, 0.5921885345328283],
    [480, 1000, 0.4486329426945337, 0.5114851175478534],
  ])('%i of %i', (k, n, low, high) => {
    const result = clopperPearson(k, n);
    if (result.status !== 'ok') throw new Error(result.reason);
    expect(result.low).toBeCloseTo(low, 7);
    expect(result.high).toBeCloseTo(high, 7);
  });

  test('impossible counts', () => {
    for (const [k, n] of [
      [0, 0],
      [3, 2],
      [-1, 4],
      [1.5, 4],
    ])
      expect(clopperPearson(k, n).status).toBe('undefined');
    expect(clopperPearson(1, 2, 0).status).toBe('undefined');
  });
});

describe('probability of improvement', () => {
  test('pairs won, ties half, bounds by counting ties either way', () => {
    const result = probabilityOfImprovement([3, 2, 5, 1, 4], [1, 2, 4, 2, 3]);
    expect(result).toMatchObject({ probability: 0.7, won: 3, tied: 1, lost: 1, pairs: 5 });
    if (result.status !== 'ok') throw new Error(result.reason);
    expect(result.low).toBeCloseTo(0.14663279963467, 6);
    expect(result.high).toBeCloseTo(0.9949492366205319, 7);
  });

  test('a loss is better when lower; incomplete pairs are refused', () => {
    expect(probabilityOfImprovement([1, 1], [2, 2], 'minimize')).toMatchObject({ probability: 1 });
    expect(probabilityOfImprovement([1], [1, 2]).status).toBe('undefined');
    expect(probabilityOfImprovement([], []).status).toBe('undefined');
    expect(probabilityOfImprovement([Number.NaN], [1]).status).toBe('undefined');
  });
});
