/**
 * The statistics' calibration, in a size for every change (the long version: `npm run calibrate`). Bounds leave four
 * Monte-Carlo standard errors beyond what is demanded; the draws are fixed, so a test that passes goes on passing.
 */

import { describe, expect, test } from 'vitest';
import { againstBaseline, contrastPower, twoByTwoInteraction } from '../power.js';
import {
  bootstrapCoverage,
  clopperPearsonCoverage,
  improvementCoverage,
  mcnemarSize,
  tCoverage,
} from './coverage.js';
import { type Rate, scenarios } from './errors.js';
import {
  atChanceFindings,
  epochsTakenForRepeats,
  equivalences,
  falseFindings,
  falseFindingsOverLooks,
  simulatedInteractionPower,
  simulatedPower,
  spoiledFindings,
} from './families.js';
import { atChance, fitted, heldOut, isCollapsing, nearGuessing } from './spoilers.js';
import { calibrationTables, lookPlans } from './tables.js';

const STUDIES = 8000;
const noise = (rate: number, studies: number): number => 4 * Math.sqrt((rate * (1 - rate)) / studies);

function expectWithin({ rate, studies }: Rate, low: number, high: number): void {
  expect(rate).toBeGreaterThanOrEqual(low - noise(low, studies));
  expect(rate).toBeLessThanOrEqual(high + noise(Math.min(high, 0.999), studies));
}

const demanded = scenarios.filter((s) => s.demanded);

describe('t-intervals', () => {
  for (const n of [3, 5, 10]) {
    test.each(demanded.map((s) => [s.name, s] as const))(`mean over ${n} seeds, %s`, (_, scenario) => {
      expectWithin(tCoverage(scenario, 'mean', n, STUDIES), 0.93, 0.97);
    });
    test.each(demanded.map((s) => [s.name, s] as const))(
      `level against baseline, ${n} seeds, %s`,
      (_, scenario) => {
        // What seeds have in common makes a difference steadier than Welch's interval can know: it covers more.
        const shared = scenario.name.startsWith('seed-correlated, 0.');
        expectWithin(tCoverage(scenario, 'welch', n, STUDIES), 0.93, shared ? 1 : 0.97);
      },
    );
    test.each(demanded.map((s) => [s.name, s] as const))(`paired, ${n} seeds, %s`, (_, scenario) => {
      expectWithin(tCoverage(scenario, 'paired', n, STUDIES), 0.93, 0.97);
    });
  }
});

test('exact discrete intervals cover at least 95%, and McNemar holds its 5%', () => {
  for (const n of [3, 5, 10, 30]) expect(clopperPearsonCoverage(n)).toBeGreaterThanOrEqual(0.95);
  for (const n of [3, 5]) expect(improvementCoverage(n)).toBeGreaterThanOrEqual(0.95);
  for (const n of [5, 10, 30]) expect(mcnemarSize(n, 'p')).toBeLessThanOrEqual(0.05);
  // Mid-p gives up exactness for power: with very few discordant examples it exceeds 5% (6.25% at five).
  expect(mcnemarSize(5, 'midP')).toBeCloseTo(0.0625, 9);
  for (const n of [10, 30, 100]) expect(mcnemarSize(n, 'midP')).toBeLessThanOrEqual(0.06);
});

test('the bootstrap over five seeds covers far too little, which is why it is refused', () => {
  expect(bootstrapCoverage('percentile', 5, 400).rate).toBeLessThan(0.9);
});

describe('at most 6% of studies without any effect produce a finding', () => {
  for (const n of [3, 4, 5, 10]) {
    test.each(scenarios.map((s) => [s.name, s] as const))(`${n} seeds, %s`, (_, scenario) => {
      // Beyond the ratios that are demanded, 1:8 at three seeds is held to what docs/statistics.md reports.
      const most = scenario.name === 'unequal 1:8, all levels 8' ? 0.075 : 0.06;
      expectWithin(falseFindings(scenario, n, Math.floor(STUDIES / 3), false), 0, most);
    });
    test.each(demanded.map((s) => [s.name, s] as const))(`paired, ${n} seeds, %s`, (_, scenario) => {
      expectWithin(falseFindings(scenario, n, Math.floor(STUDIES / 3), true), 0, 0.06);
    });
  }
});

