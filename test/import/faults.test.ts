/** Inputs of the kinds that users of other tools report as faults, and for each a neighbour that no fix was written for. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/analysis/analyse.js';
import {
  csvText,
  curve,
  type Files,
  importFolder,
  inFolder,
  type Outcome,
  sixFiles,
  TEMPLATE,
} from './curveFiles.js';

const FAULTS = join(import.meta.dirname, '../../../shared/curves/faults');
const has = existsSync(FAULTS);
if (!has)
  console.log(
    'left out: the reported faults (../shared/curves is not on this machine); their neighbours are tested',
  );

function filesOf(name: string): Files {
  const folder = readdirSync(FAULTS).find((one) => one.startsWith(name))!;
  const names = readdirSync(join(FAULTS, folder)).filter(
    (one) => !['cmd', 'expect', 'claims.yaml', 'study.yaml'].includes(one),
  );
  return Object.fromEntries(names.map((one) => [one, readFileSync(join(FAULTS, folder, one))]));
}

interface Case {
  /** The number of the reported input. */
  readonly fault: string;
  readonly neighbour: Files;
  readonly levels?: string;
  readonly expected: (outcome: Outcome, isNeighbour: boolean) => void;
}

const accuracies = ({ written }: Outcome) =>
  written!.records.runs.map(
    ({ metrics }) => metrics.findLast(({ validAccuracy }) => validAccuracy !== null)!.validAccuracy!,
  );
const verdict = ({ written }: Outcome) => analyse(written!.records).findings[0]!;
const usual = ['epoch', 'train_loss', 'val_loss', 'val_acc'];

