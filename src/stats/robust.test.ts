import { describe, expect, it } from 'vitest';
import { collapsed, undoingShare, unseenShare } from './collapse.js';
import { deadBesideSiblings } from './deadRuns.js';
import { studentTwoSided } from './distributions.js';
import { fisherExact } from './fisher.js';
import { type LopsidedFinding, type Shape, shapeDoubt, shapeOf } from './lopsided.js';
import { skewedP } from './skewedT.js';
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

it('dead runs beside siblings have collapsed only where those are as many, and train as the study does', () => {
  const group = (alive: number[], dead = 1) => ({ alive, dead, noise: 0.03 });
  const sound = group([0.45, 0.44, 0.46], 0);
  expect(deadBesideSiblings([sound, group([0.4, 0.2])])).toEqual([false, true]);
  // As many dead as alive; more dead than alive; nobody alive.
  expect(deadBesideSiblings([sound, group([0.4], 1), group([0.4], 2), group([], 3)])).toEqual([
    false,
    true,
    false,
    false,
  ]);
  // Siblings that barely train, in a study that does; a study that is near guessing as a whole.
  expect(deadBesideSiblings([sound, group([0.21, 0.22])])).toEqual([false, false]);
  expect(deadBesideSiblings([group([0.02, 0.02], 0), group([0.02, 0.025])])).toEqual([false, false]);
  expect(deadBesideSiblings([])).toEqual([]);
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

describe('a finding whose shape speaks against it', () => {
  const steady = [0, 1, -1, 0.5, -0.5];
  const skewed = [-2, -1.8, -1.9, -1.5, 7];
  const finding = (level: readonly number[], holmP: number, baseline: readonly number[] = steady) => {
    const test = welch(level, baseline);
    if (test.status === 'undefined') throw new Error(test.reason);
    const cells = [
      { values: level, coefficient: 1 },
      { values: baseline, coefficient: -1 },
    ];
    return { test, cells, level, testedP: test.p, holmP, alpha: 0.05 };
  };
  const kind = (shape: Shape | null, one: LopsidedFinding) => shapeDoubt(shape, one)?.kind ?? null;

  it('alone is lopsided where one side is noisier and leans, unless its p is very small', () => {
    const shape = shapeOf([skewed], [steady]);
    expect(shape).toMatchObject({ noisier: 'levels', levels: 1 });
    expect(kind(shape, finding(skewed, 0.01))).toBe('lopsided');
    expect(kind(shape, finding(skewed, 0.06))).toBeNull();
    // Runs that lean towards the baseline: the far ones that are missing would take the difference away.
    const towards = [-3.2, -3.1, -3.15, -3, -1];
    const found = finding(towards, 0.00135);
    expect(kind(shapeOf([towards], [steady]), found)).toBe('skewed');
    // Leaning away they would add to it.
    const away = towards.map((value) => -7 - value);
    expect(kind(shapeOf([away], [steady]), finding(away, 0.00007))).toBeNull();
  });
  it('is none where both sides spread alike and evenly', () => {
    expect(kind(shapeOf([steady], [steady]), finding(steady, 0.01))).toBeNull();
    const even = [10, 14, 6, 12, 8];
    expect(kind(shapeOf([even], [steady]), finding(even, 0.004))).toBeNull();
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
    expect(kind(shapeOf([lucky, ...siblings], [steady]), own(lucky))).toBe('lopsided');
    expect(kind(shapeOf([far, ...siblings], [steady]), own(far))).toBeNull();
  });
  it('looks at the baseline where that is the noisier side', () => {
    expect(shapeOf([steady, steady, steady], [skewed])).toMatchObject({ noisier: 'baseline' });
  });
  it('asks whether the baseline alone lies off, where it leans towards levels that all lie on one side', () => {
    const baseline = [-3.2, -3.3, -3.1, -3.25, -1.9];
    const levels = [steady, steady.map((value) => value + 0.3), steady.map((value) => value - 0.2)];
    const one = (holmP: number) => finding(levels[0]!, holmP, baseline);
    const shape = shapeOf(levels, [baseline]);
    expect(shape).toMatchObject({ isBaselineAlone: true });
    expect(kind(shape, one(0.03))).toBe('baseline');
    expect(kind(shape, { ...one(0.004), cells: [] })).toBeNull();
    const apart = [...levels, steady.map((value) => value - 9)];
    expect(shapeOf(apart, [baseline])).toMatchObject({ isBaselineAlone: false });
    const even = baseline.map((value) => -6 - value);
    expect(shapeOf(levels, [even])).toMatchObject({ isBaselineAlone: false });
  });
});

it('Hall’s corrected t is the plain one without a lean, and nearer to 0 where far runs are missing', () => {
  const even = [
    { values: [1, 2, 3], coefficient: 1 },
    { values: [-1, 0, 1], coefficient: -1 },
  ];
  const test = (cells: typeof even) => {
    const made = welch(cells[0]!.values, cells[1]!.values);
    if (made.status === 'undefined') throw new Error(made.reason);
    return made;
  };
  expect(skewedP(even, test(even), 3)).toBeCloseTo(test(even).p, 12);
  const leaning = [
    { values: [-5, -4, -1], coefficient: 1 },
    { values: [-1, 0, 1], coefficient: -1 },
  ];
  const { estimate, standardError, df, p } = test(leaning);
  const centre = -10 / 3;
  const m3 = ((-5 - centre) ** 3 + (-4 - centre) ** 3 + (-1 - centre) ** 3) / 3;
  const a = m3 / 9 / standardError ** 3;
  const t = estimate / standardError;
  const corrected = t + (a * t * t) / 3 + (a * a * t ** 3) / 27 + a / 6;
  expect(corrected).toBeGreaterThan(t);
  expect(skewedP(leaning, test(leaning), 1)).toBeCloseTo(studentTwoSided(corrected, df), 12);
  expect(skewedP(leaning, test(leaning), 1)).toBeGreaterThan(p);
  expect(skewedP(leaning, test(leaning), 3)).toBeGreaterThan(skewedP(leaning, test(leaning), 1));
});
