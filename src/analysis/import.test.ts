import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importCurves } from './import.js';
import { asFractions, likelyColumn, parseColumns, readCurve } from './importCsv.js';
import { inferDesign } from './importDesign.js';
import { matchName, parseLevelNames, parseTemplate } from './importTemplate.js';
import { measureOf } from './measures/measures.js';
import { importCurveFiles } from './node/importFiles.js';
import { levelGroups } from './trials/levels.js';
import { summarizeLevel } from './trials/summary.js';

const TEMPLATE = 'lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}';
const csv = (rows: string) => `Epoch,Train Loss,Valid Loss,Train Accuracy,Valid Accuracy\n${rows}`;
const file = (name: string, rows = '1,2,2.1,30,25\n2,1,1.5,60,50\n') => ({
  name: `${name}.csv`,
  text: csv(rows),
});

describe('names', () => {
  it('gives the last placeholder the rest, types values and knows aliases', () => {
    expect(matchName(parseTemplate(TEMPLATE), 'a/b/lr_0.05_wd_1e-4_relu_cosine_annealing.csv')).toEqual({
      learningRate: 0.05,
      weightDecay: 0.0001,
      activation: 'relu',
      schedule: 'cosine',
    });
  });

  it.each(['lr', '{a}{b}', '{a}_{a}', '{a b}'])('refuses the template %s', (template) => {
    expect(() => parseTemplate(template)).toThrow('template');
  });

  it('takes a text for the level that it is told to mean', () => {
    const means = parseLevelNames(['sigmoid={ name: sigmoid, blocks: 4-10 }']);
    expect(matchName(parseTemplate('a_{activation}'), 'a_sigmoid.csv', means)).toEqual({
      activation: { name: 'sigmoid', blocks: '4-10' },
    });
    for (const bad of ['sigmoid', '=relu', 'sigmoid={'])
      expect(() => parseLevelNames([bad])).toThrow('--means');
  });

  it('refuses a name of another form', () => {
    expect(() => matchName(parseTemplate(TEMPLATE), 'baseline.csv')).toThrow(/form of the template/);
  });
});

describe('columns', () => {
  it.each([
    ['Train Loss', 'trainLoss'],
    ['val_acc', 'validAccuracy'],
    ['validationAccuracy', 'validAccuracy'],
    ['training_accuracy (%)', 'trainAccuracy'],
    ['Epoch', 'epoch'],
    ['LR', 'learningRate'],
    ['test_loss', null],
    ['constraint', null],
  ])('takes %s for %s', (header, column) => {
    expect(likelyColumn(header)).toBe(column);
  });

  it('reads columns that are named', () => {
    const text = 'step,L,A\n1,2,0.5\n';
    const curve = readCurve({ name: 'x.csv', text }, parseColumns(['validLoss=L', 'validAccuracy="A"']));
    expect(curve.rows[0]).toMatchObject({ epoch: 1, validLoss: 2, validAccuracy: 0.5, trainLoss: null });
    expect(curve.notes).toHaveLength(1);
    expect(() => parseColumns(['loss=L'])).toThrow('no metric');
    expect(() => readCurve({ name: 'x.csv', text }, { validLoss: 'B' })).toThrow('--columns');
    expect(() => readCurve({ name: 'x.csv', text }, {})).toThrow('looks like');
  });

  it('tells percentages and fractions apart over all files together', () => {
    const low = readCurve(file('a', '1,4,4,0.9,0.8\n'), {});
    const high = readCurve(file('b', '1,4,4,80,60\n'), {});
    expect(asFractions([low, high]).curves[0]!.rows[0]!.validAccuracy).toBeCloseTo(0.008);
    expect(asFractions([low]).curves[0]!.rows[0]!.validAccuracy).toBe(0.8);
    expect(() => asFractions([readCurve(file('c', '1,4,4,101,60\n'), {})])).toThrow('outside its range');
  });

  it('keeps the curve of a diverged run, counts epochs from 1 and refuses what is no number', () => {
    const curve = readCurve(file('a', '0,4,4,1,1\n1,nan,,1,1\n'), {});
    expect(curve.divergedAt).toBe(2);
    expect(curve.rows.map(({ epoch, trainLoss }) => [epoch, trainLoss])).toEqual([
      [1, 4],
      [2, null],
    ]);
    expect(() => readCurve(file('a', '1,four,4,1,1\n'), {})).toThrow('line 2, column Train Loss');
    expect(() => readCurve(file('a', '2,4,4,1,1\n2,4,4,1,1\n'), {})).toThrow('line 3');
    expect(() => readCurve(file('a', ''), {})).toThrow('no rows');
  });
});

