import { expect, it } from 'vitest';
import { axisRange, logRange } from './axisRange.js';
import { placeLabels } from './endLabels.js';
import { isBandDrawn, logTicks, plainTick } from './panel.js';
import { apartTicks } from './rowPanel.js';

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

it('a logarithmic axis of gradients leaves out what lies more than four powers of ten from the median', () => {
  const { domain, beyond } = logRange([[1, 2, 3, 0.5], [1e30]]);
  expect(domain[1]).toBeLessThan(4);
  expect(beyond).toBe(1);
  expect(logRange([]).domain).toEqual([0.1, 10]);
  expect(logRange([[2, 2]]).domain).toEqual([1, 4]);
});

it('a band is drawn where it is narrower than half the axis, in powers of ten where that is logarithmic', () => {
  const point = (low: number | null, high: number | null) => ({ epoch: 1, mean: 1, n: 3, low, high });
  const linear = { domain: [0, 10], scale: 'linear', beyond: 0 } as const;
  const log = { domain: [0.01, 100], scale: 'log', beyond: 0 } as const;
  expect([point(1, 5), point(1, 7), point(null, null)].map((one) => isBandDrawn(one, linear))).toEqual([
    true,
    false,
    false,
  ]);
  expect([point(0.1, 5), point(0.01, 7), point(-1, 1)].map((one) => isBandDrawn(one, log))).toEqual([
    true,
    false,
    false,
  ]);
});

it('labels at the lines’ ends are moved apart, in the order of the lines, and stay within the panel', () => {
  const placed = placeLabels([{ y: 100 }, { y: 99 }, { y: 20 }, { y: 101 }], [10, 110]).map(
    (one) => one.placed,
  );
  expect(placed[1]!).toBeLessThan(placed[0]!);
  expect(placed[0]!).toBeLessThan(placed[3]!);
  expect(placed[3]! - placed[0]!).toBeGreaterThanOrEqual(15 - 1e-9);
  expect(placed[3]!).toBeLessThanOrEqual(110);
  expect(placed[2]).toBe(20);
});

it('a run whose loss grows by many powers of ten leaves the others their axis, and is counted as beyond', () => {
  const dead = [2.4, 1e5, 1e9, 1e15];
  const live = [2.3, 2.2, 2.1, 2];
  const { scale, domain, beyond } = axisRange([live, live, dead]);
  expect([scale, beyond]).toEqual(['linear', 3]);
  expect(domain[1]).toBeCloseTo(2.4 * 1.04, 9);
});

it('runs that did not learn stretch the axis by a quarter at most; alone they have it', () => {
  const learned = falling(8, 2.4, 1.5);
  const { domain, beyond } = axisRange([learned], [[2.6, 40, 45, 46, 46, 46, 46, 46]]);
  expect(domain[1]).toBeCloseTo(2.6 * 1.04, 9);
  expect(beyond).toBe(7);
  expect(axisRange([learned], [[2.3, 2.3]]).domain[1]).toBeCloseTo(2.4 * 1.04, 9);
  expect(axisRange([], [[46, 46]]).domain[1]).toBeCloseTo(46 * 1.04, 9);
  expect(axisRange([[Number.NaN]], [[46, 46]]).domain[1]).toBeCloseTo(46 * 1.04, 9);
  const fitted = [4, 2, ...Array.from({ length: 30 }, (_, i) => 0.05 / (i + 1))];
  const log = axisRange([fitted], [[0.0001, 0, 1e9]]);
  expect(log.scale).toBe('log');
  expect(log.domain[0]).toBeLessThan(0.0001);
  expect(log.beyond).toBe(1);
});

it('ticks of rows have labels that stand apart', () => {
  const percent = (value: number) => `${+(value * 100).toFixed(1)}%`;
  const near = apartTicks([0.07, 0.267], 315, percent);
  const step = ((near[1]! - near[0]!) / 0.197) * 315;
  expect(step).toBeGreaterThan(40);
  expect(near.length).toBeGreaterThan(3);
  expect(apartTicks([0, 1], 20, percent).length).toBeGreaterThan(0);
});

it('every tick of a logarithmic axis is round, and there are neither one nor twenty', () => {
  for (const domain of [
    [0.17, 0.75],
    [0.17, 1.1],
    [1e-5, 3],
    [1.9, 2.1],
    [1e-30, 1e30],
  ] as const) {
    const own = logTicks(domain);
    expect(own.length).toBeGreaterThan(1);
    expect(own.length).toBeLessThan(10);
    for (const tick of own) expect(tick.toExponential().split('e')[0]!.length).toBeLessThan(5);
  }
});

it('ticks are plain numbers with a true minus', () => {
  expect([200, 150, -0.05, 0.1 + 0.2].map(plainTick)).toEqual(['200', '150', '−0.05', '0.3']);
});
