import { describe, expect, it } from 'vitest';
import { dependsOnTotal, learningRateAt, parseSchedule, type ScheduleSpec } from './schedule.js';

describe('learningRateAt', () => {
  it('constant', () => {
    expect(learningRateAt('constant', 0.05, 0, 10)).toBe(0.05);
    expect(learningRateAt('constant', 0.05, 9, 10)).toBe(0.05);
  });

  it('cosine: lr/2 * (1 + cos(pi e / 300)), 0 after the last epoch', () => {
    expect(learningRateAt('cosine', 0.05, 0, 300)).toBe(0.05);
    expect(learningRateAt('cosine', 0.05, 150, 300)).toBeCloseTo(0.025, 15);
    expect(learningRateAt('cosine', 0.05, 299, 300)).toBeCloseTo(1.3707e-6, 9);
    expect(learningRateAt('cosine', 0.05, 300, 300)).toBe(0);
  });

  it('cosine over a fixed span does not look at the total', () => {
    const schedule = { name: 'cosine', over: 300 };
    expect(learningRateAt(schedule, 0.05, 100, 20)).toBe(learningRateAt('cosine', 0.05, 100, 300));
    expect(learningRateAt(schedule, 0.05, 400, 500)).toBe(0);
  });

  it('step', () => {
    const schedule = { name: 'step', every: 30, factor: 0.1 };
    expect(learningRateAt(schedule, 1, 29, 90)).toBe(1);
    expect(learningRateAt(schedule, 1, 30, 90)).toBeCloseTo(0.1, 15);
    expect(learningRateAt(schedule, 1, 60, 90)).toBeCloseTo(0.01, 15);
  });

  it('warmup rises to the base rate, then the rule counts from there', () => {
    const constant = { name: 'constant', warmup: 3 };
    expect([0, 1, 2, 3, 4].map((e) => learningRateAt(constant, 1, e, 10))).toEqual([0.25, 0.5, 0.75, 1, 1]);
    const cosine = { name: 'cosine', warmup: 4 };
    expect(learningRateAt(cosine, 1, 4, 14)).toBe(1);
    expect(learningRateAt(cosine, 1, 9, 14)).toBeCloseTo(0.5, 15);
  });
});

describe('dependsOnTotal', () => {
  it('only cosine without a span of its own', () => {
    expect(dependsOnTotal('cosine')).toBe(true);
    expect(dependsOnTotal({ name: 'cosine', over: 300 })).toBe(false);
    expect(dependsOnTotal('constant')).toBe(false);
    expect(dependsOnTotal({ name: 'step', every: 3, factor: 0.5 })).toBe(false);
  });
});

describe('parseSchedule', () => {
  it('writes defaults out, and reads what it wrote', () => {
    expect(parseSchedule('cosine')).toEqual({ name: 'cosine', over: null, warmup: 0 });
    expect(parseSchedule(parseSchedule('cosine'))).toEqual(parseSchedule('cosine'));
  });

  it.each<[ScheduleSpec, RegExp]>([
    ['linear', /one of constant, cosine, step/],
    [{}, /no such schedule/],
    [{ name: 'cosine', over: 0 }, /schedule\.over/],
    [{ name: 'cosine', every: 3 }, /schedule\.every/],
    [{ name: 'step', factor: 0.1 }, /schedule\.every/],
    [{ name: 'step', every: 3, factor: -1 }, /schedule\.factor/],
    [{ name: 'constant', warmup: 1.5 }, /schedule\.warmup/],
  ])('refuses %o', (spec, message) => {
    expect(() => parseSchedule(spec)).toThrow(message);
  });
});
