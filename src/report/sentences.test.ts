import { expect, it } from 'vitest';
import { exampleStudy } from '../../test/support/exampleStudy.js';
import { madeStudy } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { suggestedSentences } from '../analysis/findings/explored.js';
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
  expect(text).toMatch(/for learning rate 3 \(95% interval .*, 3 of 6 runs did not learn\)/);
  expect(text).toMatch(
    /^Runs that did not learn are in these means, and left out of what is said of curves here\.$/m,
  );
  expect(text).toMatch(
    /The generalization gap at the end is 25\.00 points for learning rate 0\.05 and 25\.00 points/,
  );
  expect(text).toMatch(/^Training accuracy reaches 90% in no run\.$/m);
  expect(text).not.toMatch(/not at all/);
});

it('runs that did not learn of single trials, whose means stand elsewhere, are counted', () => {
  const text = said(
    'factors: { learningRate: [0.05, 3] }\nseeds: 3\n',
    ({ trial, seed }) => (trial.levels.learningRate === 3 ? 10 : 60) + 0.2 * seed.label,
  );
  expect(text).toMatch(/because they did not learn: 3 of 3 runs of learning rate 3\./);
});

it('what runs that did not learn do to other measures is suggested of no level', () => {
  const measured = (accuracy: number) =>
    analyse(
      madeStudy(
        'factors: { learningRate: [0.05, 3] }\nseeds: 3\n',
        ({ trial, seed }) => (trial.levels.learningRate === 3 ? accuracy : 60) + 0.2 * seed.label,
      ),
    );
  expect(suggestedSentences(measured(40), 'learningRate').join()).toMatch(
    /^Exploratory, learning rate 3 against the baseline, where/,
  );
  expect(suggestedSentences(measured(10), 'learningRate')).toEqual([]);
});

it('where no loss rises it is said in whole, not as “no such rise”', () => {
  const text = said('factors: { learningRate: [0.05, 0.2] }\nseeds: 2\n', ({ trial }) => 50 + trial.index);
  expect(text).toMatch(
    /^No overfitting is seen for learning rate 0\.05 and learning rate 0\.2: the validation loss does not turn /m,
  );
});

it('a level all of whose runs diverged has no mean to speak of', () => {
  const study = exampleStudy({
    factors: { learningRate: [0.01, 0.05] },
    seeds: [0],
  });
  const runs = study.runs.map((run) =>
    run.record.trialName === 'learningRate=0.01'
      ? { ...run, record: { ...run.record, status: 'diverged' as const } }
      : run,
  );
  const analysis = analyse({ ...study, runs });
  const text = factorSentences(analysis, sectionsOf(analysis)[0]!).join('\n');
  expect(text).toMatch(/^1 of 1 run of learning rate 0\.01 diverged\.$/m);
});
