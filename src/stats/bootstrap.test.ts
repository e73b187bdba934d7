import { expect, test } from 'vitest';
import { bootstrapExamples, bootstrapInterval } from './bootstrap.js';

/** Forty values, log-uniform and skewed: exp(linspace(-2, 2.5, 40)). */
const skewed = Array.from({ length: 40 }, (_, i) => Math.exp(-2 + (4.5 * i) / 39));

/** Expected bounds: scipy.stats.bootstrap of SciPy 1.17 with 400,000 resamples. */
test.each([
  ['percentile', 1.8281690185312758, 3.818614974939912],
  ['bca', 1.9168865274185154, 3.9542247244796545],
] as const)('%s interval of a skewed sample', (method, low, high) => {
  const result = bootstrapInterval([skewed], undefined, { method, resamples: 20_000, seed: 1 });
  if (result.status !== 'ok') throw new Error(result.reason);
  expect(Math.abs(result.low - low)).toBeLessThan(0.03);
  expect(Math.abs(result.high - high)).toBeLessThan(0.03);
});

test('equal seeds give equal bounds, others do not', () => {
  const draw = (seed: number) => bootstrapInterval([skewed], undefined, { resamples: 200, seed });
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test('below 30 values it refuses with the reason', () => {
  const result = bootstrapInterval([skewed.slice(0, 29)]);
  expect(result).toMatchObject({ status: 'undefined' });
  expect(result.status === 'undefined' && result.reason).toContain('n = 29');
  expect(bootstrapInterval([skewed, skewed.slice(0, 5)]).status).toBe('undefined');
  expect(bootstrapInterval([]).status).toBe('undefined');
  expect(bootstrapInterval([skewed.map(() => 2)]).status).toBe('undefined');
  expect(bootstrapInterval([[...skewed, Number.NaN]]).status).toBe('undefined');
  expect(bootstrapInterval([skewed], undefined, { resamples: 10 }).status).toBe('undefined');
});

test('two networks over examples: the error is that of the discordant examples', () => {
  const n = 1000;
  const first = Array.from({ length: n }, (_, i) => Number(i % 10 < 6));
  const second = Array.from({ length: n }, (_, i) => Number(i % 10 < 5 || i % 50 === 9));
  const result = bootstrapExamples(first, second, { resamples: 1000 });
  if (result.status !== 'ok') throw new Error(result.reason);
  expect(result.estimate).toBeCloseTo(0.08, 12);
  const half = 1.96 * Math.sqrt((0.12 - 0.08 ** 2) / n);
  expect(Math.abs(result.high - result.low - 2 * half)).toBeLessThan(0.004);
  expect(bootstrapExamples(first, first).status).toBe('undefined');
  expect(bootstrapExamples(first, [1]).status).toBe('undefined');
});
