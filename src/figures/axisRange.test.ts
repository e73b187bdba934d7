import { expect, it } from 'vitest';
import { axisRange } from './axisRange.js';

const falling = (epochs: number, from: number, to: number) =>
  Array.from({ length: epochs }, (_, i) => from + ((to - from) * i) / (epochs - 1));

it('one epoch of one run does not flatten the rest', () => {
  const spiked = [4.6, 58.9, ...falling(10, 4, 2)];
  const { domain, scale, beyond } = axisRange([spiked, falling(12, 4.6, 1.5)]);
  expect(domain[1]).toBeCloseTo(4.6 * 1.04, 9);
  expect({ scale, beyond }).toEqual({ scale: 'linear', beyond: 1 });
});

it('also where runs are short', () => {
  expect(
    axisRange([
      [4.6, 58.9, 3, 2.5],
      [4.6, 4, 3.5, 3],
    ]).domain[1],
  ).toBeLessThan(15);
});

it('a curve that lies high with most of its epochs, or at its end, is within', () => {
  const dead = new Array<number>(12).fill(20);
  expect(axisRange([dead, falling(12, 4.6, 1.5)]).domain[1]).toBeCloseTo(20.8, 9);
  expect(axisRange([[...falling(11, 4, 2), 30], falling(12, 4.6, 1.5)]).domain[1]).toBeCloseTo(31.2, 9);
});

it('is logarithmic where most values would lie on the ground', () => {
  const fitted = [4, 2, ...Array.from({ length: 30 }, (_, i) => 0.05 / (i + 1))];
  const { scale, domain } = axisRange([fitted]);
  expect(scale).toBe('log');
  expect(domain[0]).toBeLessThan(0.05 / 30);
  expect(domain[1]).toBeGreaterThan(4);
  expect(axisRange([[...fitted, 0]]).scale).toBe('linear');
});

it('says something of nothing, of zeros and of one value', () => {
  expect(axisRange([])).toEqual({ domain: [0, 1], scale: 'linear', beyond: 0 });
  expect(axisRange([[0, 0]]).domain).toEqual([0, 1]);
  expect(axisRange([[2]]).domain[1]).toBeCloseTo(2.08, 9);
});

it('takes very many values', () => {
  expect(axisRange([Array.from({ length: 300_000 }, (_, i) => 1 + (i % 7))]).domain[1]).toBeCloseTo(7.28, 9);
});
