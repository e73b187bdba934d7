import { describe, expect, it } from 'vitest';
import { collapsed, undoingShare, unseenShare } from './collapse.js';
import { fisherExact } from './fisher.js';
import { isLopsided, shapeOf } from './lopsided.js';
import { welch } from './welch.js';

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
  it('are seen in ten seeds as in three: ten deviations of the others, not five ranges', () => {
    const nine = [0, 0.9, -1.1, 0.4, -0.6, 1.3, -1.4, 0.1, 0.7];
    const groups = [...sound, [...nine, -11.5], nine];
    expect(collapsed(groups, 'maximize')[2]!.filter(Boolean)).toHaveLength(1);
  });
  it('would undo a difference where a share of them is large enough', () => {
    expect(undoingShare(-0.01, 0.5)).toBeCloseTo(0.02, 12);
    expect(undoingShare(0.6, 0.5)).toBeNull();
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
  const steady = [0, 1, -1, 0.5, -0.5];
  const skewed = [-2, -1.8, -1.9, -1.5, 7];
  const finding = (level: readonly number[], holmP: number) => {
    const test = welch(level, steady);
    if (test.status === 'undefined') throw new Error(test.reason);
    return { test, level, testedP: test.p, holmP, alpha: 0.05 };
  };
  it('alone is one side noisier and leaning, unless its p is very small', () => {
    const shape = shapeOf([skewed], [steady]);
    expect(shape).toMatchObject({ noisier: 'levels', levels: 1 });
    expect(isLopsided(shape, finding(skewed, 0.01))).toBe(true);
    expect(isLopsided(shape, finding(skewed, 0.0009))).toBe(false);
    expect(isLopsided(shape, finding(skewed, 0.06))).toBe(false);
  });
  it('is none where both sides spread alike, or evenly', () => {
    expect(isLopsided(shapeOf([steady], [steady]), finding(steady, 0.01))).toBe(false);
    const even = [0, 4, -4, 2, -2];
    expect(isLopsided(shapeOf([even], [steady]), finding(even, 0.01))).toBe(false);
    expect(shapeOf([[1, 1, 1]], [steady])).toBeNull();
  });
  it('beside siblings asks whether it would be found if it scattered as they do, however small its p', () => {
    const lucky = [-2.1, -2, -1.9, -2.05, -1.95];
    const far = lucky.map((value) => value - 60);
    const siblings = [skewed, skewed.map((value) => value + 1)];
    const own = (level: readonly number[]) => {
      const one = finding(level, 0);
      return { ...one, holmP: Math.min(1, 3 * one.testedP) };
    };
    expect(isLopsided(shapeOf([lucky, ...siblings], [steady]), own(lucky))).toBe(true);
    expect(isLopsided(shapeOf([far, ...siblings], [steady]), own(far))).toBe(false);
  });
  it('looks at the baseline where that is the noisier side', () => {
    expect(shapeOf([steady, steady, steady], [skewed])).toMatchObject({ noisier: 'baseline' });
  });
});