const CASES: Record<string, Case> = {
  'units differ between files': {
    fault: '03',
    neighbour: sixFiles((rows, rate) =>
      csvText(
        ['epoch', 'val_accuracy'],
        rows.map(({ epoch, va }) => [epoch, rate === 0.01 ? va : (100 * va).toFixed(2)]),
      ),
    ),
    expected: ({ refused, said }) => {
      expect(refused).toBe(true);
      expect(said).toMatch(/lr_0\.01_s0.*lr_0\.05_s0/);
    },
  },
  'units differ between columns': {
    fault: '04',
    neighbour: sixFiles((rows) =>
      csvText(
        ['epoch', 'train_acc', 'val_acc (%)'],
        rows.map(({ epoch, ta, va }) => [epoch, ta, (100 * va).toFixed(2)]),
      ),
    ),
    expected: (outcome) => {
      for (const { metrics } of outcome.written!.records.runs)
        expect(metrics.at(-1)!.trainAccuracy).toBeGreaterThan(0.3);
      for (const one of accuracies(outcome))
        expect(one).toSatisfy((value: number) => value > 0.2 && value < 0.8);
    },
  },
  'a value just above one': {
    fault: '06',
    neighbour: sixFiles((rows) =>
      csvText(
        ['Epoch', 'val_acc', 'train_acc'],
        rows.map(({ epoch, ta, va }, i) => [epoch, va, i === 6 ? 1.001 : ta]),
      ),
    ),
    expected: (outcome) => {
      expect(outcome.said).toMatch(/above 1/);
      for (const one of accuracies(outcome)) expect(one).toBeGreaterThan(0.2);
    },
  },
  'per cent signs below one': {
    fault: '07',
    neighbour: sixFiles((_, rate, seed) =>
      csvText(
        ['epoch', 'val_loss', 'val_acc'],
        [1, 2, 3, 4].map((epoch) => [
          epoch,
          4.6 + 0.01 * seed + rate + epoch / 1000,
          `${(0.9 + 0.03 * epoch).toFixed(2)} %`,
        ]),
      ),
    ),
    expected: (outcome) => {
      for (const one of accuracies(outcome)) expect(one).toBeLessThan(0.02);
    },
  },
  'decimal commas between commas': {
    fault: '08',
    neighbour: { 'lr_0.1_s0.csv': 'epoch,val_acc\n1,0,08\n2,0,16\n' },
    expected: ({ refused, said }) => {
      expect(refused).toBe(true);
      expect(said).toMatch(/line 2/);
      expect(said).toMatch(/semicolons/);
    },
  },
  'a column added later': {
    fault: '09',
    neighbour: { 'lr_0.1_s0.csv': 'epoch,val_acc,lr\n1,0.1,0.1\n2,0.2,0.1\n3,0.3\n4,0.4\n' },
    expected: ({ refused, said }) => {
      expect(refused).toBe(true);
      expect(said).toMatch(/line (7|4)/);
    },
  },
  'a torn last row': {
    fault: '11',
    neighbour: { 'lr_0.1_s0.csv': 'epoch,val_loss,val_acc\n1,4.25,0.1234\n2,3.25,0.2345\n3,2.25,0.' },
    expected: (outcome) => {
      const [run] = outcome.written!.records.runs;
      expect(run!.record.status).toBe('interrupted');
      expect(outcome.said).toMatch(/line (7|4): the last line is cut/);
      expect(run!.metrics).toHaveLength(run!.record.epochsDone);
    },
  },
  'epoch and step columns': {
    fault: '12',
    neighbour: sixFiles((rows) =>
      csvText(
        ['step', 'epoch', 'train/loss_step', 'train/loss_epoch', 'val/acc_epoch'],
        rows.map(({ epoch, tl, va }) => [10 * epoch, epoch, tl + 9, tl, va]),
      ),
    ),
    expected: (outcome) => {
      for (const { metrics } of outcome.written!.records.runs)
        expect(metrics.at(-1)!.trainLoss).toBeLessThan(4);
      expect(outcome.said).toMatch(/loss_step: of single updates/);
    },
  },
  'only columns with the suffix epoch': {
    fault: '13',
    neighbour: sixFiles((rows) =>
      csvText(
        ['global_step', 'valid_acc_epoch', 'epoch_time'],
        rows.map(({ epoch, va }) => [20 * epoch - 1, va, 3.5]),
      ),
    ),
    expected: (outcome) => {
      expect(outcome.said).toMatch(/no epoch column/);
      expect(outcome.written!.records.runs).toHaveLength(6);
    },
  },
  'top-5 before top-1': {
    fault: '15',
    neighbour: sixFiles((rows) =>
      csvText(
        ['epoch', 'eval_top5', 'eval_top1', 'eval_loss'],
        rows.map(({ epoch, va, vl }) => [epoch, va + 0.3, va, vl]),
      ),
    ),
    expected: (outcome) => {
      expect(outcome.said).toMatch(/top-5/);
      for (const one of accuracies(outcome)) expect(one).toBeLessThan(0.65);
    },
  },
  'the best so far before the value': {
    fault: '16',
    neighbour: sixFiles((rows) =>
      csvText(
        ['epoch', 'val_acc_best', 'val_acc', 'max_val_acc'],
        rows.map(({ epoch, va }) => [epoch, va + 0.2, va, va + 0.3]),
      ),
    ),
    expected: (outcome) => {
      expect(outcome.said).toMatch(/the best so far/);
      for (const one of accuracies(outcome)) expect(one).toBeLessThan(0.65);
    },
  },
  'two runs in one file': {
    fault: '18',
    neighbour: {
      'lr_0.1_s0.csv': csvText(
        ['"Step"', '"a - b-1 - val_acc"', '"a - b-1 - val_acc__MIN"', '"c - val_acc"'],
        [
          [1, 0.1, 0.1, 0.2],
          [2, 0.2, 0.2, 0.3],
        ],
      ),
    },
    expected: ({ refused, said }) => {
      expect(refused).toBe(true);
      expect(said).toMatch(/val_acc, .*val_acc/);
      expect(said).toMatch(/--runs/);
    },
  },
  'copied seeds': {
    fault: '20',
    neighbour: sixFiles((_, rate, seed) =>
      csvText(
        usual,
        curve(rate, seed === 0 ? 2 : seed).map(({ epoch, tl, vl, va }) => [epoch, tl, vl, va]),
      ),
    ),
    expected: (outcome) => {
      expect(outcome.said).toMatch(/same run twice/);
      expect(outcome.written!.records.runs).toHaveLength(4);
      expect(verdict(outcome).n).toEqual([2, 2]);
    },
  },
  'a loss without a split': {
    fault: '23',
    neighbour: sixFiles((rows) =>
      csvText(
        ['epoch', 'loss', 'sparse_categorical_accuracy', 'val_loss', 'val_sparse_categorical_accuracy'],
        rows.map(({ epoch, tl, ta, vl, va }) => [epoch - 1, tl, ta, vl, va]),
      ),
    ),
    expected: (outcome) => {
      for (const { metrics } of outcome.written!.records.runs) {
        expect(metrics[0]!.epoch).toBe(1);
        expect(metrics.at(-1)!.trainAccuracy).toBeGreaterThan(0.3);
        expect(metrics.at(-1)!.validLoss).toBeGreaterThan(1);
      }
    },
  },
  'test columns only': {
    fault: '25',
    neighbour: sixFiles((rows) =>
      csvText(
        ['epoch', 'train_acc', 'Test Accuracy'],
        rows.map(({ epoch, ta, va }) => [epoch, ta, va]),
      ),
    ),
    expected: (outcome, isNeighbour) => {
      expect(outcome.said).toMatch(
        isNeighbour ? /--columns validAccuracy=Test Accuracy/ : /--columns validAccuracy=test_acc/,
      );
      expect(outcome.said).toMatch(/judged by trainAccuracy/);
      for (const { metrics } of outcome.written!.records.runs)
        expect(metrics.at(-1)!.validAccuracy).toBeNull();
    },
  },
  'seeds with letters': {
    fault: '26',
    levels: '{activation}_{seed}',
    neighbour: {
      'relu_alpha.csv': 'epoch,val_acc\n1,0.2\n2,0.3\n',
      'tanh_beta.csv': 'epoch,val_acc\n1,0.2\n2,0.31\n',
    },
    expected: (outcome) => {
      expect(outcome.said).toMatch(/seeds: /);
      expect(new Set(outcome.written!.records.runs.map(({ record }) => record.seed.label)).size).toBe(2);
    },
  },
  'a loss that is not finite once': {
    fault: '28',
    neighbour: sixFiles((rows) =>
      csvText(
        usual,
        rows.map(({ epoch, tl, vl, va }) => [epoch, epoch === 3 ? 'inf' : tl, vl, va]),
      ),
    ),
    expected: (outcome) => {
      expect(outcome.said).toMatch(/not finite at epoch/);
      for (const { record } of outcome.written!.records.runs) expect(record.status).toBe('done');
    },
  },
  'two rows an epoch': {
    fault: '29',
    neighbour: sixFiles((rows) =>
      csvText(
        ['epoch', 'train_loss', 'val_acc'],
        rows.flatMap(({ epoch, tl, va }) => [
          [epoch, tl, 'nan'],
          [epoch, 'nan', va],
        ]),
      ),
    ),
    expected: (outcome) => {
      for (const { metrics, record } of outcome.written!.records.runs) {
        expect(record.status).toBe('done');
        expect(
          metrics.every(({ trainLoss, validAccuracy }) => trainLoss !== null && validAccuracy !== null),
        ).toBe(true);
      }
    },
  },
  'own seed numbers': {
    fault: '30',
    neighbour: Object.fromEntries(
      [
        [0.01, 5],
        [0.01, 6],
        [0.05, 7],
        [0.05, 8],
        [0.05, 9],
      ].map(([rate, seed]) => [
        `lr_${rate}_s${seed}.csv`,
        csvText(
          usual,
          curve(rate!, seed!).map(({ epoch, tl, vl, va }) => [epoch, tl, vl, va]),
        ),
      ]),
    ),
    expected: (outcome, isNeighbour) => {
      expect(outcome.written!.records.missing).toEqual([]);
      expect(verdict(outcome).verdict).not.toMatch(/provisional/);
      expect(verdict(outcome).n).toEqual(isNeighbour ? [3, 2] : [3, 3]);
    },
  },
  'validated every fifth epoch': {
    fault: '31',
    neighbour: sixFiles((rows) =>
      csvText(
        usual,
        rows.map(({ epoch, tl, vl, va }) => [epoch, tl, ...(epoch % 3 === 1 ? [vl, va] : ['', ''])]),
      ),
    ),
    expected: (outcome) => {
      expect(verdict(outcome).n).toEqual([3, 3]);
    },
  },
  'semicolons and tabs': {
    fault: '34',
    neighbour: {
      'lr_0.1_s0.csv': csvText(
        usual,
        curve(0.1, 0).map(({ epoch, tl, vl, va }) =>
          [epoch, tl, vl, va].map((one) => `${one}`.replace('.', ',')),
        ),
        '\t',
      ),
      'lr_0.2_s0.csv': csvText(
        usual,
        curve(0.2, 0).map(({ epoch, tl, vl, va }) => [epoch, tl, vl, va]),
        '|',
      ),
    },
    expected: (outcome) => {
      expect(outcome.written!.records.runs).toHaveLength(2);
      for (const one of accuracies(outcome))
        expect(one).toSatisfy((value: number) => value > 0.2 && value < 0.8);
    },
  },
  'UTF-16 and gzip': {
    fault: '35',
    neighbour: {
      'lr_0.1_s0.csv': gzipSync(
        csvText(usual, [
          [1, 2, 2, 0.1],
          [2, 1, 1, 0.2],
        ]),
      ),
    },
    expected: (outcome) => {
      expect(outcome.written!.records.runs).toHaveLength(1);
      expect(outcome.written!.records.runs[0]!.metrics[0]!.validAccuracy).toBeLessThan(0.11);
    },
  },
  'Keras: validation every other epoch': {
    fault: '42',
    neighbour: sixFiles((rows) =>
      csvText(
        ['epoch', 'loss', 'val_loss', 'val_accuracy'],
        rows
          .slice(0, 7)
          .map(({ epoch, tl, vl, va }, i) => [epoch - 1, tl, ...(i % 3 === 2 ? [vl, va] : ['nan', 'nan'])]),
      ),
    ),
    expected: (outcome) => {
      for (const { record } of outcome.written!.records.runs) expect(record.status).toBe('done');
      expect(outcome.said).not.toMatch(/diverged/);
      expect(verdict(outcome).n).toEqual([3, 3]);
    },
  },
};

