import { expect, test } from 'vitest';
import { RandomStream } from '../base/random.js';
import {
  csvHead,
  formatLooks,
  formatPredictions,
  gradientsHead,
  gradientsLine,
  metricsColumns,
  metricsLine,
  parseGradients,
  parseLooks,
  parseMetrics,
  parsePredictions,
  stepsColumns,
  stepsLine,
} from './csv.js';
import type { MetricsRow, PredictionRow } from './records.js';

const stream = new RandomStream(1, 'simulation');
const special = [
  0,
  -0,
  1e-320,
  5e-324,
  1.7976931348623157e308,
  0.1 + 0.2,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1 / 3,
];

/** Any float64: special values first, then random bits. */
function anyNumber(i: number): number {
  if (i < special.length) return special[i];
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, stream.uint32(2 * i));
  view.setUint32(4, stream.uint32(2 * i + 1));
  return view.getFloat64(0);
}

const metrics = Array.from({ length: 200 }, (_, i): MetricsRow => {
  const cell = (k: number) => (stream.integer(i * 20 + k, 4) === 0 ? null : anyNumber(i * 9 + k));
  return {
    epoch: i + 1,
    trainLoss: cell(0),
    trainAccuracy: cell(1),
    validLoss: cell(2),
    validAccuracy: cell(3),
    trainEvalLoss: cell(4),
    trainEvalAccuracy: cell(5),
    learningRate: cell(6),
    imagesPerSecond: cell(7),
    seconds: cell(8),
  };
});
const metricsText = csvHead('metrics', metricsColumns) + metrics.map((row) => metricsLine(row)).join('');

test('what is written is read again, bit for bit', () => {
  expect(parseMetrics(metricsText, 'm')).toEqual(metrics);
  const steps = Array.from({ length: 300 }, (_, i) => ({ epoch: 1, step: i + 1, loss: anyNumber(i) }));
  const stepsText = csvHead('steps', stepsColumns) + steps.map(stepsLine).join('');
  const [version, columns, ...lines] = stepsText.trimEnd().split('\n');
  expect([version, columns]).toEqual(['# ceteris steps 1', 'epoch,step,loss']);
  const [epochs, numbers, losses] = [0, 1, 2].map((i) => lines.map((line) => Number(line.split(',')[i])));
  expect(steps).toEqual(lines.map((_, i) => ({ epoch: epochs[i], step: numbers[i], loss: losses[i] })));
  const gradients = [1, 2].map((epoch) => ({
    epoch,
    norms: { 'a.weight': anyNumber(epoch), 'odd,"name"': 2 },
  }));
  const gradientsText =
    gradientsHead(Object.keys(gradients[0].norms)) + gradients.map(gradientsLine).join('');
  expect(parseGradients(gradientsText, 'g')).toEqual(gradients);
  const predictions: PredictionRow[] = [
    { split: 'validation', index: 3, label: 1, predicted: 0, loss: 0.1 },
    { split: 'test', index: 0, label: 99, predicted: 99, loss: Number.NaN },
  ];
  expect(parsePredictions(formatPredictions(predictions), 'p')).toEqual(predictions);
  const looks = [
    { look: 2, at: '2030-01-01T00:00:00Z', runsBefore: 3, runsAfter: 5, change: 'added "a",\nthen b' },
  ];
  expect(parseLooks(formatLooks(looks), 'l')).toEqual(looks);
});

test('cut anywhere, the whole lines before the cut are read', () => {
  for (let length = 0; length <= metricsText.length; length += 97) {
    const rows = parseMetrics(metricsText.slice(0, length), 'm');
    expect(rows).toEqual(metrics.slice(0, rows.length));
    const lines = metricsText.slice(0, length).split('\n').length - 1;
    expect(rows).toHaveLength(Math.max(0, lines - 2));
  }
});

test('damage in the middle, another kind and a newer version are told with the file', () => {
  const lines = metricsText.split('\n');
  const damaged = [...lines.slice(0, 3), lines[3].slice(0, 5), ...lines.slice(4)].join('\n');
  expect(() => parseMetrics(damaged, 'runs/a/metrics.csv')).toThrow(
    /runs\/a\/metrics\.csv, row 2.*10 cells/s,
  );
  expect(() => parseMetrics(metricsText.replace('\n2,', '\nx,'), 'm')).toThrow(/a number.*x/s);
  expect(() => parsePredictions(metricsText, 'p')).toThrow(/# ceteris predictions 1/);
  expect(() => parseMetrics(metricsText.replace('metrics 1', 'metrics 2'), 'm')).toThrow(/newer version/);
  expect(() => parseMetrics(metricsText.replace('trainLoss', 'loss'), 'm')).toThrow(/line 2/);
  expect(parseMetrics(metricsText.replaceAll('\n', '\r\n'), 'm')).toEqual(metrics);
});
