import { describe, expect, test } from 'vitest';
import { type Decision, decideFamily, type FamilyContrast } from './decision.js';
import { factorialCells } from './factorial.js';
import { sharedBaselineP } from './sharedBaseline.js';
import { welch } from './welch.js';

const baseline = [55.46, 56.1, 54.8, 55.9, 55.2];
const better = baseline.map((x, i) => x + 3 + (i % 2) / 5);
const same = [55.5, 55.8, 55.1, 55.6, 55.45];
const contrasts: FamilyContrast[] = [
  { id: 'better', treated: better, baseline },
  { id: 'same', treated: same, baseline },
  { id: 'unclear', treated: baseline.map((x) => x + 0.7), baseline },
];

function okOf(decision: Decision): Extract<Decision, { status: 'ok' }> {
  if (decision.status !== 'ok') throw new Error(decision.reason);
  return decision;
}

describe('decideFamily', () => {
  test('one of each outcome, with the numbers of the single statistics', () => {
    const decisions = decideFamily(contrasts, { smallestEffect: 1.2 }).map(okOf);
    expect(decisions.map((d) => d.outcome)).toEqual(['different', 'equivalent', 'inconclusive']);
    const single = welch(better, baseline);
    expect(single.status === 'ok' && decisions[0].p).toBe(single.status === 'ok' && single.p);
    expect(decisions[0].holmP).toBeCloseTo(3 * sharedBaselineP(decisions[0], better), 12);
    expect(decisions[0].level).toBe(0.95);
    expect(decisions[0].method).toBe("Welch's t");
    const { needed } = decisions[2];
    expect(needed?.status === 'ok' && needed.seeds).toBeGreaterThan(5);
    expect(needed?.status === 'ok' && needed.deviation).toBeGreaterThan(0.5247);
    expect(needed?.status === 'ok' && needed.alpha).toBe(0.008);
  });

  test('a later look asks for more', () => {
    const look = (k: number) =>
      okOf(decideFamily(contrasts.slice(0, 1), { smallestEffect: 1, look: k, plan: false })[0]);
    expect(look(1)).toMatchObject({ outcome: 'different', alpha: 0.04, needed: null });
    expect(look(9).outcome).toBe('inconclusive');
  });

  test('paired: differences of one seed', () => {
    const [paired] = decideFamily(contrasts.slice(0, 1), { smallestEffect: 1, paired: true, plan: false });
    expect(okOf(paired)).toMatchObject({ method: 'paired t', df: 4 });
    expect(okOf(paired).estimate).toBeCloseTo(3.08, 10);
    const [broken] = decideFamily([{ id: 'x', treated: [1, 2], baseline }], {
      smallestEffect: 1,
      paired: true,
    });
    expect(broken).toEqual({ id: 'x', status: 'undefined', reason: 'the pairs are incomplete: 2, 5 values' });
  });

  test('an interaction is a contrast of cells, paired or not', () => {
    const cells = factorialCells({ shape: [2, 2], cells: [baseline, same, same, better] }, [
      { factor: 0, level: 1, reference: 0 },
      { factor: 1, level: 1, reference: 0 },
    ]);
    const options = { smallestEffect: 1, plan: false };
    const free = okOf(decideFamily([{ id: 'i', cells }], options)[0]);
    const paired = okOf(decideFamily([{ id: 'i', cells }], { ...options, paired: true })[0]);
    expect(free.method).toBe('Welch-Satterthwaite t');
    expect(paired.estimate).toBeCloseTo(free.estimate, 10);
    expect(paired.df).toBe(4);
  });

  test('what cannot be tested says why and still counts in the family', () => {
    const broken: FamilyContrast[] = [
      contrasts[0],
      { id: 'one seed', treated: [57], baseline },
      { id: 'constant', treated: [1, 1], baseline: [1, 1] },
      { id: 'diverged', treated: [57, Number.NaN, 58], baseline },
      { id: 'empty', cells: [] },
    ];
    const decisions = decideFamily(broken, { smallestEffect: 1, plan: false });
    expect(decisions.map((d) => d.status)).toEqual([
      'ok',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
    ]);
    expect(okOf(decisions[0]).holmP).toBeCloseTo(5 * sharedBaselineP(okOf(decisions[0]), better), 12);
    expect(decideFamily([], { smallestEffect: 1 })).toEqual([]);
    expect(decideFamily(broken, { smallestEffect: 0 })[0]).toMatchObject({ status: 'undefined' });
    expect(decideFamily(broken, { smallestEffect: 1, look: 0 })[0]).toMatchObject({ status: 'undefined' });
    expect(decideFamily(broken, { smallestEffect: 1, alpha: 0.6 })[0]).toMatchObject({ status: 'undefined' });
  });
});