describe('reported faults', () => {
  for (const [name, one] of Object.entries(CASES)) {
    const { expected, levels = TEMPLATE } = one;
    it.skipIf(!has)(name, () =>
      inFolder(filesOf(one.fault), async (folder) => expected(await importFolder(folder, { levels }), false)),
    );
    it(`${name}: a neighbour`, () =>
      inFolder(one.neighbour, async (folder) => expected(await importFolder(folder, { levels }), true)));
  }

  const shorter = sixFiles((rows, rate) =>
    csvText(
      usual,
      rows.slice(0, rate === 0.05 ? 5 : 8).map(({ epoch, tl, vl, va }) => [epoch, tl, vl, va]),
    ),
  );
  const lengths = async (folder: string) => {
    const outcome = await importFolder(folder, { levels: TEMPLATE });
    expect(outcome.said).toMatch(/runs differ in length: .*lr_0\.05_s0.*--until/);
    expect(verdict(outcome).verdict).toMatch(/no verdict: runs differ in length \(epoch \d against \d+\)/);
    const cut = await importFolder(folder, { levels: TEMPLATE, until: 4 });
    expect(cut.said).toMatch(/all runs are cut after epoch 4/);
    expect(cut.written!.records.study.baseline.training.epochs).toBe(4);
    expect(verdict(cut).verdict).not.toMatch(/length/);
    const said = await importFolder(folder, { levels: TEMPLATE, finished: 'early stopping' });
    expect(said.said).toMatch(/by design \(early stopping\)/);
    expect(verdict(said).verdict).not.toMatch(/length/);
  };
  it.skipIf(!has)('shorter runs', () => inFolder(filesOf('01'), lengths));
  it('shorter runs: a neighbour', () => inFolder(shorter, lengths));

  const holes = sixFiles((rows, rate) =>
    csvText(
      usual,
      rows
        .filter(({ epoch }) => rate === 0.01 || epoch < 5 || epoch > 7)
        .map(({ epoch, tl, vl, va }) => [epoch, tl, vl, va]),
    ),
  );
  const missing = async (folder: string, epochs: RegExp) => {
    const outcome = await importFolder(folder, { levels: TEMPLATE });
    expect(outcome.said).toMatch(epochs);
    expect(verdict(outcome).verdict).toMatch(/no verdict: runs were not measured at the same last epochs/);
  };
  it.skipIf(!has)('missing epochs', () =>
    inFolder(filesOf('21'), (folder) => missing(folder, /epochs 6 to 9 are missing: .*lr_0\.05/)),
  );
  it('missing epochs: a neighbour', () =>
    inFolder(holes, (folder) => missing(folder, /epochs 5 to 7 are missing: .*lr_0\.05/)));

  it('many rows: 200,000', () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `${i + 1},2.5`).join('\n');
    return inFolder({ 'lr_0.1_s0.csv': `step,train_loss\n${rows}\n` }, async (folder) => {
      const { written } = await importFolder(folder, { levels: TEMPLATE });
      expect(written!.records.runs[0]!.metrics).toHaveLength(200_000);
    });
  });
});