describe('skewed levels, and levels whose runs collapse: at most 6% find something without a doubt', () => {
  // Rare collapses that no run of the study shows cannot be seen: docs/statistics.md.
  const isSeen = ({ name }: (typeof heldOut)[number]) => !/^2% of/.test(name);
  const held = [...fitted, ...heldOut].filter(isSeen);
  test.each(held.map((s) => [s.name, s] as const))('six contrasts, %s', (_, scenario) => {
    for (const seeds of [3, 5, 10]) {
      expectWithin(spoiledFindings(scenario, { seeds, contrasts: 6 }, 600).trusted, 0, 0.06);
    }
  });
  const shapes = [...fitted, ...heldOut].filter((one) => !isCollapsing(one));
  test.each(shapes.map((s) => [s.name, s] as const))(
    'one contrast, and an interaction, %s',
    (_, scenario) => {
      for (const contrasts of [1, '2 x 2'] as const) {
        expectWithin(spoiledFindings(scenario, { seeds: 5, contrasts }, 600).trusted, 0, 0.06);
      }
    },
  );
  test('what collapses would undo without a doubt says the share of them', () => {
    for (const scenario of heldOut.filter(isCollapsing)) {
      const { depth } = scenario;
      const { silent } = spoiledFindings(scenario, { seeds: 5, contrasts: 1, depth }, 600);
      expect(silent.rate).toBeLessThan(0.01);
    }
  });
  test('what the rules cost is known: five seeds, normal errors, 2 points', () => {
    const cost = spoiledFindings(scenarios[0]!, { seeds: 5, contrasts: 6, effect: 2 / 0.6 }, 1500);
    expect(cost.plain.rate).toBeGreaterThan(0.84);
    expect(cost.trusted.rate).toBeGreaterThan(0.72);
  });
});

test('looking again: the schedule keeps below 5%, testing at 0.05 each time does not', () => {
  const [naive, spent] = lookPlans;
  expect(falseFindingsOverLooks(naive, scenarios[0], STUDIES).rate).toBeGreaterThan(0.12);
  expectWithin(falseFindingsOverLooks(spent, scenarios[0], STUDIES), 0, 0.05);
});

test('equivalence is false in at most 5% of families', () => {
  expectWithin(equivalences(1, 10, 1, STUDIES), 0, 0.05);
  expectWithin(equivalences(1, 10, 6, Math.floor(STUDIES / 3)), 0, 0.05);
  expect(equivalences(0, 10, 1, Math.floor(STUDIES / 3)).rate).toBeGreaterThan(0.7);
});

describe('power: simulation and formula agree', () => {
  const formula = (planned: ReturnType<typeof againstBaseline>, d: number, n: number): number => {
    const result = contrastPower(planned, d, n);
    return result.status === 'ok' ? result.power : Number.NaN;
  };
  test('a level', () => {
    const expected = formula(againstBaseline(0.6), 1, 7);
    expectWithin(simulatedPower(1, 7, 1, STUDIES), expected, expected);
  });
  test('an interaction', () => {
    const expected = formula(twoByTwoInteraction(0.6), 2, 4);
    expectWithin(simulatedInteractionPower(2, 4, 1, STUDIES), expected, expected);
  });
  test('six contrasts: 2 points need 5 seeds, 1 point 11; three seeds find 2 points in a quarter', () => {
    const found = (d: number, n: number): number => simulatedPower(d, n, 6, Math.floor(STUDIES / 3)).rate;
    expect(found(2, 5)).toBeGreaterThan(0.8);
    expect(found(1, 11)).toBeGreaterThan(0.78);
    expect(Math.abs(found(2, 3) - 0.23)).toBeLessThan(0.05);
  });
});

test('epochs of one run are no repeats', () => {
  expect(epochsTakenForRepeats(500).rate).toBeGreaterThan(0.8);
});

describe('runs that guess beside siblings that train', () => {
  for (const contrasts of [6, 1, '2 x 2'] as const)
    test.each(atChance.map((one) => [one.name, one] as const))(`${contrasts}: %s`, (_, scenario) => {
      expectWithin(atChanceFindings(scenario, { seeds: 5, contrasts }, 600).trusted, 0, 0.06);
    });

  test('the rule takes away what the distance from siblings that scatter leaves', () => {
    const often = atChance.find(({ share, scatter }) => share === 0.2 && scatter === 16)!;
    const { withoutRule, trusted, called } = atChanceFindings(often, { seeds: 10, contrasts: 1 }, 600);
    expect(withoutRule.rate).toBeGreaterThan(0.05);
    expect(trusted.rate).toBeLessThan(0.01);
    expect(called.rate).toBeGreaterThan(0.8);
  });

  test('a level that is bad as a whole has none', () => {
    for (const scenario of nearGuessing.slice(0, 2))
      expect(atChanceFindings(scenario, { seeds: 10, contrasts: 6 }, 300).called.rate).toBe(0);
  });
});

test('the tables of the long version', () => {
  const tables = [...calibrationTables({ coverage: 20, families: 5, bootstrap: 2 })];
  expect(tables).toHaveLength(13);
  expect(tables.join('\n')).not.toMatch(/NaN|undefined|Infinity/);
});
