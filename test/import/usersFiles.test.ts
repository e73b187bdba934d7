/** Files as people write them, in kinds: each is read rightly, or refused with words that say what to do. */
import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/analysis/analyse.js';
import type { Choices } from '../../src/import/choices.js';
import type { MetricsRow } from '../../src/store/records.js';
import { csvText, curve, type Files, importFolder, inFolder, sixFiles, TEMPLATE } from './curveFiles.js';

const EPOCHS = [1, 2, 3, 4, 5, 6, 7, 8];
const accuracy = (epoch: number) => Math.round(1e4 * (0.2 + 0.05 * epoch)) / 1e4;
const percent = (epoch: number) => (100 * accuracy(epoch)).toFixed(2);

/** One log of eight epochs; the accuracies are 0.25 to 0.6. */
function one(
  header: readonly string[],
  row: (epoch: number) => readonly unknown[],
  name = 'lr_0.1_s0.csv',
): Files {
  return { [name]: csvText(header, EPOCHS.map(row)) };
}

const accuracies = (cell: (epoch: number) => unknown, name = 'val_acc') =>
  one(['epoch', 'train_loss', name], (e) => [e, 3 - e / 4, cell(e)]);

interface Refused {
  readonly files: Files;
  readonly choices?: Partial<Choices>;
  readonly says: RegExp;
}

const REFUSED: Record<string, Refused> = {
  'one value in per cent among fractions': {
    files: accuracies((e) => (e === 6 ? 50 : accuracy(e))),
    says: /two units[\s\S]*column val_acc, line 7[\s\S]*0\.45, then 50[\s\S]*--unit 'validAccuracy=percent'/,
  },
  'one fraction among values in per cent': {
    files: accuracies((e) => (e === 6 ? accuracy(e) : percent(e))),
    says: /two units[\s\S]*line 7[\s\S]*45, then 0\.5/,
  },
  'fractions, and per cent since the script was changed': {
    files: accuracies((e) => (e < 4 ? accuracy(e) : percent(e))),
    says: /two units[\s\S]*line 5[\s\S]*0\.35, then 40/,
  },
  'per cent, and fractions since the script was changed': {
    files: accuracies((e) => (e < 4 ? percent(e) : accuracy(e))),
    says: /two units[\s\S]*line 5[\s\S]*35, then 0\.4/,
  },
  'a single value that is no fraction': {
    files: accuracies((e) => (e === 6 ? 7 : accuracy(e))),
    says: /two readings[\s\S]*0\.25 to 7 \(1 of 8 values above 1\)/,
  },
  'fractions are asked for, and cells have signs': {
    files: accuracies((e) => `${percent(e)}%`),
    choices: { unit: ['fraction'] },
    says: /fractions are asked for, and the file says per cent[\s\S]*per cent signs/,
  },
  'a loss with signs': {
    files: one(['epoch', 'train_loss', 'val_acc'], (e) => [e, `${3 - e / 4}%`, accuracy(e)]),
    says: /no accuracy has per cent signs[\s\S]*train_loss, line 2[\s\S]*--ignore 'train_loss'/,
  },
  'values in rows after that of their epoch': {
    files: {
      'lr_0.1_s0.csv': `_step,epoch,train_loss,val_acc\n${EPOCHS.map((e) => `${2 * e},${e},${3 - e / 4},\n${2 * e + 1},,,${accuracy(e)}\n`).join('')}`,
    },
    says: /a row holds a value and no epoch[\s\S]*line 3, column epoch[\s\S]*val_acc: 0\.25[\s\S]*--axis step/,
  },
  'an epoch that is nan': {
    files: one(['epoch', 'val_acc'], (e) => [e === 4 ? 'nan' : e, accuracy(e)]),
    says: /a row holds a value and no epoch[\s\S]*line 5/,
  },
  'an epoch that was forgotten': {
    files: one(['epoch', 'val_acc'], (e) => [e === 4 ? '' : e, accuracy(e)]),
    says: /no epoch[\s\S]*line 5[\s\S]*--axis row/,
  },
  'a cell that is no number': {
    files: accuracies((e) => (e === 4 ? 'O.4' : accuracy(e))),
    says: /line 5, column val_acc[\s\S]*a gap: empty, -[\s\S]*O\.4[\s\S]*mend that cell[\s\S]*--ignore 'val_acc'/,
  },
  'units in a second line': {
    files: { 'lr_0.1_s0.csv': 'epoch,val_acc\n(-),(%)\n1,10\n2,20\n' },
    says: /line 2, column epoch|line 2, column val_acc/,
  },
  'marks between thousands as Python and French write them': {
    files: one(['epoch', 'train_loss'], (e) => [e, `${e}_234_567`]),
    says: /without marks between thousands/,
  },
  'a title above the header': {
    files: {
      'lr_0.1_s0.csv': `made on Monday\n${csvText(
        ['epoch', 'val_acc'],
        EPOCHS.map((e) => [e, accuracy(e)]),
      )}`,
    },
    says: /line 2[\s\S]*made on Monday[\s\S]*if line 1 is no header[\s\S]*#/,
  },
  'row names without a header, as R writes them': {
    files: {
      'lr_0.1_s0.csv': `"epoch" "val_acc"\n${EPOCHS.map((e) => `"${e}" ${e} ${accuracy(e)}\n`).join('')}`,
    },
    says: /line 2[\s\S]*a name for every column must stand in the header, also for row numbers/,
  },
  'a cut where no run reaches': {
    files: accuracies(accuracy),
    choices: { until: 20 },
    says: /no run reaches[\s\S]*--until[\s\S]*at most 8[\s\S]*20/,
  },
  'times that are called epochs': {
    files: one(['epoch', 'val_acc'], (e) => [1_700_000_000 + e, accuracy(e)]),
    says: /too many epochs[\s\S]*lr_0\.1_s0\.csv[\s\S]*1700000008[\s\S]*--axis row/,
  },
  'two columns for one metric': {
    files: accuracies(accuracy),
    choices: { columns: ['validAccuracy=val_acc', 'validAccuracy=val_accuracy'] },
    says: /names one metric twice[\s\S]*val_acc and validAccuracy=val_accuracy/,
  },
  'zero bytes within a text': {
    files: { 'lr_0.1_s0.csv': 'epoch,val_acc\n1,0.1\n\0\0\0\n2,0.2\n' },
    says: /zero bytes[\s\S]*line 3/,
  },
  'an accuracy beside the losses of training and test': {
    files: one(['epoch', 'train_loss', 'test_loss', 'accuracy'], (e) => [
      e,
      3 - e / 4,
      3 - e / 5,
      accuracy(e),
    ]),
    says: /names no split[\s\S]*accuracy \(0\.25 to 0\.6\)[\s\S]*--columns 'trainAccuracy=accuracy'/,
  },
};

