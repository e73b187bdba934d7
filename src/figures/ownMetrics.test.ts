/** Metrics with a name of their own are drawn as ours are, and what was not measured has no empty panel. */

import { beforeAll, describe, expect, it } from 'vitest';
import { commandStudy, risingTo } from '../../test/support/commandStudy.js';
import { analysed } from '../../test/support/figureStudies.js';
import type { StudyRecords } from '../store/records.js';
import type { FigureContext } from './canvas.js';
import { comparisonFigure } from './comparisonFigure.js';
import { curveAxes } from './curveSeries.js';
import { levelFigure } from './levelFigure.js';
import { makeDocument } from './node/document.js';

let context: FigureContext;
beforeAll(async () => {
  context = { document: await makeDocument() };
});

const F1 = { name: 'valid/f1', goal: 'maximize' };
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text!);
const viewOf = (records: StudyRecords) => {
  const { trials, troubles } = analysed(records);
  const look = { colourOf: () => '#0072B2', axes: curveAxes(records.runs, troubles), troubles };
  return {
    axes: look.axes,
    level: levelFigure(context, trials[0]!, look),
    comparison: comparisonFigure(context, trials, { title: 'learning rate' }, look),
  };
};

describe('a study whose only metric is its own', () => {
  const view = () =>
    viewOf(commandStudy({ metric: F1, curves: ({ seed }) => ({ 'valid/f1': risingTo(0.8, seed.label) }) }));

  it('has its curve in both figures, over the whole width, and no panel of what was not measured', () => {
    const { level, comparison } = view();
    for (const { svg } of [level, comparison]) {
      expect(texts(svg)).toContain('Valid f1');
      expect(texts(svg).join()).not.toMatch(/loss|accuracy|training/i);
      // A panel, each run thin, the mean with its band.
      expect(svg.match(/<svg class="ceteris-panel/g)).toHaveLength(1);
      expect(svg).toMatch(/class="ceteris-panel[^>]*width="800"/);
    }
    expect(level.svg.match(/stroke-width="0.7"/g)).toHaveLength(3);
    expect(level.caption).toBe(
      'The baseline. Valid f1 per epoch. Line: the mean of 3 runs; band: its 95% interval over seeds; thin: single runs, their spread.',
    );
    expect(comparison.caption).toMatch(/^All levels of learning rate\. The labels/);
  });

  it('axes start at 0, whatever the unit; values below 0 have an axis from the lowest to the highest', () => {
    expect(view().axes.own['valid/f1']!.domain[0]).toBe(0);
    const reward = commandStudy({
      metric: { name: 'reward', goal: 'maximize' },
      curves: () => ({ reward: [-200, -50, 10] }),
    });
    const [low, high] = curveAxes(reward.runs, analysed(reward).troubles).own.reward!.domain;
    expect(low).toBeLessThan(-200);
    expect(high).toBeGreaterThan(10);
    expect(texts(viewOf(reward).comparison.svg)).toContain('Reward');
  });
});

it('beside our metrics it has panels of its own, and a spike of it is told by its name', () => {
  const records = commandStudy({
    metric: F1,
    columns: { 'valid/perplexity': 'ppl' },
    curves: ({ seed, trial }) => ({
      trainLoss: risingTo(0.9, seed.label),
      validLoss: risingTo(0.9, seed.label),
      validAccuracy: risingTo(0.7, seed.label),
      'valid/f1': risingTo(0.8, seed.label),
      'valid/perplexity': [20, 18, seed.label === 1 && trial.isBaseline ? 900 : 16, 14, 12, 11],
    }),
  });
  const { level, comparison } = viewOf(records);
  expect(texts(comparison.svg)).toEqual(
    expect.arrayContaining([
      'Validation accuracy',
      'Validation loss',
      'Valid f1',
      'Valid perplexity',
      'Training loss',
    ]),
  );
  expect(texts(comparison.svg)).not.toContain('Training accuracy');
  expect(level.caption).toMatch(
    /Loss, accuracy, valid f1 and valid perplexity per epoch, training dashed, validation solid/,
  );
  expect(texts(level.svg).join(' ')).toMatch(/a valid perplexity of 900 in epoch 3 is beyond the axis/);
  expect(level.caption).toMatch(/A triangle: a valid perplexity beyond the axis/);
});
