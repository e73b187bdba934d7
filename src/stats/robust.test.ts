import { describe, expect, it } from 'vitest';
import { collapsed, unseenShare } from './collapse.js';
import { fisherExact } from './fisher.js';
import { isLopsided, shapeOf } from './lopsided.js';

describe('collapsed runs', () => {
  const sound = [
    [55.1, 54.7, 55.4],
    [57.2, 57.9, 57.5],
  ];
  it('are those far from their siblings on the bad side', () => {
    expect(collapsed([...sound, [56, 56.4, 5]], 'maximize').at(-1)).toEqual([false, false, true]);
    expect(collapsed([...sound, [56, 56.4, 5]], 'minimize').flat()).not.toContain(true);
    expect(collapsed([...sound, [1.2, 1.1, 60]], 'minimize').at(-1)).toEqual([false, false, true]);
  });
  it('are none where runs only scatter, or where a group is bad as a whole', () => {
    expect(collapsed([...sound, [56, 56.4, 54]], 'maximize').flat()).not.toContain(true);
    expect(collapsed([...sound, [5, 5.1, 5.3]], 'maximize').flat()).not.toContain(true);
    expect(collapsed([...sound, [56, 5.1, 5.3]], 'maximize').flat()).not.toContain(true);
    expect(collapsed([[1, 1, 1]], 'maximize').flat()).not.toContain(true);
    expect(collapsed([[55, 5]], 'maximize').flat()).not.toContain(true);
  });
  it('may be missed: of three seeds, a share of up to 63%', () => {
    expect(unseenShare(3)).toBeCloseTo(0.6316, 4);
    expect(unseenShare(10)).toBeCloseTo(0.2589, 4);
  });
});

it('Fisher’s exact test is that of R', () => {
  const p = (a: number, nA: number, b: number, nB: number) => {
    const test = fisherExact(a, nA, b, nB);
    return test.status === 'ok' ? test.p : test.reason;
  };
  // fisher.test(matrix(c(3, 2, 0, 5), 2))$p.value, c(5, 0, 0, 5), c(1, 9, 11, 3), c(0, 5, 0, 5)
  expect(p(3, 5, 0, 5)).toBeCloseTo(0.1666667, 6);
  expect(p(5, 5, 0, 5)).toBeCloseTo(0.007936508, 8);
  expect(p(1, 10, 11, 14)).toBeCloseTo(0.002759456, 8);
  expect(p(0, 5, 0, 5)).toBe(1);
  expect(p(6, 5, 0, 5)).toMatch(/6 of 5/);
});

describe('a lopsided comparison', () => {
  const steady = [[0, 1, -1, 0.5, -0.5]];
  const skewed = [[-2, -1.8, -1.9, -1.5, 7]];
  it('is one side noisier and leaning, unless its p is very small', () => {
    const shape = shapeOf(skewed, steady);
    expect(shape!.spread).toBeGreaterThan(1.3);
    expect(isLopsided(shape, 0.01, 0.05)).toBe(true);
    expect(isLopsided(shape, 0.0009, 0.05)).toBe(false);
    expect(isLopsided(shape, 0.06, 0.05)).toBe(false);
  });
  it('is none where both sides spread alike, or evenly', () => {
    expect(isLopsided(shapeOf(steady, steady), 0.01, 0.05)).toBe(false);
    expect(isLopsided(shapeOf([[0, 4, -4, 2, -2]], steady), 0.01, 0.05)).toBe(false);
    expect(shapeOf([[1, 1, 1]], steady)).toBeNull();
  });
});
