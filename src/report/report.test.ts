import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvParse } from 'd3-dsv';
import { JSDOM } from 'jsdom';
import { expect, test } from 'vitest';
import { fixtureRecords } from '../../test/fixtures/records.js';
import { analyse } from '../analysis/analyse.js';
import { declaredMeasure } from '../analysis/measures/measures.js';
import { measureValue } from '../analysis/trials/summary.js';
import { isDeclared } from '../analysis/words/results.js';
import { makeDocument } from '../figures/node/document.js';
import { runsTable, summaryTable } from '../terminal/tables.js';
import { buildReport } from './buildReport.js';
import { writeReport } from './node/writeReport.js';

const short = ['training.epochs=20'];

test('the declared metric is the mean of the last max(3, 10%) epochs', () => {
  const records = fixtureRecords({ set: ['training.epochs=40'] });
  const [run] = records.runs;
  const last = run.metrics.slice(-4).map((row) => row.validAccuracy!);
  expect(measureValue(run, declaredMeasure(records.study.metric))).toBeCloseTo(
    last.reduce((a, b) => a + b) / 4,
    12,
  );
});

test('trials have n, mean and a t-interval over seeds; diverged runs are left out of the mean', () => {
  const records = fixtureRecords({
    set: [...short, 'seeds=3'],
    statusOf: (run) => (run.trial.name === 'learningRate=0.2' && run.seed.label === 1 ? 'diverged' : 'done'),
  });
  const { trials, metric } = analyse(records);
  expect(trials).toHaveLength(7);
  expect(trials[0].summary(metric).n).toBe(3);
  expect(trials[0].summary(metric).interval!.low).toBeLessThan(trials[0].summary(metric).mean!);
  const diverged = trials.find(({ name }) => name === 'learningRate=0.2')!;
  expect([diverged.summary(metric).n, diverged.summary(metric).diverged]).toEqual([2, 1]);
});

test('figures have one numbering, tables another; each trial has its curves once, in the appendix', async () => {
  const report = buildReport(analyse(fixtureRecords({ set: short })), await makeDocument());
  expect(report.figures.map(({ name }) => name)).toEqual([
    'contrasts',
    'levels',
    'comparison-learningRate',
    'gradients-learningRate',
    'comparison-schedule',
    'gradients-schedule',
    'comparison-weightDecay',
    'gradients-weightDecay',
    'comparison-activation',
    'gradients-activation',
    'curves-baseline',
    'curves-learningRate=0.01',
    'curves-learningRate=0.2',
    'curves-schedule=cosine',
    'curves-weightDecay=0.0001',
    'curves-weightDecay=0.0005',
    'curves-activation=sigmoid-in-blocks-4-10',
  ]);
  const numbersIn = (kind: string, html: string) =>
    [...html.matchAll(new RegExp(`class="number">${kind} (\\d+)\\.`, 'g'))].map(([, n]) => Number(n));
  for (const kind of ['Figure', 'Table']) {
    const numbers = numbersIn(kind, report.html);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    expect(numbers.length).toBeGreaterThan(4);
  }
  expect(report.html.match(/One seed carries no verdict/g)).toHaveLength(1);
  expect(report.tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'design',
      'trials',
      'learningRate',
      'findings',
      'measures-1',
      'test',
      'runs',
      'reproducibility',
    ]),
  );
});

test('page one: the verdicts counted, the forest, the levels; then the findings; single curves are folded', async () => {
  const { html } = buildReport(analyse(fixtureRecords({ set: [...short, 'seeds=3'] })), await makeDocument());
  const at = (text: string) => {
    expect(html).toContain(text);
    return html.indexOf(text);
  };
  const order = [
    '6 declared comparisons:',
    'id="contrasts"',
    'id="levels"',
    'id="findings"',
    '<details>',
  ].map(at);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(at('id="curves-baseline"')).toBeGreaterThan(at('<details>'));
  expect(html.match(/Held fixed in every comparison/g)).toHaveLength(1);
  expect(html).not.toMatch(/held fixed: /);
});

