/** Every choice of a reading can be made by an option and in a file, and each counts; a plan reads again what it says. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { registerImport } from '../../src/cli/import.js';
import { type Choices, choicesSchema } from '../../src/import/choices.js';
import { type ImportOptions, importCurves, planImport } from '../../src/import/node/importFiles.js';
import { formatPlan } from '../../src/import/plan.js';
import { csvText, type Files, inFolder } from './curveFiles.js';

it('every choice is an option of the command line', () => {
  const program = new Command();
  registerImport(program);
  const options = program.commands[0]!.options.map((one) => one.attributeName());
  expect(options).toEqual(expect.arrayContaining(Object.keys(choicesSchema.shape)));
});

const EPOCHS = [1, 2, 3, 4, 5, 6];
const rows = (header: string[], row: (epoch: number) => unknown[]) => csvText(header, EPOCHS.map(row));
const plain = (rate: number) =>
  rows(['epoch', 'train_loss', 'val_acc'], (e) => [e, 4 - e / 2 - rate, (e + rate) / 10]);
const two = { 'lr_0.1_s0.csv': plain(0.1), 'lr_0.2_s0.csv': plain(0.2) };

interface Case {
  readonly files: Files;
  readonly choices: Partial<Choices>;
  /** Without the choice the files are refused, else read otherwise. */
  readonly without?: Partial<Choices>;
  /** Files that are read; without them the whole folder. */
  readonly sources?: readonly string[];
}

const CASES: Readonly<Record<keyof Choices, Case>> = {
  levels: {
    files: { 'x-0.1-0.csv': plain(0.1), 'x-0.2-0.csv': plain(0.2) },
    choices: { levels: 'x-{lr}-{seed}' },
  },
  means: {
    files: { 'a_s0.csv': plain(0.1), 'b_s0.csv': plain(0.2) },
    choices: { levels: '{lr}_s{seed}', means: ['a=0.1', 'b=0.2'] },
    without: { levels: '{lr}_s{seed}' },
  },
  absent: {
    files: { 'lr_0.1_s0.csv': plain(0.1), 'lr_0.1_dropout_0.5_s1.csv': plain(0.2) },
    choices: { absent: ['dropout=0'] },
  },
  runs: {
    files: {
      'sun.csv': plain(0.1),
      'moon.csv': plain(0.2),
      'table.csv': 'name,lr,seed\nsun,0.1,3\nmoon,0.2,4\n',
    },
    choices: { runs: 'table.csv' },
    sources: ['sun.csv', 'moon.csv'],
  },
  columns: {
    files: { 'lr_0.1_s0.csv': rows(['epoch', 'score', 'val_loss'], (e) => [e, e / 10, 4 - e / 2]) },
    choices: { columns: ['validAccuracy=score'] },
  },
  ignore: { files: two, choices: { ignore: ['train_loss'] } },
  unit: { files: two, choices: { unit: ['validAccuracy=percent'] } },
  runColumns: {
    files: {
      'all.csv': csvText(
        ['who', 'epoch', 'val_acc', 'seed'],
        [0, 1].flatMap((who) => EPOCHS.map((e) => [who, e, e / 10 + who / 50, 5])),
      ),
    },
    choices: { runColumns: ['who'], levels: '{lr}' },
    without: { levels: '{lr}' },
  },
  axis: {
    files: { 'lr_0.1_s0.csv': rows(['epoch', 'step', 'val_acc'], (e) => [2 * e, 10 * e, e / 10]) },
    choices: { axis: 'step' },
  },
  firstEpoch: { files: two, choices: { firstEpoch: 0 } },
  stepsPerEpoch: {
    files: { 'lr_0.1_s0.csv': rows(['step', 'val_acc'], (e) => [50 * e, e / 10]) },
    choices: { stepsPerEpoch: 100 },
  },
  repeats: {
    files: { 'lr_0.1_s0.csv': 'epoch,val_acc\n1,0.1\n2,0.2\n2,0.3\n3,0.4\n' },
    choices: { repeats: 'last' },
  },
  until: { files: two, choices: { until: 4 } },
  finished: {
    files: { ...two, 'lr_0.3_s0.csv': plain(0.3).split('\n').slice(0, 4).join('\n').concat('\n') },
    choices: { finished: 'early stopping' },
  },
  leaveOut: { files: two, choices: { leaveOut: ['lr_0.2*'] } },
  seeds: {
    files: { 'lr_0.1_s0.csv': rows(['epoch', 'repeat_no', 'val_acc'], (e) => [e, 7, e / 10]) },
    choices: { seeds: 'repeat_no' },
  },
  seed: {
    files: { 'lr_0.1_alpha.csv': plain(0.1), 'lr_0.1_beta.csv': plain(0.2) },
    choices: { levels: 'lr_{lr}_{seed}', seed: ['alpha=8', 'beta=9'] },
    without: { levels: 'lr_{lr}_{seed}' },
  },
  baseline: { files: two, choices: { baseline: 'lr_0.2_s0' } },
  metric: { files: two, choices: { metric: 'trainLoss' } },
  smallestEffect: { files: two, choices: { smallestEffect: 3 } },
  encoding: {
    files: { 'lr_0.1_s0.csv': Buffer.from('epoch,val_acc,größe\n1,0.1,1\n2,0.2,1\n3,0.3,1\n', 'latin1') },
    choices: { encoding: 'latin1' },
  },
  separator: {
    files: { 'lr_0.1_s0.csv': plain(0.1).replaceAll(',', '~') },
    choices: { separator: '~' },
  },
  decimal: {
    files: {
      'lr_0.1_s0.csv': 'step;val_loss;val_acc\n1;4,125;0.1\n2;3,125;0.2\n3;2,125;0.3\n'.replaceAll(
        '0.',
        '0,',
      ),
    },
    choices: { decimal: 'comma' },
    without: { decimal: 'point' },
  },
  format: {
    files: { 'lr_0.1_s0.out': EPOCHS.map((e) => `{"epoch": ${e}, "val_acc": ${e / 10}}\n`).join('') },
    choices: { format: 'jsonl' },
    sources: ['lr_0.1_s0.out'],
  },
};

