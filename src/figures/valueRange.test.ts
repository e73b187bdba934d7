import { expect, it } from 'vitest';
import { type Spread, valueRange } from './valueRange.js';

const at = (value: number, half: number | null = null): Spread => ({
  value,
  low: half === null ? null : value - half,
  high: half === null ? null : value + half,
});
const levels = [53, 54.5, 55, 56, 57, 58].map((value) => at(value, 0.8));

it('one dead level does not flatten the rest: it is beyond', () => {
  const { domain, beyond } = valueRange([...levels, at(5, 0)]);
  expect(domain[0]).toBeGreaterThan(45);
  expect(domain[1]).toBeLessThan(62);
  expect(beyond).toBe(3);
});

it('of a few values none is an outlier: the one apart is the result', () => {
  const { domain, beyond } = valueRange([at(79.88), at(60.08), at(59.58), at(60.08)]);
  expect(domain[1]).toBeGreaterThan(79.88);
  expect(beyond).toBe(0);
});

it('one interval of two runs does not either: it is cut', () => {
  const { domain, beyond } = valueRange([...levels, at(55, 40)]);
  expect(domain[1] - domain[0]).toBeLessThan(20);
  expect(beyond).toBe(2);
});

it('intervals that are alike are shown whole, however close together their values lie', () => {
  const near = [at(69.68, 4.3), at(70.19, 5.2), at(67.55, 2.6), at(69.31, 6.6)];
  expect(valueRange(near).beyond).toBe(0);
  const differences = [at(-1.5, 2.8), at(1.25, 5.5), at(1.13, 2.8)];
  expect(valueRange(differences, { centre: 0, keep: [-1, 1] }).beyond).toBe(0);
  expect(valueRange([at(69, 1), at(70, 60)]).beyond).toBe(2);
});

it('a level that half of the others share is no outlier, and a bad one that can be shown is shown', () => {
  expect(valueRange([at(5), at(5), at(55), at(56)]).domain[0]).toBeLessThan(5);
  expect(valueRange([...levels, at(45, 1)]).domain[0]).toBeLessThan(45);
});

it('holds 0 and the band of differences, and no accuracy below 0 or above 1', () => {
  const { domain } = valueRange([at(4, 0.5)], { centre: 0, keep: [-1, 1] });
  expect([domain[0] < -1, domain[1] > 4.5]).toEqual([true, true]);
  expect(valueRange([at(0.02, 0.5), at(0.9, 0.3)], { bounds: [0, 1] }).domain).toEqual([0, 1]);
});

it('is never empty', () => {
  for (const spreads of [[], [at(0)], [at(2), at(2)], [at(2, 0)], [{ value: null, low: null, high: null }]]) {
    const { domain, beyond } = valueRange(spreads);
    expect(domain[1]).toBeGreaterThan(domain[0]);
    expect(beyond).toBe(0);
  }
});