test('a seven-trial report has less than 2,200 visible words, and its numbers stand in CSV', async () => {
  const analysis = analyse(fixtureRecords({ set: [...short, 'seeds=3'] }));
  const { html, tables } = buildReport(analysis, await makeDocument());
  const { document } = new JSDOM(html).window;
  for (const one of document.querySelectorAll('style, svg, nav, details > :not(summary)')) one.remove();
  const words = document.body.textContent!.trim().split(/\s+/).length;
  expect(words).toBeLessThan(2200);
  // With the appendix opened: half of the 5,703 that it was.
  const whole = new JSDOM(html).window.document;
  for (const one of whole.querySelectorAll('style, svg, nav')) one.remove();
  expect(whole.body.textContent!.trim().split(/\s+/).length).toBeLessThan(2900);
  const csvOf = (name: string) => csvParse(tables.find((one) => one.name === name)!.csv);
  const defined = new Set(csvOf('definitions').map(({ measure }) => measure));
  for (const { measure } of csvOf('measures-by-trial')) expect(defined).toContain(measure);
  expect(csvOf('measures-1').length).toBeGreaterThan(30);
  expect(csvOf('exploratory-learningRate').length).toBeGreaterThan(4);
  const written = csvParse(tables.find(({ name }) => name === 'findings')!.csv);
  const declared = analysis.findings.filter(isDeclared);
  expect(declared).toHaveLength(6);
  for (const { id, estimate, interval, p, holmP } of declared) {
    const row = written.find((one) => one.id === id)!;
    const numbers = [row.estimate, row.low, row.high, row.p, row.holmP].map(Number);
    expect([id, numbers]).toEqual([id, [estimate, interval?.low, interval?.high, p, holmP]]);
  }
});

test('equal records give equal bytes, and every figure is well-formed XML on white', async () => {
  const records = fixtureRecords({ set: short });
  const [first, second] = [
    buildReport(analyse(records), await makeDocument()),
    buildReport(analyse(records), await makeDocument()),
  ];
  expect(second).toEqual(first);
  const { DOMParser } = new JSDOM('').window;
  for (const { svg } of first.figures) {
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
    expect(parsed.documentElement.namespaceURI).toBe('http://www.w3.org/2000/svg');
    expect(parsed.querySelector('rect')!.getAttribute('fill')).toBe('#ffffff');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  }
  expect(first.html).not.toMatch(/NaN|undefined|<script|<link|src=/);
});

test.each([
  ['one epoch', { set: ['training.epochs=1'] }],
  ['no run yet', { set: short, statusOf: () => null }],
  ['all diverged', { set: short, statusOf: () => 'diverged' as const }],
  [
    'some missing',
    {
      set: [...short, 'seeds=2'],
      statusOf: (run: { seed: { label: number } }) => (run.seed.label === 0 ? ('done' as const) : null),
    },
  ],
  ['no factors', { set: [...short, 'factors={}'] }],
  [
    'a grid',
    {
      set: [
        ...short,
        'method=grid',
        'factors={ learningRate: [0.01, 0.05], weightDecay: [0, 0.1] }',
        'seeds=2',
      ],
    },
  ],
])('a study with %s has a report', async (_, options) => {
  const report = buildReport(analyse(fixtureRecords(options)), await makeDocument());
  expect(report.html).not.toMatch(/NaN|undefined|Infinity/);
  expect(report.markdown).not.toMatch(/NaN|undefined|Infinity/);
});

test("users' text is escaped, in the study file and in the author's notes", async () => {
  const records = fixtureRecords({
    set: [...short, 'question="<script>alert(1)</script> & co"', 'report.title="<b>T</b>"'],
  });
  const notes =
    '# Learning rate\n\nRates *matter* <script>alert(2)</script> [x](javascript:alert(3)).\n\n# Conclusion\n\nDone.';
  const { html, markdown } = buildReport(analyse(records), await makeDocument(), { notes });
  expect(html).not.toMatch(/<script|<b>|javascript:/);
  expect(html).toContain('<em>matter</em>');
  expect(markdown).toContain('&lt;script&gt;alert(1)');
  expect(html.indexOf('Rates <em>')).toBeGreaterThan(html.indexOf('id="learning-rate"'));
  expect(html.indexOf('Rates <em>')).toBeLessThan(html.indexOf('id="schedule"'));
});

