import { expect, it } from 'vitest';
import { fixtureRecords } from '../../test/fixtures/records.js';
import { madeStudy } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { suggestedSentences } from '../analysis/findings/explored.js';
import { RunGroup } from '../analysis/trials/runGroup.js';
import { makeDocument } from '../figures/node/document.js';
import { buildReport } from '../report/buildReport.js';
import type { Run } from '../study/types.js';
import { findingsText, verdictsText, wrap } from './findings.js';
import { curveLines, measuresTable, runText } from './runs.js';

const plain = (text: string) => text.replace(/\s+/g, ' ');

it('the terminal says the report’s sentences, with its verdicts', async () => {
  const records = madeStudy(
    'factors: { learningRate: [0.01, 0.05, 0.2] }\nseeds: 3\n',
    ({ trial, seed }) => 50 + 3 * trial.index + 0.4 * seed.label,
  );
  const found = analyse(records);
  const text = plain(findingsText(found));
  const html = buildReport(analyse(records), await makeDocument())
    .html.replace(/<[^>]*>/g, '')
    .replace(/&#39;|&quot;/g, '"');
  for (const { sentence, verdict, family } of found.findings) {
    if (family === 'exploratory') continue;
    expect(text).toContain(`[${verdict}] ${sentence}`);
    expect(plain(html)).toContain(sentence);
  }
  const suggested = suggestedSentences(found, 'learningRate');
  expect(suggested).toHaveLength(2);
  for (const said of [...suggested, ...found.held, ...found.statements]) {
    expect(text).toContain(said);
    expect(plain(html)).toContain(said);
  }
  expect(text).toMatch(/^2 declared comparisons: \d supported/);
});

it('a run is shown with its configuration, curves and measures', () => {
  const [run] = fixtureRecords({ set: ['training.epochs=40'] }).runs;
  const text = runText(run!);
  expect(text).toMatch(/^status +done, 40 of 40 epochs, 8\.0 minutes$/m);
  expect(text).toMatch(/^ {2}weightDecay: 0$/m);
  expect(text).toMatch(/^validation loss +\d\.\d{3} {2}[▁▂▃▄▅▆▇█]{40} +\d\.\d{3}$/m);
  expect(text).toMatch(/^validation accuracy, mean of the last epochs +\d\d\.\d\d%$/m);
  expect(text).not.toMatch(/NaN|undefined/);
});

it('long curves are drawn in as many bars as there is room; a run without epochs says so', () => {
  const [run] = fixtureRecords({ set: ['training.epochs=300'] }).runs;
  const bars = curveLines(run!, 50)
    .split('\n')
    .map((line) => /[▁▂▃▄▅▆▇█]+/.exec(line)![0].length);
  expect(bars).toEqual([50, 50, 50, 50]);
  expect(curveLines({ ...run!, metrics: [] })).toBe('No epoch has ended yet.');
  expect(measuresTable([new RunGroup({ name: 'x', runs: [] })])).toBe('No run has measures yet.');
});

it('lines are broken at the width, behind the indent', () => {
  expect(wrap('one two three four five six', 20, 2)).toBe('  one two three four\n  five six');
});

it('a training ends with the sentences and verdicts, and with one line for one seed', () => {
  const ending = ({ trial, seed }: Run) => 50 + 3 * trial.index + 0.4 * seed.label;
  const factors = 'factors: { learningRate: [0.01, 0.05, 0.2] }\n';
  const lines = verdictsText(analyse(madeStudy(`${factors}seeds: 3\n`, ending)), 1000).split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^\[supported\] Learning rate 0\.01 gives a higher .* points\.$/);
  const one = verdictsText(analyse(madeStudy(`${factors}seeds: 1\n`, ending)), 1000);
  expect(one).toMatch(/^One seed: .* no verdict\./);
  expect(one.split('\n')).toHaveLength(1);
  expect(verdictsText(analyse(madeStudy('seeds: 2\n', ending)))).toBe('');
});
