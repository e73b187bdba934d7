/** The winner's curse against simulated studies, and in the limits where it is known. */

import { expect, test } from 'vitest';
import { exaggeration } from './exaggeration.js';
import { pairedT } from './pairedT.js';
import { Draws } from './simulation/errors.js';
import { welch } from './welch.js';

const known = (delta: number, df: number, level: number) => {
  const found = exaggeration({ delta, df }, level);
  if (found.status !== 'ok') throw new Error(found.reason);
  return found;
};

/** Mean size of the estimates that pass, in units of the true difference, and how many pass. */
function simulated(
  studies: number,
  draw: (draws: Draws) => { estimate: number; p: number },
  truth: number,
  level: number,
) {
  let sum = 0;
  let passed = 0;
  for (let study = 0; study < studies; study++) {
    const { estimate, p } = draw(new Draws(900, study));
    if (p > level) continue;
    sum += Math.abs(estimate);
    passed += 1;
  }
  return { ratio: sum / passed / truth, power: passed / studies };
}

test.each([
  [5, 1, 0.05],
  [5, 2, 0.05],
  [3, 2, 0.05],
  [10, 0.8, 0.05 / 6],
])('paired differences of %i seeds, a true one of %d deviations, level %d', (n, truth, level) => {
  const found = known(truth * Math.sqrt(n), n - 1, level);
  const seen = simulated(
    20_000,
    (draws) => {
      const result = pairedT(
        Array.from({ length: n }, () => truth + draws.normal()),
        Array.from({ length: n }, () => 0),
      );
      if (result.status !== 'ok') throw new Error(result.reason);
      return result;
    },
    truth,
    level,
  );
  expect(Math.abs(found.power - seen.power)).toBeLessThan(0.012);
  expect(Math.abs(found.ratio / seen.ratio - 1)).toBeLessThan(0.015);
});

test('Welch with equal deviations: within 3% of the simulation, although its degrees of freedom vary', () => {
  const [n, truth] = [5, 1.5];
  const sample = (draws: Draws, mean: number) => Array.from({ length: n }, () => mean + draws.normal());
  const seen = simulated(
    20_000,
    (draws) => {
      const result = welch(sample(draws, truth), sample(draws, 0));
      if (result.status !== 'ok') throw new Error(result.reason);
      return result;
    },
    truth,
    0.05,
  );
  const found = known(truth / Math.sqrt(2 / n), 2 * (n - 1), 0.05);
  expect(Math.abs(found.ratio / seen.ratio - 1)).toBeLessThan(0.03);
});

test('Gelman and Carlin: large samples exaggerate by 1.4 at a power of one half, by 2.5 at 0.17; by nothing where all pass', () => {
  expect(known(1.96, 2000, 0.05).power).toBeCloseTo(0.5, 2);
  expect(known(1.96, 2000, 0.05).ratio).toBeCloseTo(1.41, 2);
  expect(known(1, 2000, 0.05).power).toBeCloseTo(0.17, 2);
  expect(known(-1, 2000, 0.05).ratio).toBeCloseTo(2.5, 1);
  expect(known(10, 2000, 0.05).ratio).toBeCloseTo(1, 5);
});

test('what is impossible has a reason', () => {
  for (const [delta, df, level] of [
    [0, 4, 0.05],
    [Number.NaN, 4, 0.05],
    [1, 0, 0.05],
    [1, 4, 0],
  ] as const)
    expect(exaggeration({ delta, df }, level).status).toBe('undefined');
});
