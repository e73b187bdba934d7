/** Several names of one hyperparameter, and what names and tables of runs tell beside the known ones. */
import { describe, expect, it } from 'vitest';
import { named, namesApart } from '../../src/import/levels/named.js';
import { readRunTable } from '../../src/import/levels/runTable.js';
import { matchName, parseTemplate } from '../../src/import/levels/template.js';
import { memoryFile } from '../support/memoryFile.js';
import { csvText, type Files, importFolder, inFolder } from './curveFiles.js';

const log = (shift = 0) =>
  csvText(
    ['epoch', 'train_loss', 'val_acc'],
    [1, 2, 3].map((e) => [e, 3 - e / 2 - shift / 100, e / 10]),
  );
const levels = (values: Record<string, number | string>, ...others: Record<string, number>[]) =>
  named(values, undefined, namesApart([values, ...others], undefined));

async function factorsOf(files: Files) {
  return inFolder(files, async (folder) => {
    const { written, said } = await importFolder(folder);
    return { said, factors: written?.plan.runs.map((run) => run.levels) };
  });
}

describe('several names of one key', () => {
  it.each([
    [
      { weight_decay: 0.0005, decay: 0.1 },
      { weightDecay: 0.0005, decay: 0.1 },
    ],
    [
      { eta: 1e-5, lr: 0.1 },
      { learningRate: 0.1, eta: 1e-5 },
    ],
    [
      { lr: 0.1, base_lr: 0.2, max_lr: 0.3 },
      { learningRate: 0.1, base_lr: 0.2, max_lr: 0.3 },
    ],
    [
      { 'head.lr': 0.2, eta: 0.1 },
      { learningRate: 0.1, 'head.lr': 0.2 },
    ],
    [{ lr: 0.1, learning_rate: 0.1 }, { learningRate: 0.1 }],
  ])('the usual one has it, and no other is lost: %o', (values, told) => {
    expect(levels(values as Record<string, number>)).toEqual(told);
  });

  it('a name that differs in one run is told in all', () => {
    expect(levels({ 'o.lr': 0.1, 'head.lr': 0.1 }, { 'o.lr': 0.1, 'head.lr': 0.2 })).toEqual({
      learningRate: 0.1,
      'head.lr': 0.1,
    });
  });

  it('a grid over two learning rates', async () => {
    const rates = [0.1, 0.2];
    const files = Object.fromEntries(
      rates.flatMap((a, i) =>
        rates.flatMap((b, j) => [
          [`r${i}${j}/metrics.csv`, log(2 * i + j)],
          [`r${i}${j}/config.yaml`, `optimizer:\n  lr: ${a}\nhead:\n  lr: ${b}\nseed: 1\n`],
        ]),
      ),
    );
    const { factors } = await factorsOf(files);
    expect(factors).toEqual(
      rates.flatMap((a) => rates.map((b) => ({ learningRate: a, 'imported.head_lr': b }))),
    );
  });
});

describe('a table of runs', () => {
  it('keeps words, weights, counts and lengths, and passes over what runs reached', async () => {
    const kept = 'loss,loss_weight,entropy_coef,top_k,samples,num_samples,steps,iterations,duration';
    const passed =
      '_step,Runtime,Duration,epoch,global_step,val_loss,train/acc,test_acc,accuracy,best_val_acc';
    const row = 'ce,1,2,3,4,5,6,7,8,1,2,3,4,5,0.6,0.7,0.8,0.9,0.95';
    const notes: string[] = [];
    const { rows } = await readRunTable(memoryFile('t.csv', `name,${kept},${passed}\nsun,${row}\n`), (note) =>
      notes.push(note),
    );
    expect(Object.keys(rows.get('sun')!).join()).toBe(kept);
    expect(notes).toEqual([`t.csv: columns that tell no hyperparameter: ${passed.replaceAll(',', ', ')}`]);
  });
});

describe('names', () => {
  it('a template that ends in {_} is held against the file itself', () => {
    const template = parseTemplate('{activation}/{learningRate}/{_}');
    expect(matchName(template, 'logs/relu/0.1/metrics')).toEqual({ activation: 'relu', learningRate: '0.1' });
  });

  it.each(['lr%_vgg_11 lr%_vgg_16', 'hidden_64_lr% hidden_128_lr%'])(
    'sizes are no counters: %s',
    async (names) => {
      const files = ['0.1', '0.2'].flatMap((rate) =>
        names.split(' ').map((name) => [`${name.replace('%', rate)}.csv`, log(Number(rate))] as const),
      );
      const { said } = await factorsOf(Object.fromEntries(files));
      expect(said).toMatch(/names of runs differ in a part that tells no known level/);
    },
  );

  it.each(['lr%_run_1 lr%_run_2', 'lr%_v1 lr%_v2', 'lr%/0 lr%/1'])('counters are: %s', async (names) => {
    const files = ['0.1', '0.2'].flatMap((rate, i) =>
      names.split(' ').map((name, j) => [`${name.replace('%', rate)}.csv`, log(2 * i + j)] as const),
    );
    expect((await factorsOf(Object.fromEntries(files))).factors).toHaveLength(4);
  });
});
