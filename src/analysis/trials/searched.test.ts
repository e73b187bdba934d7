/** Trials of a study with a search: what they are called, and which of them is which combination of levels. */
import { expect, it } from 'vitest';
import { madeSearch } from '../../../test/support/madeStudy.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { combinationSentences } from '../findings/combination.js';

const text = `factors:
  schedule: [constant, cosine]
  weightDecay: [0, 0.01]
  learningRate: { values: [0.01, 0.05, 0.2], role: nuisance }
trials: [{ schedule: cosine, weightDecay: 0, learningRate: 0.3 }]
seeds: 3
`;
const jitter = ({ seed, trial }: Run) => 0.3 * Math.sin(5 * seed.label + 2 * trial.index + 1);
/** The search likes a learning rate of 0.2. */
const likesHigh = (run: Run) =>
  run.stage === 'search' ? 50 + (run.trial.levels.learningRate as number) : 50 + jitter(run);
const isAt = ({ trial: { levels } }: Run, schedule: string, decay: number) =>
  levels.schedule === schedule && levels.weightDecay === decay;

it('the baseline of a search is called so, whatever was chosen for it', () => {
  const { trials, findings } = analyse(madeSearch(text, likesHigh));
  expect(trials.map(({ fullLabel }) => fullLabel)).toEqual([
    expect.stringMatching(/^the baseline with learning rate 0\.2$/),
    expect.stringMatching(/^schedule cosine with learning rate /),
    expect.stringMatching(/^weight decay 0\.01 with learning rate /),
    'schedule cosine with learning rate 0.3',
  ]);
  expect(findings.map(({ sentence }) => sentence).join(' ')).not.toMatch(/the baseline \(the baseline/);
});

it('the best levels together are a trial that was run, also where its nuisance levels were tuned', () => {
  const value = (run: Run) =>
    (isAt(run, 'cosine', 0) ? 60 : isAt(run, 'constant', 0) ? 55 : 50) + jitter(run);
  const best = analyse(madeSearch(text, (run) => (run.stage === 'search' ? likesHigh(run) : value(run))));
  const sentences = combinationSentences(best, best.best).join(' ');
  expect(sentences).toMatch(/belongs to schedule cosine, weight decay 0\./);
  expect(sentences).toMatch(/This combination was run \(schedule=cosine,learningRate=0\.2\)/);
  expect(sentences).not.toMatch(/learningRate=0\.3/);
});

it('an explicit trial with nuisance levels of its own is no run of the level', () => {
  const { factors } = analyse(madeSearch(text, (run) => 50 + jitter(run)));
  expect(factors[0]!.levels.map(({ runs, counts }) => [runs.length, counts.declared])).toEqual([
    [3, 3],
    [3, 3],
  ]);
});