describe('refused', () => {
  it.each(Object.entries(REFUSED))('%s', (_, { files, choices = {}, says }) =>
    inFolder(files, async (folder) => {
      const { refused, said } = await importFolder(folder, choices);
      expect(said).toMatch(says);
      expect(refused).toBe(true);
    }),
  );
});

interface Read {
  readonly files: Files;
  readonly choices?: Partial<Choices>;
  /** Of the first run's last row. */
  readonly last: Partial<Record<keyof MetricsRow, number | null>>;
  readonly says?: RegExp;
}

const READ: Record<string, Read> = {
  'values in per cent that begin at one per mille': {
    files: accuracies((e) => (e === 1 ? 0.1 : percent(e))),
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'runs in one file, whose per cent end high and begin low': {
    files: {
      'all.csv': csvText(
        ['seed', 'epoch', 'val_acc'],
        [0, 1].flatMap((seed) =>
          EPOCHS.map((e) => [seed, e, e === 1 ? 0.6 : (7.4 * e + seed / 10).toFixed(1)]),
        ),
      ),
    },
    last: { epoch: 8, validAccuracy: 0.592 },
  },
  'per cent, with the option, though one value looks like a fraction': {
    files: accuracies((e) => (e === 6 ? 0.5 : percent(e))),
    choices: { unit: ['validAccuracy=percent'] },
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'a header that begins with its unit': {
    files: accuracies((e) => accuracy(e), 'pct_val_acc'),
    last: { epoch: 8, validAccuracy: 0.006 },
  },
  'a header with a wide per cent sign': {
    files: accuracies((e) => accuracy(e), 'val_acc（％）'),
    last: { epoch: 8, validAccuracy: 0.006 },
  },
  'a header that is wrong about its unit': {
    files: accuracies((e) => accuracy(e), 'val_acc (%)'),
    choices: { unit: ['validAccuracy=fraction'] },
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'an error rate, asked for': {
    files: accuracies((e) => (100 - 100 * accuracy(e)).toFixed(1), 'val_err@1'),
    choices: { columns: ['validAccuracy=val_err@1'] },
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'an error rate, not asked for': {
    files: accuracies((e) => 1 - accuracy(e), 'error_rate'),
    last: { epoch: 8, validAccuracy: null, trainLoss: 1 },
    says: /error_rate: an error rate, not an accuracy: --columns validAccuracy=error_rate reads 1 minus it/,
  },
  'precision at one': {
    files: one(['epoch', 'val_prec@5', 'val_prec@1'], (e) => [e, 0.9, accuracy(e)]),
    last: { epoch: 8, validAccuracy: 0.6 },
    says: /val_prec@5: top-5, not top-1/,
  },
  'an accuracy of what was held out': {
    files: one(['epoch', 'train_loss', 'holdout_acc'], (e) => [e, 3 - e / 4, accuracy(e)]),
    last: { epoch: 8, validAccuracy: null, trainAccuracy: null },
    says: /--columns validAccuracy=holdout_acc/,
  },
  'the logarithm of a loss, its change, and its negative': {
    files: one(['epoch', 'log_train_loss', 'neg_val_loss', 'val_loss_change', 'val_log_loss'], (e) => [
      e,
      1,
      -1,
      0,
      3 - e / 4,
    ]),
    last: { epoch: 8, trainLoss: null, validLoss: 1 },
    says: /log_train_loss: no value of the loss/,
  },
  'smoothed values beside the values': {
    files: one(['epoch', 'val_acc_smoothed', 'val_acc'], (e) => [e, 0.1, accuracy(e)]),
    last: { epoch: 8, validAccuracy: 0.6 },
    says: /val_acc_smoothed: smoothed; val_acc is read/,
  },
  'a log that was continued, and ends before its first attempt did': {
    files: {
      'lr_0.1_s0.csv': csvText(
        ['epoch', 'val_acc'],
        [...EPOCHS.map((e) => [e, accuracy(e)]), ...[3, 4, 5].map((e) => [e, accuracy(e) + 0.01])],
      ),
    },
    choices: { repeats: 'last' },
    last: { epoch: 5, validAccuracy: 0.46 },
    says: /goes back; 3 values of validAccuracy after the end/,
  },
  'epochs under a name that is not known': {
    files: one(['Epoche', 'val_acc'], (e) => [e + 4, accuracy(e)]),
    last: { epoch: 8, validAccuracy: 0.6 },
    says: /the column Epoche \(5 to 12\) rises with the rows[\s\S]*--columns 'epoch=Epoche'/,
  },
  'gaps by other marks': {
    files: accuracies((e) => ['-', '--', '\u2014', '?', '.', 'n.a.', 'undefined'][e - 1] ?? accuracy(e)),
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'a table in Markdown': {
    files: {
      'lr_0.1_s0.csv': `| epoch | val_acc |\n|---|---:|\n${EPOCHS.map((e) => `| ${e} | ${accuracy(e)} |\n`).join('')}`,
    },
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'epoch 0 that is left out': {
    files: one(['epoch', 'val_acc'], (e) => [e - 1, accuracy(e)]),
    choices: { firstEpoch: 1 },
    last: { epoch: 7, validAccuracy: 0.6 },
    says: /epoch 0 was left out/,
  },
  'steps that are asked for, beside epochs': {
    files: one(['epoch', 'step', 'val_acc'], (e) => [e, 10 * e, accuracy(e)]),
    choices: { axis: 'step' },
    last: { epoch: 8, validAccuracy: 0.6 },
    says: /as asked: the 8 places of the steps 10 to 80[\s\S]*epoch: epochs, beside the steps/,
  },
  'a column that is ignored and not there': {
    files: accuracies(accuracy),
    choices: { ignore: ['val_los'] },
    last: { epoch: 8, validAccuracy: 0.6 },
    says: /--ignore val_los: no file has/,
  },
  'a last line that is cut, beyond where all are cut': {
    files: {
      'lr_0.1_s0.csv': csvText(
        ['epoch', 'train_loss', 'val_acc'],
        EPOCHS.map((e) => [e, 3 - e / 4, accuracy(e)]),
      ).slice(0, -8),
    },
    choices: { until: 7 },
    last: { epoch: 7, validAccuracy: 0.55 },
  },
  'zero bytes at the end, after a crash': {
    files: {
      'lr_0.1_s0.csv': `${csvText(
        ['epoch', 'val_acc'],
        EPOCHS.map((e) => [e, accuracy(e)]),
      )}${'\0'.repeat(9000)}`,
    },
    choices: { until: 8 },
    last: { epoch: 8, validAccuracy: 0.6 },
    says: /ends in zero bytes/,
  },
  'JSON lines under the name .json': {
    files: {
      'lr_0.1_s0.json': EPOCHS.map((e) => `${JSON.stringify({ epoch: e, val_acc: accuracy(e) })}\n`).join(''),
    },
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'JSON lines in a log.txt of a folder': {
    files: {
      'lr_0.1_s0/log.txt': EPOCHS.map(
        (e) => `${JSON.stringify({ train_loss: 3 - e / 4, epoch: e - 1 })}\n`,
      ).join(''),
    },
    last: { epoch: 8, trainLoss: 1 },
  },
  'a table of pandas by columns': {
    files: {
      'lr_0.1_s0.json': JSON.stringify({
        loss: Object.fromEntries(EPOCHS.map((e) => [e - 1, 3 - e / 4])),
        val_accuracy: Object.fromEntries(EPOCHS.map((e) => [e - 1, accuracy(e)])),
      }),
    },
    last: { epoch: 8, trainLoss: 1, validAccuracy: 0.6 },
  },
  'a table of pandas by its index': {
    files: {
      'lr_0.1_s0.json': JSON.stringify(
        Object.fromEntries(EPOCHS.map((e) => [e - 1, { loss: 3 - e / 4, val_accuracy: accuracy(e) }])),
      ),
    },
    last: { epoch: 8, trainLoss: 1, validAccuracy: 0.6 },
  },
  'a table of pandas in lists': {
    files: {
      'lr_0.1_s0.json': JSON.stringify({
        columns: ['epoch', 'val_accuracy'],
        index: EPOCHS,
        data: EPOCHS.map((e) => [e, accuracy(e)]),
      }),
    },
    last: { epoch: 8, validAccuracy: 0.6 },
  },
  'the same, sorted downwards': {
    files: {
      'lr_0.1_s0.csv': csvText(
        ['epoch', 'val_acc'],
        [8, 7, 6, 6, 5, 4, 3, 2, 1].map((e, i) => [e, accuracy(e) - i / 1000]),
      ),
    },
    choices: { repeats: 'last' },
    last: { epoch: 8, validAccuracy: 0.6 },
  },
};

describe('read', () => {
  it.each(Object.entries(READ))('%s', (_, { files, choices = {}, last, says }) =>
    inFolder(files, async (folder) => {
      const { written, said } = await importFolder(folder, choices);
      expect(written, said).not.toBeNull();
      const [first] = written!.records.runs;
      const row = first!.metrics.at(-1)!;
      for (const [metric, value] of Object.entries(last))
        if (value === null) expect(row[metric as keyof MetricsRow], metric).toBeNull();
        else expect(row[metric as keyof MetricsRow], metric).toBeCloseTo(value as number, 9);
      if (says !== undefined) expect(said).toMatch(says);
    }),
  );
});

it('divergence as C on Windows writes it', () =>
  inFolder(
    one(['epoch', 'train_loss'], (e) => [e, e < 5 ? 3 - e / 4 : '-nan(ind)']),
    async (folder) => {
      const { written } = await importFolder(folder);
      expect(written!.records.runs[0]!.record.status).toBe('diverged');
    },
  ));

it('says once what holds for many files', () =>
  inFolder(
    sixFiles((rows) =>
      csvText(
        ['epoch', 'train_loss', 'val_acc_ema'],
        rows.map(({ epoch, tl, va }) => [epoch, tl, va]),
      ).trimEnd(),
    ),
    async (folder) => {
      const { written } = await importFolder(folder, { levels: TEMPLATE });
      const notes = written!.notes.filter((note) => /averaged weights|no end of line/.test(note));
      expect(notes).toHaveLength(2);
      expect(notes.join('\n')).toMatch(/lr_0\.01_s0.*lr_0\.05_s2.*averaged weights/);
    },
  ));

it('a run that is shorter than its siblings did not collapse', () =>
  inFolder(
    sixFiles((_, rate, seed) =>
      csvText(
        ['epoch', 'val_acc'],
        curve(rate, seed)
          .slice(0, rate === 0.05 && seed === 0 ? 3 : 8)
          .map(({ epoch, va }) => [epoch, (va + epoch / 20).toFixed(4)]),
      ),
    ),
    async (folder) => {
      const { written } = await importFolder(folder, { levels: TEMPLATE });
      const { findings } = analyse(written!.records);
      expect(findings[0]!.verdict).toMatch(/runs differ in length/);
      expect(JSON.stringify(findings)).not.toMatch(/collapsed/);
    },
  ));
