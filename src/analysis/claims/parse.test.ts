import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseClaims } from './parse.js';

const level = {
  id: 'a',
  sentence: 'It is high.',
  scope: 'runs',
  kind: 'level',
  trial: 'baseline',
  measure: 'validAccuracy.last',
  atLeast: 50,
  reason: 'Half.',
};
const file = (claims: readonly object[], more: object = {}) =>
  stringify({ source: 'A report', ...more, claims });
const refuse = (claims: readonly object[], more: object = {}) => {
  try {
    parseClaims(file(claims, more), 'c.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe('a claims file', () => {
  it('is read with its defaults', () => {
    const { claims, baseline } = parseClaims(file([level]));
    expect(claims[0]).toMatchObject({ page: null, group: null, excludes: [], atLeast: 50 });
    expect(baseline).toEqual({});
  });

  it.each([
    [{ ...level, measrue: 1 }, /claims\.0\.measrue.*\n.*rule: {2}one of id[\s\S]*did you mean measure/],
    [{ ...level, kind: 'levle' }, /claims\.0\.kind[\s\S]*value: "levle"\n.*did you mean level/],
    [
      { ...level, scope: 'run' },
      /claims\.0\.scope[\s\S]*one of runs, configurations[\s\S]*did you mean runs/,
    ],
    [{ ...level, measure: 'validAccuracy.lst' }, /claims\.0\.measure[\s\S]*validAccuracy\.lst/],
    [{ ...level, measure: { feature: 'fluctation', of: 'trainLoss' } }, /fluctation[\s\S]*fluctuation/],
    [
      { ...level, trial: { learningrate: 1 } },
      /claims\.0\.trial\.learningrate[\s\S]*did you mean learningRate/,
    ],
    [{ ...level, trial: { learningRate: -1 } }, /claims\.0\.trial\.learningRate[\s\S]*above 0\n.*value: -1/],
    [
      { ...level, kind: 'best', goal: 'highest', atLeast: undefined, measure: 'testAccuracy' },
      /claims\.0\.measure[\s\S]*validation data only[\s\S]*did you mean validAccuracy\.last\?/,
    ],
    [{ ...level, reason: undefined }, /claims\.0\.reason[\s\S]*a text/],
    [{ ...level, atLeast: undefined }, /claims\.0\.value[\s\S]*value with tolerance/],
    [{ ...level, value: 3 }, /claims\.0\.value[\s\S]*value with tolerance/],
    [{ ...level, atMost: 3 }, /claims\.0\.atLeast[\s\S]*at most atMost, 3/],
    [
      {
        ...level,
        kind: 'curve',
        measure: undefined,
        atLeast: undefined,
        criterion: { feature: 'onset', of: 'validLoss' },
      },
      /atLeast, atMost or both/,
    ],
  ])('refuses %j', (claim, message) => {
    expect(refuse([claim])).toMatch(message);
  });

  it('refuses sizes without a reason, ids that stand twice, and exclusions that lead nowhere', () => {
    const { reason: _, atLeast: __, ...rest } = level;
    const difference = { ...rest, kind: 'difference', than: { learningRate: 0.1 }, direction: 'higher' };
    expect(refuse([{ ...difference, atLeast: 1 }])).toMatch(/a size needs its reason/);
    expect(refuse([level, level])).toMatch(/claims\.1\.id[\s\S]*each id once/);
    expect(
      refuse([
        { ...level, excludes: ['b'] },
        { ...level, id: 'c' },
      ]),
    ).toMatch(/no such other claim/);
    expect(
      refuse([
        { ...level, excludes: ['c'], group: 'g' },
        { ...level, id: 'c' },
      ]),
    ).toMatch(/the same group/);
  });

  it('tells its line, all problems at once, and what is no claims file at all', () => {
    const message = refuse([{ ...level, scope: 'all' }], { baseline: { lr: 1 }, sorce: 'x' });
    expect(message).toMatch(/2 problems/);
    expect(message).toMatch(/sorce \(line 4\)[\s\S]*did you mean source/);
    expect(() => parseClaims('- a', 'c.yaml')).toThrow('c.yaml holds no claims');
    expect(() => parseClaims('a: [', 'c.yaml')).toThrow('no valid YAML');
    expect(() => parseClaims('formatVersion: 2', 'c.yaml')).toThrow('newer version');
    expect(refuse([level], { importedAs: { activation: { s: 'sigmoide' } } })).toMatch(
      /importedAs\.activation\.s/,
    );
  });
});

it('refuses an accuracy in fractions, with the two readings', () => {
  const file = (more: string) =>
    parseClaims(
      `source: a\nclaims:\n  - { id: a, sentence: b, source: c, kind: level, scope: configurations, trial: baseline, measure: validAccuracy.last, value: 0.46, tolerance: 0.5, reason: d${more} }\n`,
    );
  expect(() => file('')).toThrow(/two readings[\s\S]*46 for 46%; for 0\.46% write unit: percent[\s\S]*0\.46/);
  expect(file(', unit: percent').claims[0]).toMatchObject({ value: 0.46 });
  const feature = (bound: string) =>
    parseClaims(
      `source: a\nclaims:\n  - { id: a, sentence: b, kind: level, scope: runs, trial: baseline, measure: { feature: mean, of: trainAccuracy, over: 5 }, atLeast: ${bound}, reason: d }\n`,
    );
  expect(() => feature('0.9')).toThrow(/two readings[\s\S]*90 for 90%/);
  expect(() => feature('900')).toThrow(/above 100%/);
  expect(feature('90').claims).toHaveLength(1);
});

it('refuses the size of a difference of accuracies in fractions, with the two readings', () => {
  const file = (kind: string, more: string) =>
    parseClaims(
      `source: a\nclaims:\n  - { id: a, sentence: b, kind: ${kind}, scope: configurations, measure: validAccuracy.last, reason: d, ${more} }\n`,
    );
  const trials = 'trial: baseline, than: { learningRate: 0.1 }, direction: higher';
  const size = /two readings[\s\S]*2 for 2 points; for 0\.02 points write unit: percent[\s\S]*0\.02/;
  expect(() => file('difference', `${trials}, atLeast: 0.02`)).toThrow(size);
  expect(() => file('difference', `${trials}, atMost: 0.02`)).toThrow(size);
  expect(() => file('same', 'trials: [baseline, { learningRate: 0.1 }], margin: 0.02')).toThrow(size);
  expect(() => file('level', 'trial: baseline, value: 46, tolerance: 0.02')).toThrow(size);
  expect(file('difference', `${trials}, atLeast: 0.02, unit: percent`).claims).toHaveLength(1);
  expect(file('difference', `${trials}, atLeast: 0.1`).claims).toHaveLength(1);
  // A loss has no per cent.
  expect(() =>
    parseClaims(
      `source: a\nclaims:\n  - { id: a, sentence: b, kind: difference, scope: configurations, measure: validLoss.last, reason: d, ${trials}, atLeast: 0.02 }\n`,
    ),
  ).not.toThrow();
});
