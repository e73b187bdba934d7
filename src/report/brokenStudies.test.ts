/** Broken designs, from their records through the whole report: each gives a statement, never NaN, never a crash. */

import { beforeAll, expect, it } from 'vitest';
import { type Ending, madeStudy } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { makeDocument } from '../figures/node/document.js';
import type { StudyRecords } from '../store/records.js';
import type { Run } from '../study/types.js';
import { buildReport } from './buildReport.js';

const ONE = 'factors: { learningRate: [0.01, 0.05, 0.2] }\n';
const GRID = 'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\n';
const value = ({ trial, seed }: Run) => 50 + trial.index + 0.3 * Math.sin(5 * seed.label + trial.index);
const rate = ({ trial }: Run) => trial.levels.learningRate as number;
const is = (run: Run, schedule: string, decay: number) =>
  run.trial.levels.schedule === schedule && run.trial.levels.weightDecay === decay;

let document: Document;
beforeAll(async () => {
  document = await makeDocument();
});

interface Case {
  readonly text: string;
  readonly ending: (run: Run) => Ending;
  /** In order, of the declared comparisons. */
  readonly verdicts: readonly string[];
  /** What the report must say. */
  readonly says: RegExp;
}

const cases: Readonly<Record<string, Case>> = {
  'one seed per cell': {
    text: `${ONE}seeds: 1\n`,
    ending: value,
    verdicts: ['no verdict: one seed', 'no verdict: one seed'],
    says: /In these runs, learning rate 0\.2 lies \d\.\d\d points above 0\.05 \(the baseline\)[\s\S]*One seed carries no verdict: these numbers describe these runs/,
  },
  'one seed per cell of a grid': {
    text: `${GRID}seeds: 1\n`,
    ending: value,
    verdicts: ['no verdict: one seed', 'no verdict: one seed', 'no verdict: one seed'],
    says: /One seed carries no verdict/,
  },
  'unequal seeds': {
    text: `${ONE}seeds: 4\n`,
    ending: (run) => (rate(run) === 0.2 && run.seed.label > 1 ? 'missing' : value(run)),
    verdicts: ['provisional', 'provisional'],
    says: /Ended so far: 2 of 4 runs of learning rate 0\.2\./,
  },
  'a failed run': {
    text: `${ONE}seeds: 3\n`,
    ending: (run) => (rate(run) === 0.2 && run.seed.label === 1 ? 'failed' : value(run)),
    verdicts: ['provisional', 'provisional'],
    says: /So far, learning rate 0\.2 lies/,
  },
  'a cell with a diverged run': {
    text: `${ONE}seeds: 3\n`,
    ending: (run) => (rate(run) === 0.2 && run.seed.label === 1 ? 'diverged' : value(run)),
    verdicts: ['supported', 'no verdict: diverged runs'],
    says: /Of the runs that finished, learning rate 0\.2 lies .*; 1 of 3 runs diverged \(learning rate 0\.2\)/,
  },
  'a cell of a grid whose runs all diverged': {
    text: `${GRID}seeds: 3\n`,
    ending: (run) => (is(run, 'cosine', 0.01) ? 'diverged' : value(run)),
    verdicts: ['no verdict: diverged runs', 'no verdict: diverged runs', 'no verdict: diverged runs'],
    says: /3 of 3 runs of schedule cosine with weight decay 0\.01 diverged: 100%, 95% Clopper-Pearson interval \[29\.24, 100\.00\]%/,
  },
  'an empty level': {
    text: `${ONE}seeds: 3\n`,
    ending: (run) => (rate(run) === 0.2 ? 'missing' : value(run)),
    verdicts: ['provisional', 'not run'],
    says: /have not been compared: no run of learning rate 0\.2 exists/,
  },
  'a missing baseline': {
    text: `${ONE}seeds: 3\n`,
    ending: (run) => (run.trial.isBaseline ? 'missing' : value(run)),
    verdicts: ['not run', 'not run'],
    says: /no run of the baseline exists/,
  },
  'constant data': {
    text: `${ONE}seeds: 3\n`,
    ending: () => 50,
    verdicts: ['no verdict: no variation', 'no verdict: no variation'],
    says: /the values do not vary between seeds, so there is no error to judge by/,
  },
  'a missing run': {
    text: `${GRID}seeds: 3\n`,
    ending: (run) => (is(run, 'cosine', 0) && run.seed.label === 2 ? 'missing' : value(run)),
    verdicts: ['provisional', 'provisional', 'provisional'],
    says: /This report is provisional\. 1 of 12 runs has not ended: seed 2 of schedule cosine with weight decay 0 \(not started\)\. The same “ceteris run” command goes on with it\./,
  },
  'an interrupted run, paired': {
    text: `${ONE}seeds: 3\npairing: paired\n`,
    ending: (run) => (rate(run) === 0.01 && run.seed.label === 0 ? 'interrupted' : value(run)),
    verdicts: ['provisional', 'provisional'],
    says: /the declared seeds are not complete/,
  },
  'no factors': {
    text: 'seeds: 3\n',
    ending: value,
    verdicts: [],
    says: /The study has one configuration: there is nothing to compare it with/,
  },
  'all runs diverged': {
    text: `${ONE}seeds: 3\n`,
    ending: () => 'diverged',
    verdicts: ['no verdict: diverged runs', 'no verdict: diverged runs'],
    says: /cannot be compared: 3 of 3 runs diverged \(learning rate 0\.01\), 3 of 3 runs diverged \(the baseline\)/,
  },
  'no run at all': {
    text: `${GRID}seeds: 3\n`,
    ending: () => 'missing',
    verdicts: ['not run', 'not run', 'not run'],
    says: /have not been compared/,
  },
  'an interaction in a one-factor study that its trials do not complete': {
    text: 'factors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\ntrials:\n  - { schedule: cosine, learningRate: 0.1 }\ninteractions: [[schedule, weightDecay]]\nseeds: 2\n',
    ending: value,
    verdicts: ['inconclusive', 'inconclusive', 'not testable', 'supported'],
    says: /the design has no trial with schedule cosine, weight decay 0\.01/,
  },
};

it.each(Object.entries(cases))('%s', (_, { text, ending, verdicts, says }) => {
  const records: StudyRecords = madeStudy(text, ending);
  const found = analyse(records);
  const { html, markdown, figures, tables } = buildReport(analyse(records), document);
  const declared = found.findings.filter(({ family }) => family === 'confirmatory');
  const everything = [html, markdown, ...figures.map(({ svg }) => svg), ...tables.map(({ csv }) => csv)];
  expect(declared.map(({ verdict }) => verdict)).toEqual(verdicts);
  expect(html.replace(/<[^>]*>/g, '')).toMatch(says);
  expect(everything.join('\n')).not.toMatch(/NaN|undefined|Infinity/);
  expect(JSON.stringify(found)).not.toMatch(/NaN|undefined|Infinity/);
});
