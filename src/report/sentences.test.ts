import { expect, it } from 'vitest';
import { madeStudy } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { sectionsOf } from './sections.js';
import { factorSentences } from './sentences.js';

const said = (text: string, ending: Parameters<typeof madeStudy>[1]) => {
  const analysis = analyse(madeStudy(text, ending));
  return factorSentences(analysis, sectionsOf(analysis)[0]!).join('\n');
};

it('runs that did not learn are left out of sentences about curves, and counted once', () => {
  const grid = 'method: grid\nfactors: { learningRate: [0.05, 3], schedule: [constant, cosine] }\nseeds: 3\n';
  const text = said(grid, ({ trial, seed }) => {
    const isDead = trial.levels.learningRate === 3 && trial.levels.schedule === 'cosine';
    return (isDead ? 10 : 60 + trial.index) + 0.2 * seed.label;
  });
  expect(text).toMatch(/because they did not learn: 3 of 6 runs of learning rate 3\./);
  expect(text).toMatch(
    /The generalization gap at the end is 25\.00 points for learning rate 0\.05 and 25\.00 points/,
  );
  expect(text).toMatch(/^Training accuracy reaches 90% in no run\.$/m);
  expect(text).not.toMatch(/not at all/);
});

it('where no loss rises it is said in whole, not as “no such rise”', () => {
  const text = said('factors: { learningRate: [0.05, 0.2] }\nseeds: 2\n', ({ trial }) => 50 + trial.index);
  expect(text).toMatch(
    /^No overfitting is seen for learning rate 0\.05 and learning rate 0\.2: the validation loss does not turn /m,
  );
});
