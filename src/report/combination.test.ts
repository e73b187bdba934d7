import { expect, it } from 'vitest';
import { madeStudy } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { combinationBlocks } from './interactions.js';

it('the best levels together name the levels that divergence left out', () => {
  const text = 'factors: { learningRate: [0.01, 0.05, 0.2], weightDecay: [0, 0.01] }\nseeds: 3\n';
  const records = madeStudy(text, ({ trial, seed }) => {
    if (trial.levels.learningRate === 0.2) return seed.label === 0 ? 90 : 'diverged';
    return (trial.levels.learningRate === 0.01 ? 60 : 55) + 0.1 * seed.label;
  });
  const said = JSON.stringify(combinationBlocks(analyse(records)));
  expect(said).toMatch(/belongs to learning rate 0\.01/);
  expect(said).toMatch(/Left out, because runs of them diverged or collapsed: learning rate 0\.2\./);
});
