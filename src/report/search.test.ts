/** A study with a search, through the whole report. */
import { expect, it } from 'vitest';
import { madeSearch } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { makeDocument } from '../figures/node/document.js';
import type { Run } from '../study/types.js';
import { buildReport } from './buildReport.js';

const text = `factors:
  schedule: [constant, cosine]
  learningRate: { values: [0.01, 0.05, 0.2], role: nuisance }
seeds: 3
`;
const isCosine = ({ trial }: Run) => trial.levels.schedule === 'cosine';
const value = ({ seed, stage }: Run) => (stage === 'search' ? 60 : 50 + (seed.label % 3));

it('a search whose trials all diverged at a level says so, and waits for nothing', async () => {
  const records = madeSearch(text, (run) => (run.stage === 'search' ? 'diverged' : value(run)));
  const { markdown } = buildReport(analyse(records), await makeDocument());
  expect(markdown).toMatch(/\| schedule cosine \| none: no trial trained \| 0 of 3 \|/);
  expect(markdown).toContain('The search chose no trial at any of these levels');
  expect(markdown).not.toMatch(/not chosen yet|None of these runs exists yet/);
});

it('before the selection what is not there is only not there yet', async () => {
  const records = madeSearch(text, value, false);
  const { markdown } = buildReport(analyse(records), await makeDocument());
  expect(markdown).toMatch(/\| schedule cosine \| not chosen yet \|/);
  expect(markdown).toContain('None of these runs exists yet.');
});

it('a level whose runs are there has its section, whatever became of the other', async () => {
  const records = madeSearch(text, (run) =>
    run.stage === 'search' && isCosine(run) ? 'diverged' : value(run),
  );
  const { markdown } = buildReport(analyse(records), await makeDocument());
  expect(markdown).not.toContain('The search chose no trial at any of these levels');
  expect(markdown).toMatch(/\| schedule cosine \| none: no trial trained \|/);
});