/** All that an import made, as text; the words of a refusal otherwise. */
async function made(
  folder: string,
  options: Omit<ImportOptions, 'sources'>,
  sources?: readonly string[],
): Promise<string> {
  const out = `${folder}-study`;
  try {
    const within = sources?.map((one) => join(folder, one)) ?? [folder];
    const { records } = await importCurves({ ...options, sources: within, out, name: 's' });
    const runs = records.runs.map(({ record, metrics }) => {
      const { levels, seed, status, endedByDesign, epochs } = record;
      return { levels, seed, status, endedByDesign, epochs, metrics };
    });
    return JSON.stringify({ study: records.study, runs });
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

describe('each choice counts, given as an option, in a file, and in the plan that was made by it', () => {
  it.each(Object.entries(CASES))('%s', (_, { files, choices, without = {}, sources }) =>
    inFolder(files, async (folder) => {
      const own = choices.runs === undefined ? choices : { ...choices, runs: join(folder, choices.runs) };
      const bare = await made(folder, { choices: without }, sources);
      const byOption = await made(folder, { choices: own }, sources);
      expect(byOption).not.toMatch(/^refused/);
      expect(byOption).not.toBe(bare);
      const file = `${folder}-reading.yaml`;
      try {
        writeFileSync(file, stringify({ choices: own }));
        expect(await made(folder, { as: file }, sources)).toBe(byOption);
        const within = sources?.map((one) => join(folder, one)) ?? [folder];
        writeFileSync(file, formatPlan(await planImport({ sources: within, choices: own })));
        expect(await made(folder, { as: file }, sources)).toBe(byOption);
      } finally {
        rmSync(file, { force: true });
      }
    }),
  );
});

it('a whole plan can be changed, and refuses options that it has decided', () =>
  inFolder(two, async (folder) => {
    const text = formatPlan(await planImport({ sources: [folder] }));
    const file = `${folder}-reading.yaml`;
    const withPlan = async (from: RegExp | string, to: string) => {
      expect(text).toMatch(from);
      writeFileSync(file, text.replace(from, to));
      return JSON.parse(await made(folder, { as: file })) as {
        runs: {
          levels: Record<string, number>;
          seed: { label: number };
          metrics: Record<string, number>[];
        }[];
      };
    };
    try {
      const unit = await withPlan(/column: val_acc\n( +)unit: fraction/, 'column: val_acc\n$1unit: percent');
      expect(unit.runs[0]!.metrics.at(-1)!.validAccuracy).toBeCloseTo(0.0061, 9);
      const column = await withPlan('column: train_loss', 'column: val_acc');
      expect(column.runs[0]!.metrics.at(-1)!.trainLoss).toBeCloseTo(0.61, 9);
      expect((await withPlan('first: 1', 'first: 0')).runs[0]!.metrics[0]!.epoch).toBe(2);
      const level = await withPlan('learningRate: 0.2', 'learningRate: 0.3');
      expect(level.runs.some(({ levels }) => levels.learningRate === 0.3)).toBe(true);
      expect((await withPlan('seed: 0', 'seed: 12')).runs.map(({ seed }) => seed.label)).toContain(12);
      writeFileSync(file, text);
      expect(await made(folder, { as: file, choices: { until: 3 } })).not.toMatch(/^refused/);
      expect(await made(folder, { as: file, choices: { columns: ['trainLoss='] } })).toMatch(
        /a plan says already how the files are read[\s\S]*--columns/,
      );
      writeFileSync(file, 'choices: { colums: [] }\n');
      expect(await made(folder, { as: file })).toMatch(/refused: [\s\S]*colums/);
    } finally {
      rmSync(file, { force: true });
    }
  }));

const REAL = join(import.meta.dirname, '../../../shared/curves/real');
const has = existsSync(REAL);
if (!has) console.log('left out: plans of real logs (../shared/curves is not on this machine)');

describe.skipIf(!has)('the plan of a real log reads it again to the same study', () => {
  const sources = has ? readdirSync(REAL).filter((one) => !/\.(md|json|py|txt)$/.test(one)) : [];
  it.each(sources)('%s', (source) =>
    inFolder({}, async (folder) => {
      const file = join(folder, 'reading.yaml');
      const log = join(REAL, source);
      const options = { sources: [log], name: 's' };
      writeFileSync(file, formatPlan(await planImport(options)));
      const first = await importCurves({ ...options, out: join(folder, 'a') });
      const again = await importCurves({ ...options, as: file, out: join(folder, 'b') });
      const text = (name: string, path: string) => readFileSync(join(folder, name, path), 'utf8');
      expect(text('b', 'study.yaml')).toBe(text('a', 'study.yaml'));
      for (const { record } of first.records.runs)
        for (const path of ['run.json', 'metrics.csv'])
          expect(text('b', `runs/${record.id}/${path}`)).toBe(text('a', `runs/${record.id}/${path}`));
      expect(again.records.runs).toHaveLength(first.records.runs.length);
    }),
  );
});
