import { describe, expect, it } from 'vitest';
import {
  again,
  best,
  byRate,
  clean,
  difference,
  flat,
  judge,
  LOW,
  level,
  madeUpStudy,
  order,
  RATES,
  rising,
  same,
  verdicts,
} from '../../../test/support/exampleClaims.js';

describe('what stands against a verdict', () => {
  const all = [{ ...level, value: 55, tolerance: 1 }, difference, same, order, best];
  const configurations = all.map((one) => ({ ...one, ...again }));

  it('one seed', () => {
    const claims = clean(judge(byRate(rising, 0, [0]), configurations));
    expect(verdicts(claims)).toEqual(Array(5).fill('no verdict: one seed'));
    expect(claims[1]!.evidence).toContain('60.00% (learning rate 0.2) and 55.00%');
  });

  it('a trial that was not run, or cannot exist', () => {
    const trial = { learningRate: 0.2, schedule: 'cosine' };
    const claims = [
      { ...level, trial, atLeast: 1 },
      { ...difference, trial },
      { ...best, trial, ...again },
    ];
    const judged = clean(judge(byRate(rising), claims));
    expect(verdicts(judged)).toEqual(Array(3).fill('not run'));
    expect(judged[2]!.evidence).toContain('No run of learning rate 0.2, schedule cosine. Mean');
    const none = madeUpStudy({ factors: RATES, seeds: [0] }, () => ({ status: null }));
    expect(verdicts(clean(judge(none, all)))).toEqual(Array(5).fill('not run'));
  });

  it('a diverged run, an unfinished one, a missing seed', () => {
    const broken = (status: 'diverged' | 'running' | null) =>
      madeUpStudy({ factors: RATES, seeds: [0, 1, 2] }, (run, { learningRate }) => ({
        validAccuracy: flat(Number(learningRate) + 0.001 * run.seed.label),
        ...(run.seed.label === 1 && learningRate === 0.2 ? { status } : {}),
      }));
    const both = [difference, { ...difference, ...again }];
    expect(verdicts(clean(judge(broken('diverged'), both)))).toEqual(
      Array(2).fill('no verdict: diverged runs'),
    );
    expect(judge(broken('diverged'), both)[0]!.evidence).toContain(
      '1 of 3 runs of learning rate 0.2 diverged',
    );
    expect(verdicts(clean(judge(broken('running'), both)))).toEqual(['supported', 'provisional']);
    expect(verdicts(clean(judge(broken(null), both)))).toEqual(['supported', 'provisional']);
    const open = madeUpStudy({ factors: RATES, seeds: [0] }, () => ({
      validAccuracy: [0.1],
      status: 'running',
    }));
    expect(verdicts(clean(judge(open, [difference])))).toEqual(['no verdict: not finished']);
  });

  it('a measure that was not measured, values that do not vary, curves of NaN', () => {
    const gap = { ...level, measure: 'generalizationGap', atLeast: 1 };
    expect(verdicts(clean(judge(byRate(rising), [gap, { ...gap, ...again }])))).toEqual(
      Array(2).fill('no verdict: not measured'),
    );
    const constant = clean(judge(byRate(rising, 0), configurations));
    expect(verdicts(constant)).toEqual(Array(5).fill('no verdict: no variation'));
    expect(constant[1]!.evidence).toContain('do not vary between seeds');
    const empty = madeUpStudy({ factors: RATES, seeds: [0, 1] }, () => ({ validAccuracy: flat(Number.NaN) }));
    expect(verdicts(clean(judge(empty, [...all, ...configurations])))).toEqual(
      Array(10).fill('no verdict: not measured'),
    );
  });

  it('epochs that were not reached are only known to be more', () => {
    const records = madeUpStudy({ factors: RATES, seeds: [0, 1] }, (run, { learningRate }) => ({
      trainAccuracy: flat(learningRate === 0.05 ? 0.95 : 0.3 + 0.01 * run.seed.label),
    }));
    const slower = { ...difference, measure: 'epochsTo90' };
    const claims = [
      slower,
      { ...slower, direction: 'lower' },
      { ...slower, than: LOW },
      { ...slower, ...again },
    ];
    expect(verdicts(clean(judge(records, claims)))).toEqual([
      'supported',
      'contradicted',
      'no verdict: not reached',
      'no verdict: not reached',
    ]);
  });

  it('a mechanism', () => {
    const [claim] = judge(byRate(rising), [{ kind: 'mechanism', why: 'The curves do not show it' }]);
    expect(claim).toMatchObject({ verdict: 'not testable', evidence: 'The curves do not show it.' });
  });
});

describe('depends on another factor', () => {
  const grid = (effects: Readonly<Record<string, number>>, scale = 0.002) =>
    madeUpStudy(
      {
        method: 'grid',
        factors: { learningRate: [0.05, 0.2], schedule: ['constant', 'cosine'] },
        seeds: [0, 1, 2, 3, 4],
      },
      (run, { learningRate, schedule }) => ({
        validAccuracy: flat(
          0.5 +
            (learningRate === 0.2 ? effects[String(schedule)]! : 0) +
            scale * (((run.seed.label * 3 + run.trial.index) % 5) - 2),
        ),
      }),
    );
  const claim = { ...difference, ...again, across: 'schedule' };
  const verdict = (effects: Readonly<Record<string, number>>, scale?: number) =>
    clean(judge(grid(effects, scale), [claim]))[0]!.verdict;

  it('only by a confirmed interaction and simple effects that differ in kind', () => {
    expect(verdict({ constant: 0.05, cosine: -0.05 })).toBe('depends on schedule');
    expect(verdict({ constant: 0.05, cosine: 0 })).toBe('depends on schedule');
    expect(verdict({ constant: 0.05, cosine: 0.1 })).toBe('supported');
    expect(verdict({ constant: -0.05, cosine: -0.1 })).toBe('contradicted');
    expect(verdict({ constant: 0.05, cosine: -0.05 }, 0.1)).toBe('inconclusive');
    expect(verdict({ constant: 0, cosine: 0 }, 0.001)).toBe('equivalent');
  });

  it('a one-factor study says that it did not look', () => {
    const [one] = judge(byRate(rising), [claim]);
    expect(one).toMatchObject({ verdict: 'supported' });
    expect(one!.evidence).toContain('was not examined');
  });
});

describe('groups', () => {
  it('bring claims together where the first one stands', () => {
    const judged = judge(byRate(rising), [
      { ...difference, group: 'g', excludes: ['c2'] },
      order,
      { ...difference, direction: 'lower', group: 'g' },
    ]);
    expect(judged.map(({ id }) => id)).toEqual(['c0', 'c2', 'c1']);
    expect(judged[0]).toMatchObject({
      excludes: ['c2'],
      group: 'g',
      source: 'A report',
      page: null,
      kind: 'difference',
    });
  });
});