test('a miniature says so; findings and claims appear with their verdicts', async () => {
  const records = fixtureRecords({ set: [...short, 'seeds=3', 'report.miniatureOf=ai6103'] });
  const finding = {
    kind: 'difference' as const,
    id: 'x',
    contrast: { id: 'x', kind: 'level' as const, label: 'learning rate 0.2' },
    dependsOn: null,
    simple: [],
    equivalence: null,
    doubt: null,
    exaggeration: null,
    unseen: null,
    untrained: [],
    factor: 'learningRate',
    measure: 'validAccuracy',
    sentence: 'A rate of 0.2 is better than 0.05.',
    estimate: 0.025,
    unit: 'points' as const,
    interval: { low: 0.01, high: 0.04 },
    level: 0.95,
    method: "Welch's t",
    n: [3, 3],
    improvement: null,
    effectSize: null,
    held: 'schedule constant',
    tuned: '',
    p: 0.001,
    holmP: 0.006,
    verdict: 'supported' as const,
    family: 'confirmatory' as const,
    notes: [],
  };
  const analysis = { ...analyse(records), findings: [finding], statements: [] };
  const { html } = buildReport(analysis, await makeDocument());
  expect(html).toContain('miniature of ai6103');
  expect(html).toContain(
    'A rate of 0.2 is better than 0.05. <span class="verdict supported">supported</span>',
  );
});

test('the files are written in place of older ones', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'report-'));
  try {
    const records = fixtureRecords({ set: [...short, 'factors={}'], directory });
    await writeReport(analyse(records));
    const written = await writeReport(analyse(records));
    expect(readdirSync(directory)).toEqual(['report']);
    expect(readdirSync(written.directory).sort()).toEqual(['figures', 'report.html', 'report.md', 'tables']);
    const links = [...readFileSync(written.markdown, 'utf8').matchAll(/\(figures\/([^)]+)\)/g)].map(
      ([, name]) => name,
    );
    expect(links.sort()).toEqual(readdirSync(join(written.directory, 'figures')).sort());
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the terminal’s table has the value that the study is judged by, whichever it is', () => {
  const head = (metric: string) =>
    summaryTable(analyse(fixtureRecords({ set: [...short, `metric=${metric}`] }))).split('\n');
  expect(head('validAccuracy')[0]).not.toMatch(/best|final/);
  for (const [metric, label] of [
    ['{ name: validAccuracy, at: best }', 'validation accuracy, best'],
    ['{ name: validAccuracy, at: final }', 'validation accuracy, final'],
  ] as const) {
    const [first = '', baseline = ''] = head(metric);
    expect(first.split(/ {2,}/).slice(0, 3)).toEqual(['trial', 'n', label]);
    const cells = baseline.split(/ {2,}/);
    expect(cells[2]).toMatch(/^\d\d\.\d\d%$/);
    expect(cells[2]).not.toBe(cells[4]);
  }
});

test('the terminal has one line per trial and one per run, aligned', () => {
  const records = fixtureRecords({
    set: [...short, 'seeds=2'],
    statusOf: (run) => (run.trial.name === 'schedule=cosine' ? null : 'done'),
  });
  const lines = summaryTable(analyse(records)).split('\n');
  expect(lines).toHaveLength(8);
  expect(lines[1]).toMatch(
    /^baseline +2 +\d\d\.\d\d% +\d\d\.\d\d% +\d\.\d{3} +\d\d\.\d\d +\d\d\.\d\d% +done$/,
  );
  expect(lines[7]).toMatch(/^schedule=cosine +0 +- .* not started$/);
  expect(runsTable(records).split('\n')).toHaveLength(15);
});
