import { describe, expect, it } from 'vitest';
import { flatten, hyperparameterName, isHyperparameterFile } from './files.js';
import { levelsInName, ownSegments } from './fromNames.js';
import { studyPath } from './hyperparameters.js';
import { readRunTable } from './runTable.js';
import { numberSeeds } from './seeds.js';
import { matchName, parseLevelNames, parseTemplate, typedLevel } from './template.js';

const TEMPLATE = 'lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}';
const typed = (template: string, name: string) =>
  Object.fromEntries(
    Object.entries(matchName(parseTemplate(template), name)).map(([path, text]) => [
      path,
      typedLevel(path, text),
    ]),
  );

describe('templates', () => {
  it('gives the last placeholder the rest, types values and knows aliases', () => {
    expect(typed(TEMPLATE, 'a/b/lr_0.05_wd_1e-4_relu_cosine_annealing')).toEqual({
      learningRate: 0.05,
      weightDecay: 0.0001,
      activation: 'relu',
      schedule: 'cosine',
    });
  });

  it('is held against the folders above, the nearest first', () => {
    expect(typed('lr_{lr}_seed_{seed}', 'runs/lr_0.1_seed_2/version_0/metrics')).toEqual({
      learningRate: 0.1,
      seed: 2,
    });
    expect(typed('{optimizer}/s{seed}', 'runs/adam/s3')).toEqual({
      'training.optimizer': { name: 'adam' },
      seed: 3,
    });
  });

  it.each(['lr', '{a}{b}', '{lr}_{learningRate}', '{a b}'])('refuses %s', (template) => {
    expect(() => parseTemplate(template)).toThrow('template');
  });

  it('proposes 0.1 for 0p1', () => {
    expect(() => typedLevel('learningRate', '0p1', {}, true)).toThrow(/--means '0p1=0\.1'/);
  });

  it('refuses a name of another form, and takes a text for the level that it is told to mean', () => {
    expect(() => matchName(parseTemplate(TEMPLATE), 'baseline')).toThrow(/form of the template/);
    const means = parseLevelNames(['sigmoid={ name: sigmoid, blocks: 4-10 }']);
    expect(typedLevel('activation', 'sigmoid', means)).toEqual({ name: 'sigmoid', blocks: '4-10' });
    for (const bad of ['sigmoid', '=relu', 'sigmoid={'])
      expect(() => parseLevelNames([bad])).toThrow('--means');
  });
});

describe('names without a template', () => {
  it.each([
    ['lr=0.01,seed=0', { learningRate: '0.01', seed: '0' }],
    ['lr_0.01_seed_0', { learningRate: '0.01', seed: '0' }],
    ['lr0.01-seed0', { learningRate: '0.01', seed: '0' }],
    ['adam-wd1e-4-s3', { 'training.optimizer': 'adam', weightDecay: '1e-4', seed: '3' }],
    ['lr=1e-3_dropout=0.5', { learningRate: '1e-3', dropout: '0.5' }],
    ['optimizer_sgd_bs_128', { 'training.optimizer': 'sgd', 'training.batchSize': '128' }],
  ])('%s', (name, texts) => {
    expect(levelsInName([name])).toEqual({ texts, rest: '', contradiction: null });
  });

  it('takes nothing from version_0 and checkpoint-36, and tells what it does not know', () => {
    expect(levelsInName(['version_0', 'checkpoint-36', 'metrics'])).toEqual({
      texts: {},
      rest: '',
      contradiction: null,
    });
    expect(levelsInName(['big_lr_0.1']).rest).toBe('big');
    expect(levelsInName(['lr_0.1', 'lr_0.2']).contradiction).toBe('learningRate');
    expect(ownSegments(['a/b/x/1', 'a/b/y/2'])).toEqual([
      ['x', '1'],
      ['y', '2'],
    ]);
  });
});

describe('files of hyperparameters', () => {
  it('knows their names, flattens them, and leaves out where a run was executed', () => {
    expect(
      ['.hydra/config.yaml', 'a/hparams.yaml', 'args.json', 'metrics.json'].map(isHyperparameterFile),
    ).toEqual([true, true, true, false]);
    expect(
      flatten({
        optimizer: { lr: 0.1, betas: [0.9, 0.99] },
        dropout: { value: 0.5, desc: null },
        _wandb: { x: 1 },
      }),
    ).toEqual({
      'optimizer.lr': 0.1,
      'optimizer.betas': [0.9, 0.99],
      dropout: 0.5,
    });
    expect(['output_dir', 'run_name', 'optimizer.name', 'lr'].map(hyperparameterName)).toEqual([
      null,
      null,
      'optimizer',
      'lr',
    ]);
  });

  it('keeps what a study file has no key for, or no such level, under imported', () => {
    expect(studyPath('learningRate', [0.1, 0.2])).toBe('learningRate');
    expect(studyPath('dropout', [0.1])).toBe('imported.dropout');
    expect(studyPath('training.optimizer', [{ name: 'sgd' }, 'lion-v9'])).toBe('imported.training_optimizer');
  });
});

describe('a table of runs', () => {
  it('tells hyperparameters, and not how a run was executed or what it reached', async () => {
    const text =
      'Name,State,Created,Runtime,Sweep,lr,model,seed,epoch,val/acc,best_val_loss\nsun,finished,2024-05-01,30,,0.1,cnn,3,6,0.7,1.2\n';
    const bytes = new TextEncoder().encode(text);
    const file = {
      path: 'runs.csv',
      bytes: bytes.length,
      async *read(start = 0, end = bytes.length) {
        yield bytes.subarray(start, end);
      },
    };
    const notes: string[] = [];
    const { rows } = await readRunTable(file, (note) => notes.push(note));
    expect(rows.get('sun')).toEqual({ lr: '0.1', model: 'cnn', seed: '3' });
    expect(notes.join()).toContain('State, Created, Runtime, Sweep, epoch, val/acc, best_val_loss');
  });
});

describe('seeds', () => {
  const run = (seed: string | number | null, level = 1) => ({
    name: `${seed}`,
    levels: { learningRate: level },
    seed,
  });

  it('keeps numbers, reads the number in a word, counts other words, and numbers runs without one', () => {
    expect(numberSeeds([run('3'), run('11')]).table).toBeNull();
    expect(numberSeeds([run('seed1'), run('seed2')]).table).toEqual({ seed1: 1, seed2: 2 });
    expect(numberSeeds([run('b'), run('a')]).numbers).toEqual([1, 0]);
    expect(numberSeeds([run('a1b2'), run('a1b3')]).numbers).toEqual([0, 1]);
    expect(numberSeeds([run(null), run('1'), run(null), run(null, 2)]).numbers).toEqual([0, 1, 2, 0]);
  });
});