describe('design', () => {
  const base = { learningRate: 0.05, schedule: 'constant' };

  it('finds the baseline, orders levels, and keeps what is off the design as explicit trials', () => {
    const both = { learningRate: 0.2, schedule: 'cosine' };
    const design = inferDesign([
      { ...base, learningRate: 0.2 },
      { ...base, schedule: 'cosine' },
      base,
      { ...base, learningRate: 0.01 },
    ]);
    expect(design).toMatchObject({
      method: 'one-factor',
      baseline: base,
      factors: { learningRate: [0.01, 0.05, 0.2], schedule: ['cosine', 'constant'] },
      trials: [],
      notes: [],
    });
    const more = inferDesign(
      [base, { ...base, learningRate: 0.01 }, { ...base, schedule: 'cosine' }, both],
      base,
    );
    expect(more.method).toBe('one-factor');
    expect(more.trials).toEqual([both]);
  });

  it('sees a grid, one factor alone, and a single run', () => {
    const grid = [0.1, 0.2].flatMap((learningRate) =>
      ['cosine', 'constant'].map((schedule) => ({ learningRate, schedule })),
    );
    expect(inferDesign(grid).method).toBe('grid');
    expect(inferDesign([base, { ...base, learningRate: 0.2 }]).notes).toHaveLength(1);
    expect(inferDesign([base])).toMatchObject({ factors: {}, trials: [] });
    expect(() => inferDesign(grid, base)).toThrow('baseline');
  });
});

describe('importCurves', () => {
  it('makes records of a study; a seed placeholder tells repeats apart', () => {
    const sources = [0, 1]
      .flatMap((seed) => [file(`lr_0.1_s_${seed}`), file(`lr_0.2_s_${seed}`)])
      .slice(0, 3);
    const { records } = importCurves(sources, { levels: 'lr_{learningRate}_s_{seed}', name: 'seeds' });
    expect(records.runs.map(({ record }) => [record.trialName, record.seed.label, record.source])).toEqual([
      ['baseline', 0, 'lr_0.1_s_0.csv'],
      ['baseline', 1, 'lr_0.1_s_1.csv'],
      ['learningRate=0.2', 0, 'lr_0.2_s_0.csv'],
    ]);
    expect(records.missing).toHaveLength(1);
    expect(records.runs[0]!.metrics[1]!.validAccuracy).toBe(0.5);
  });

  it('judges by the validation accuracy where there is one, else by a loss with its smallest effect', () => {
    const imported = (text: string) =>
      importCurves([{ name: 'lr_0.1.csv', text }], { levels: 'lr_{learningRate}', name: 'one' });
    expect(imported(csv('1,2,2,30,25\n')).records.study).toMatchObject({
      metric: { name: 'validAccuracy' },
      smallestEffect: 1,
    });
    const { records, notes } = imported('Epoch,Valid Loss,Test Accuracy\n1,2,30\n');
    expect(records.study).toMatchObject({ metric: { name: 'validLoss' }, smallestEffect: 0.05 });
    expect(notes.join('\n')).toMatch(/judged by validLoss, with 0\.05 nats/);
  });

  it('refuses two files of one configuration, and no file', () => {
    const twice = [file('lr_0.1'), file('x/lr_0.10')];
    expect(() => importCurves(twice, { levels: 'lr_{learningRate}', name: 'twice' })).toThrow(
      'same configuration',
    );
    expect(() => importCurves([], { levels: 'lr_{learningRate}', name: 'none' })).toThrow('no CSV');
  });
});

const PUBLISHED = new URL('../../../shared/reference/source-runs', import.meta.url).pathname;
if (!existsSync(PUBLISHED))
  console.log('left out: import of the published curves, which are not on this machine');

describe.skipIf(!existsSync(PUBLISHED))('the published curves', () => {
  it('become the seven-run study, on disk and back', () => {
    const out = mkdtempSync(join(tmpdir(), 'ceteris-import-'));
    try {
      const notes: string[] = [];
      const target = {
        out: join(out, 'published'),
        levels: TEMPLATE,
        onNote: (note: string) => notes.push(note),
      };
      const records = importCurveFiles({ sources: [PUBLISHED], ...target });
      expect(records.study.factors.map(({ path, levels }) => [path, levels])).toEqual([
        ['learningRate', [0.01, 0.05, 0.2]],
        ['schedule', ['cosine', 'constant']],
        ['weightDecay', [0, 0.0001, 0.0005]],
        ['activation', ['relu', 'sigmoid']],
      ]);
      expect(records.runs).toHaveLength(7);
      expect(records.missing).toEqual([]);
      expect(records.outside).toEqual([]);
      expect(notes).toEqual(['accuracies were read as percentages']);
      const final = (factor: number, id: string) =>
        levelGroups(records, records.study.factors[factor]!).map(
          (group) => summarizeLevel(group, measureOf(id)).mean,
        );
      expect(final(0, 'validAccuracy.final')).toEqual([0.5238, 0.5546, 0.5797]);
      expect(final(1, 'validLoss.final')[0]).toBeCloseTo(3.4, 1);
      expect(final(2, 'validAccuracy.final')).toEqual([0.5546, 0.5447, 0.534]);
      expect(
        readFileSync(join(out, 'published', 'runs', records.runs[0]!.record.id, 'run.json'), 'utf8'),
      ).toContain('"source"');
      expect(() => importCurveFiles({ sources: [PUBLISHED], ...target })).toThrow('study already');
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});
