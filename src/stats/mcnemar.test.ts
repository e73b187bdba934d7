import { expect, test } from 'vitest';
import { correlation } from './correlation.js';
import { hedgesG } from './effectSize.js';
import { discordantCounts, mcnemar } from './mcnemar.js';

test('McNemar: scipy.stats.binomtest, minus the probability of the observed count for mid-p', () => {
  const result = mcnemar(21, 9, 200);
  if (result.status !== 'ok') throw new Error(result.reason);
  expect(result.p).toBeCloseTo(0.042773945257067694, 8);
  expect(result.midP).toBeCloseTo(0.029449373483657837, 8);
  // Bonett and Price, computed from their formula in NumPy.
  expect(result.low).toBeCloseTo(0.005133472001060818, 9);
  expect(result.high).toBeCloseTo(0.11367840918705799, 9);
  const many = mcnemar(620, 560, 10_000);
  if (many.status !== 'ok') throw new Error(many.reason);
  expect(many.p).toBeCloseTo(0.08583437241341374, 7);
  expect(many.standardError).toBeGreaterThan(0.0034);
});

test('McNemar: nothing discordant, as many either way, impossible counts', () => {
  expect(mcnemar(0, 0, 10)).toMatchObject({ p: 1, midP: 1, difference: 0, standardError: 0 });
  expect(mcnemar(2, 2, 10)).toMatchObject({ p: 1 });
  const equal = mcnemar(2, 2, 10);
  expect(equal.status === 'ok' && equal.midP).toBeCloseTo(1 - 0.375 / 2, 9);
  expect(mcnemar(6, 5, 10).status).toBe('undefined');
  expect(mcnemar(1.5, 0, 10).status).toBe('undefined');
  expect(mcnemar(0, 0, 0).status).toBe('undefined');
  expect(discordantCounts([true, true, false], [true, false, true])).toEqual({
    status: 'ok',
    onlyFirst: 1,
    onlySecond: 1,
    examples: 3,
  });
  expect(discordantCounts([true], []).status).toBe('undefined');
});

const a = [55.46, 56.1, 54.8, 55.9, 55.2];
const b = [57.97, 57.1, 58.6];
const c = [56.7, 57.5, 55.9, 57.4, 56.2];

test("effect size: Hedges' formula with SciPy's gammaln", () => {
  const g = hedgesG(a, b);
  if (g.status !== 'ok') throw new Error(g.reason);
  expect(g.value).toBeCloseTo(-3.4121940938921855, 8);
  expect(g.correction).toBeCloseTo(0.8686266878274131, 8);
  expect(hedgesG([1, 1], [2, 2]).status).toBe('undefined');
  expect(hedgesG([1], [2, 3]).status).toBe('undefined');
});

test('correlation: scipy.stats.pearsonr', () => {
  const result = correlation(a, c);
  if (result.status !== 'ok' || result.interval === null) throw new Error('undefined');
  expect(result.r).toBeCloseTo(0.9886143609083434, 10);
  expect(result.interval.low).toBeCloseTo(0.8322819119629121, 7);
  expect(result.interval.high).toBeCloseTo(0.999284020529308, 7);
  expect(correlation([1, 2, 3], [2, 4, 6])).toMatchObject({ n: 3, interval: null });
  expect(correlation([1, 1], [2, 3]).status).toBe('undefined');
  expect(correlation([0.3, 0.1 + 0.2], [2, 3]).status).toBe('undefined');
  expect(correlation([1, 2], [2]).status).toBe('undefined');
});
