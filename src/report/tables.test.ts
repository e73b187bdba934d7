import { csvParse } from 'd3-dsv';
import { expect, it } from 'vitest';
import { fixtureRecords } from '../../test/fixtures/records.js';
import { commandStudy, risingTo } from '../../test/support/commandStudy.js';
import { analysed, crossedStudy, withDeadTrial } from '../../test/support/figureStudies.js';
import { madeStudy } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { summaryTable } from '../terminal/tables.js';
import { exploratoryTables } from './findings.js';
import { findingsTable } from './findingsTable.js';
import { renderHtml } from './html.js';
import { measureTables } from './measureTables.js';
import { sectionsOf } from './sections.js';
import { testTable, trialMeasureTables, trialsTable } from './tables.js';

const decimals = (text: string) => [...text.matchAll(/\.(\d+)/g)].map(([, digits]) => digits!.length);

it('the numbers of a column have equally many decimals, those of a measure too', () => {
  const analysis = analyse(fixtureRecords({ set: ['training.epochs=20', 'seeds=3'] }));
  const { head, rows } = trialsTable(analysis);
  for (const column of head.keys()) {
    if (column < 2) continue;
    const found = new Set(rows.flatMap((row) => decimals(row[column]!.text)));
    expect([head[column], found.size]).toEqual([head[column], 1]);
  }
  const measured = trialMeasureTables(analysis).flatMap((table) => table.rows.slice(1));
  const sizes = measured.map(([, ...cells]) => new Set(cells.flatMap(({ text }) => decimals(text))).size);
  expect(sizes.filter((size) => size === 1).length).toBeGreaterThan(10);
  expect(sizes.every((size) => size <= 1)).toBe(true);
});

it('a table of measures is never wider than a page, and every trial is in one of them', () => {
  const rates = Array.from({ length: 9 }, (_, i) => (i + 1) / 100);
  const text = `factors: { learningRate: [${rates.join(', ')}] }\nseeds: 2\n`;
  const tables = trialMeasureTables(analyse(madeStudy(text, ({ trial }) => 50 + trial.index)));
  expect(tables.map(({ head }) => head.length - 1)).toEqual([5, 4]);
  expect(tables.map(({ name }) => name)).toEqual(['measures-1', 'measures-2']);
  const { findings } = analyse(madeStudy(text, ({ trial, seed }) => 50 + trial.index + 0.2 * seed.label));
  const sections = sectionsOf(analyse(madeStudy(text, () => 50)));
  const explored = exploratoryTables({ findings }, sections);
  expect(explored.map(({ head }) => head.length - 1)).toEqual([4, 4]);
});

it('a trial that did not learn says so beside its name; its caption does not scroll', () => {
  const text = 'factors: { learningRate: [0.05, 3] }\nseeds: 2\n';
  const table = trialsTable(
    analyse(
      madeStudy(text, ({ trial, seed }) => (trial.levels.learningRate === 3 ? 10 : 55) + 0.1 * seed.label),
    ),
  );
  expect(table.rows.map(([name]) => name!.note)).toEqual([
    undefined,
    'its runs did not learn: the accuracy is that of guessing',
  ]);
  const html = renderHtml('t', [table]);
  expect(html).toContain('learning rate 3<span class="note">');
  // What scrolls is the table, not its caption.
  expect(html).toMatch(
    /<p class="caption"><span class="number">Table 1\.<\/span>.*?<\/p><div class="scroll"><table>/s,
  );
});

it('the caption of the table of trials names what is a mean of the last epochs, and nothing that is not there', () => {
  const caption = (at: string, name: string, more: readonly string[] = []) =>
    trialsTable(
      analyse(
        commandStudy({
          metric: { name, goal: 'maximize', at },
          curves: ({ seed }) =>
            Object.fromEntries([name, ...more].map((one) => [one, risingTo(0.8, seed.label)])),
        }),
      ),
    ).caption;
  const ofLast = 'of the last max(3, 10%) epochs of a run where no other epoch is named.';
  expect(caption('last', 'valid/f1').endsWith(`over seeds. Valid f1 is the mean ${ofLast}`)).toBe(true);
  expect(caption('best', 'valid/f1')).toMatch(/over seeds\.$/);
  expect(caption('last', 'validAccuracy')).toContain(` Accuracies are means ${ofLast}`);
  expect(caption('last', 'valid/f1', ['validLoss', 'validAccuracy'])).toContain(
    ` Valid f1, accuracies and losses are means ${ofLast}`,
  );
});

it('the files of findings, trials and runs say which runs did not learn or collapsed, and how that is known', () => {
  const grid = 'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 3\n';
  const isDead = (name: string) => name === 'schedule=cosine,weightDecay=0.01';
  const analysis = analyse(
    madeStudy(grid, ({ trial, seed }) => (isDead(trial.name) ? 10 : 55) + 0.3 * Math.sin(5 * seed.label)),
  );
  const why = 'accuracy of guessing';
  const { head, rows } = findingsTable(analysis);
  const untrained = rows.map((row) => row[head.indexOf('untrained')]!.raw);
  const ofMain = `schedule cosine with weight decay 0.01 (${why})`;
  expect(untrained.filter((text) => text === ofMain).length).toBeGreaterThanOrEqual(3);
  const tables = measureTables(analysis);
  const [trials, runs] = ['measures-by-trial', 'measures-by-run'].map((name) =>
    csvParse(tables.find((table) => table.name === name)!.csv),
  );
  const own = { collapsed: '0', untrained: '3', untrainedWhy: why };
  const others = { collapsed: '0', untrained: '0', untrainedWhy: '' };
  const dead = summaryTable(analysis)
    .split('\n')
    .filter((line) => line.includes('done; did not learn'));
  expect(dead).toEqual([expect.stringContaining('schedule=cosine,weightDecay=0.01')]);
  for (const row of trials!) expect(row).toMatchObject(isDead(row.trial!) ? own : others);
  for (const row of runs!)
    expect(row).toMatchObject({ collapsed: 'no', untrained: isDead(row.trial!) ? why : '' });
});

it('test results mark trials that did not learn, and have no column of dashes', () => {
  const made = withDeadTrial(crossedStudy(), 'learningRate=0.2,weightDecay=0.01');
  const tested = (seeds: number) => {
    const runs = made.runs
      .filter(({ record }) => Number(record.seed.label) < seeds)
      .map((run, i) => ({
        ...run,
        record: { ...run.record, test: { loss: 1, accuracy: 0.3 + 0.01 * i } },
      }));
    return testTable(analysed({ ...made, runs }))!;
  };
  const { rows, caption, head } = tested(3);
  const marked = rows.filter(([name]) => name!.text.endsWith(' †'));
  expect(marked.map(([name]) => name!.raw)).toEqual(['learningRate=0.2,weightDecay=0.01']);
  expect(caption).toContain('†: with runs that did not learn.');
  expect(head).toContain('95% t-interval');
  expect(tested(1).head).not.toContain('95% t-interval');
});
