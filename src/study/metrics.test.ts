import { expect, it } from 'vitest';
import { curveMetricsOf, isTestMetric, metricOf } from './metrics.js';

it('knows the metrics of its own runs', () => {
  expect(metricOf('validLoss')).toMatchObject({ label: 'validation loss', unit: 'loss', goal: 'minimize' });
  expect(curveMetricsOf('accuracy')).toEqual(['trainAccuracy', 'trainEvalAccuracy', 'validAccuracy']);
  expect([isTestMetric('testAccuracy'), isTestMetric('validAccuracy')]).toEqual([true, false]);
});

it('takes a name of another trainer for what it is like, unless the study declares otherwise', () => {
  expect(metricOf('valid/accuracy')).toEqual({
    name: 'valid/accuracy',
    label: 'valid accuracy',
    unit: 'accuracy',
    goal: 'maximize',
    split: 'valid',
  });
  expect(metricOf('eval_loss')).toMatchObject({ unit: 'loss', goal: 'minimize', split: 'valid' });
  expect(metricOf('perplexity')).toMatchObject({ unit: 'number', goal: 'maximize', split: null });
  const declared = { perplexity: { goal: 'minimize', label: 'perplexity of the held-out text' } } as const;
  expect(metricOf('perplexity', declared)).toMatchObject({ ...declared.perplexity, unit: 'number' });
  expect(metricOf('constructor', declared).unit).toBe('number');
});
