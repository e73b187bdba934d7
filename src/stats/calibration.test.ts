import { expect, test } from 'vitest';
import { calibrationError } from './calibration.js';
import { crossFitTemperature, fitTemperature } from './temperature.js';

test('expected calibration error by hand', () => {
  const confidences = [0.9, 0.92, 0.95, 0.3, 0.35, 0.6];
  const correct = [true, true, false, false, true, true];
  // Bins of width 0.2: {0.3, 0.35}, {0.6}, {0.9, 0.92, 0.95}.
  const expected = (2 / 6) * Math.abs(0.5 - 0.325) + (1 / 6) * 0.4 + (3 / 6) * Math.abs(2 / 3 - 2.77 / 3);
  const width = calibrationError(confidences, correct, { bins: 5 });
  expect(width.status === 'ok' && width.error).toBeCloseTo(expected, 12);
  expect(width.status === 'ok' && width.overconfidence).toBeCloseTo(4.02 / 6 - 4 / 6, 12);
});

test('the edges of the bins: 0 belongs to the first, 1 to the last', () => {
  const result = calibrationError([0, 1, 0.5], [0, 1, 0], { bins: 2 });
  expect(result.status === 'ok' && result.bins.map((bin) => bin.count)).toEqual([2, 1]);
});

test('predictions that cannot be judged', () => {
  expect(calibrationError([], []).status).toBe('undefined');
  expect(calibrationError([0.5], []).status).toBe('undefined');
  expect(calibrationError([1.2], [1]).status).toBe('undefined');
  expect(calibrationError([Number.NaN], [1]).status).toBe('undefined');
  expect(calibrationError([0.5], [1], { bins: 0 }).status).toBe('undefined');
});

const data = {
  logits: [2, 0, -1, 3, 1, 0, 0, 2.5, 1, 4, 0, 0, 1, 0, 3, 0.5, 0.2, 0, 0, 5, 1, 2, -1, 4],
  labels: [0, 1, 1, 0, 2, 0, 2, 2],
  classes: 3,
};

test('best temperature: scipy.optimize.minimize_scalar over 1 / T', () => {
  const result = fitTemperature(data);
  if (result.status !== 'ok') throw new Error(result.reason);
  expect(result.temperature).toBeCloseTo(1.9593055617553468, 5);
  expect(result.lossBefore).toBeCloseTo(0.9778448671774789, 10);
  expect(result.lossAfter).toBeCloseTo(0.841940017569228, 10);
  expect(result.atBound).toBe(false);
});

test('logits far from the start, and answers that are all right', () => {
  const far = fitTemperature({ ...data, logits: data.logits.map((z) => z * 30) });
  expect(far.status === 'ok' && far.temperature / 30).toBeCloseTo(1.9593055617553468, 5);
  const right = fitTemperature({ logits: [1, 0, 0, 1], labels: [0, 1], classes: 2 });
  expect(right).toMatchObject({ status: 'ok', atBound: true });
  expect(right.status === 'ok' && right.temperature).toBeCloseTo(0.01, 6);
  const wrong = fitTemperature({ logits: [1, 0, 0, 1], labels: [1, 0], classes: 2 });
  expect(wrong.status === 'ok' && wrong.temperature).toBeCloseTo(100, 3);
});

test('fitted on one half and measured on the other: over-confidence is found and taken away', () => {
  // Labels follow the softmax of the logits exactly in frequency; the stated logits are three times too large.
  const logits: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < 4000; i++) {
    const z = ((i % 40) - 20) / 10;
    const share = 1 / (1 + Math.exp(-z));
    logits.push(3 * z, 0);
    labels.push((Math.floor(i / 40) + 0.5) / 100 < share ? 0 : 1);
  }
  const result = crossFitTemperature({ logits, labels, classes: 2 });
  if (result.status !== 'ok') throw new Error(result.reason);
  for (const t of result.temperatures) expect(Math.abs(t - 3)).toBeLessThan(0.5);
  expect(result.lossAfter).toBeLessThan(result.lossBefore);
  expect(result.calibrationAfter).toBeLessThan(result.calibrationBefore / 3);
});

test('logits that cannot be fitted', () => {
  expect(fitTemperature({ logits: [], labels: [], classes: 3 }).status).toBe('undefined');
  expect(fitTemperature({ ...data, classes: 4 }).status).toBe('undefined');
  expect(fitTemperature({ ...data, labels: [...data.labels.slice(1), 7] }).status).toBe('undefined');
  expect(fitTemperature({ logits: [Number.NaN, 1], labels: [0], classes: 2 }).status).toBe('undefined');
  expect(crossFitTemperature({ logits: [0, 1], labels: [0], classes: 2 }).status).toBe('undefined');
});
