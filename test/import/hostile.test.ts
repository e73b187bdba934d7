/** Small inputs that invite a wrong reading: each is read rightly, or refused with words. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Choices } from '../../src/import/choices.js';
import type { MetricsRow } from '../../src/store/records.js';
import { csvText, type Files, importFolder, inFolder } from './curveFiles.js';

const EPOCHS = [1, 2, 3, 4, 5, 6];

/** A usual log of six epochs; `rate` tells the curves of runs apart. */
function log(rate: number, show: (accuracy: number) => string | number = (one) => one): string {
  return csvText(
    ['epoch', 'train_loss', 'val_loss', 'val_acc'],
    EPOCHS.map((e) => [
      e,
      4 - 0.3 * e - rate,
      4.2 - 0.2 * e - rate,
      show(Number((0.1 * e + rate / 10).toFixed(4))),
    ]),
  );
}

const table = (header: readonly string[], row: (epoch: number) => readonly unknown[]) =>
  csvText(header, EPOCHS.map(row));

interface Refused {
  readonly files: Files;
  readonly choices?: Partial<Choices>;
  readonly says: RegExp;
}

const REFUSED: Record<string, Refused> = {
  'two columns whose names differ in a mark only': {
    files: { 'lr_0.1_s0.csv': table(['epoch', 'val_acc', 'val-acc'], (e) => [e, e / 10, e / 20]) },
    says: /several columns could be validAccuracy[\s\S]*val-acc \(0\.05 to 0\.3\)/,
  },
  'signs in one file, none in the other': {
    files: { 'lr_0.1_s0.csv': log(0.1), 'lr_0.2_s0.csv': log(0.2, (one) => `${(100 * one).toFixed(2)}%`) },
    says: /fractions in one file and in per cent in another/,
  },
  'epochs from 0 here and from 1 there': {
    files: {
      'lr_0.1_s0.csv': log(0.1),
      'lr_0.2_s0.csv': table(['epoch', 'train_loss', 'val_loss', 'val_acc'], (e) => [
        e - 1,
        4 - e / 3,
        3,
        e / 10,
      ]),
    },
    says: /counts its epochs from 0[\s\S]*lr_0\.2_s0\.csv and .*lr_0\.1_s0\.csv[\s\S]*--first-epoch file/,
  },
  'steps in one file, epochs in another': {
    files: {
      'lr_0.1_s0.csv': table(['step', 'val_acc'], (e) => [100 * e, e / 10]),
      'lr_0.2_s0.csv': table(['epoch', 'val_acc'], (e) => [e, e / 10]),
    },
    says: /different axes/,
  },
  'a seed in the name and another one in a column': {
    files: { 'lr_0.1_seed_0.csv': table(['epoch', 'seed', 'val_acc'], (e) => [e, 7, e / 10]) },
    says: /different seeds[\s\S]*0 \(name\) and 7[\s\S]*--seeds/,
  },
  'a learning rate in the name and another one in all rows': {
    files: {
      'lr_0.1_s0.csv': table(['epoch', 'lr', 'val_acc'], (e) => [e, 0.3, e / 10]),
      'lr_0.2_s0.csv': table(['epoch', 'lr', 'val_acc'], (e) => [e, 0.2, e / 12]),
    },
    says: /two places tell different levels of learningRate[\s\S]*0\.1 \(name\) and 0\.3/,
  },
  'one CSV per scalar, losses by updates and accuracies by epochs': {
    files: {
      'run-lr_0.1_s0-tag-train_loss.csv': table(['Wall time', 'Step', 'Value'], (e) => [
        1e9 + e,
        100 * e,
        4 - e / 2,
      ]),
      'run-lr_0.1_s0-tag-val_acc.csv': table(['Wall time', 'Step', 'Value'], (e) => [1e9 + e, e, e / 10]),
    },
    says: /different axes[\s\S]*train_loss: 6 values at steps 100 to 600; val_acc/,
  },
  'a header again, in another order': {
    files: {
      'lr_0.1_s0.csv': 'epoch,val_loss,val_acc\n1,2,0.1\n2,1.9,0.2\nepoch,val_acc,val_loss\n3,0.3,1.8\n',
    },
    says: /not a number[\s\S]*line 4/,
  },
  'thousands with marks': {
    files: { 'lr_0.1_s0.csv': 'epoch,val_loss,val_acc\n1,"1,234.5",0.1\n2,"1,034.5",0.2\n' },
    says: /line 2, column val_loss[\s\S]*without marks between thousands/,
  },
  'epochs with words': {
    files: { 'lr_0.1_s0.csv': table(['epoch', 'val_acc'], (e) => [`${e}/6`, e / 10]) },
    says: /called by the axis holds no numbers[\s\S]*line 2[\s\S]*--axis row/,
  },
  'two runs in one file, one after the other': {
    files: {
      'lr_0.1_s0.csv': csvText(
        ['epoch', 'val_acc'],
        [...EPOCHS.map((e) => [e, e / 10]), ...EPOCHS.map((e) => [e, e / 11])],
      ),
    },
    says: /two values at one epoch: the axis goes back[\s\S]*line 8/,
  },
  'a level with leading zeros in a name': {
    files: { 'lr_01_s0.csv': log(0.1), 'lr_005_s0.csv': log(0.05) },
    says: /leading zeros[\s\S]*--means '01=0\.1'/,
  },
  'a decimal comma in a name': {
    files: { 'lr_0,1_s0.csv': log(0.1), 'lr_0,2_s1.csv': log(0.2) },
    says: /cannot be read for certain[\s\S]*lr_0,1/,
  },
  'a decimal comma in a name, after a sign of equality': {
    files: { 'lr=0,1_s0.csv': log(0.1), 'lr=0,2_s1.csv': log(0.2) },
    says: /cannot be read for certain[\s\S]*lr=0,1/,
  },
  'a decimal mark that became an underscore': {
    files: { 'adam_lr_0_01_seed0.csv': log(0.1), 'adam_lr_0_1_seed1.csv': log(0.2) },
    says: /cannot be read for certain[\s\S]*lr_0_01/,
  },
  'networks whose names differ in a number': {
    files: { 'resnet18_lr0.1_s0.csv': log(0.1), 'resnet50_lr0.1_s1.csv': log(0.2) },
    says: /differ in a part that tells no known level[\s\S]*resnet18 and resnet50/,
  },
  'networks whose names differ in a number, without seeds': {
    files: {
      'vgg11_lr0.1.csv': log(0.1),
      'vgg16_lr0.1.csv': log(0.2),
      'vgg11_lr0.2.csv': log(0.3),
      'vgg16_lr0.2.csv': log(0.4),
    },
    says: /differ in a part that tells no known level[\s\S]*vgg11 and vgg16/,
  },
  'code of two commits, each in several runs': {
    files: {
      'a1b2c3d_lr0.1_s0.csv': log(0.1),
      'a1b2c3d_lr0.1_s1.csv': log(0.2),
      'e4f5a6b_lr0.1_s2.csv': log(0.3),
    },
    says: /tells no known level[\s\S]*a1b2c3d and e4f5a6b/,
  },
  'a hyperparameter in the names of some runs only': {
    files: { 'lr0.1_seed0.csv': log(0.1), 'lr0.1_wd5e-4_seed1.csv': log(0.2) },
    says: /some runs tell weightDecay, and others do not[\s\S]*--absent 'weightDecay=LEVEL'/,
  },
  'a key in the files of some runs only': {
    files: {
      'a/config.yaml': 'lr: 0.1\nseed: 0\n',
      'a/log.csv': log(0.1),
      'b/config.yaml': 'lr: 0.1\nseed: 1\ndropout: 0.3\n',
      'b/log.csv': log(0.2),
    },
    says: /some runs tell dropout[\s\S]*0\.3 \(.*b\/config\.yaml\) and nothing[\s\S]*--ignore dropout/,
  },
  'a cell of a hyperparameter that is empty in some runs': {
    files: {
      'all.csv': csvText(
        ['weight_decay', 'seed', 'epoch', 'val_acc'],
        [0, 1].flatMap((seed) => EPOCHS.map((e) => [seed === 0 ? '' : '5e-4', seed, e, e / (10 + seed)])),
      ),
    },
    says: /some runs tell weightDecay/,
  },
  'a number that goes on as none': {
    files: { 'batch_size=128x2,s=0.csv': log(0.1), 'batch_size=64x2,s=0.csv': log(0.2) },
    says: /training\.batchSize in a name is no number[\s\S]*64x2[\s\S]*--means '64x2=64'/,
  },
  'a table of results, a row for each run': {
    files: {
      'results.csv': csvText(
        ['lr', 'seed', 'val_acc'],
        [0.1, 0.2].flatMap((rate) => [0, 1].map((seed) => [rate, seed, rate + seed / 10])),
      ),
    },
    says: /two readings[\s\S]*4 rows, 2 runs otherwise[\s\S]*--run-columns seed,lr[\s\S]*--axis row/,
  },
  'a table that is no log, beside one': {
    files: {
      'lr_0.1_s0/metrics.csv': log(0.1),
      'lr_0.1_s0/predictions.csv': csvText(
        ['index', 'label', 'loss'],
        EPOCHS.map((e) => [e, 1, e / 7]),
      ),
    },
    says: /different axes[\s\S]*--leave-out '.*predictions\.csv'/,
  },
  'a validation alone, and a test alone': {
    files: { 'lr_0.1_s0/test.csv': table(['epoch', 'loss', 'acc'], (e) => [e, 4 - e / 2, e / 10]) },
    says: /test\/loss: a test column never stands in/,
  },
  'a log in a file of another name': {
    files: { 'lr_0.1_s0/training.log': log(0.1) },
    says: /training\.log[\s\S]*--format csv/,
  },
  'metrics of MLflow without steps, in different numbers': {
    files: {
      [`mlruns/0/${'a'.repeat(32)}/metrics/train_loss`]: '1 3 0\n2 2 0\n3 1 0\n',
      [`mlruns/0/${'a'.repeat(32)}/metrics/val_acc`]: '1 0.1 0\n2 0.2 0\n',
      [`mlruns/0/${'a'.repeat(32)}/params/lr`]: '0.1',
    },
    says: /without steps, and in different numbers[\s\S]*val_acc/,
  },
  'event files that were compressed': {
    files: { 'lr_0.1_s0/events.out.tfevents.1.host.1.0.gz': gzipSync(new Uint8Array(64)) },
    says: /compressed file of this format is not read[\s\S]*gunzip/,
  },
  'half of a Parquet file': {
    files: { 'lr_0.1_s0.parquet': `PAR1${'x'.repeat(80)}` },
    says: /a Parquet file cannot be read[\s\S]*copy the file anew[\s\S]*--leave-out/,
  },
  'a database with values beside it': {
    files: {
      'optuna.db': `SQLite format 3\0${'x'.repeat(100)}`,
      'optuna.db-wal': Uint8Array.from([0x37, 0x7f, 0x06, 0x82, ...Array(200).fill(1)]),
    },
    says: /still being written[\s\S]*optuna\.db-wal[\s\S]*wal_checkpoint/,
  },
  'accuracies that are nothing or one': {
    files: { 'lr_0.1_s0.csv': table(['epoch', 'val_acc'], (e) => [e, e < 4 ? 0 : 1]) },
    says: /two readings[\s\S]*0 to 1/,
  },
  'words that nobody explained beside seeds': {
    files: { 'big_s0.csv': log(0.1), 'small_s1.csv': log(0.2) },
    says: /differ in a part that tells no known level[\s\S]*big and small/,
  },
  'bytes that are no text': {
    files: { 'lr_0.1_s0.csv': Uint8Array.from({ length: 500 }, (_, i) => (i * 37) % 256) },
    says: /not UTF-8|zero bytes/,
  },
  'a count where an accuracy is meant': {
    files: { 'lr_0.1_s0.csv': table(['epoch', 'val_acc'], (e) => [e, 1000 * e]) },
    says: /outside its range/,
  },
  'accuracies in per cent that begin below one': {
    files: { 'lr_0.1_s0.csv': table(['epoch', 'val_acc'], (e) => [e, (0.8 + e / 10).toFixed(2)]) },
    says: /the unit of an accuracy has two readings[\s\S]*--unit/,
  },
  'a file of hyperparameters against the name of its folder': {
    files: { 'lr_0.1_s0/hparams.yaml': 'lr: 0.2\n', 'lr_0.1_s0/metrics.csv': log(0.1) },
    says: /0\.1 \(name\) and 0\.2 \(.*hparams\.yaml\)/,
  },
  'lists of different lengths': {
    files: { 'lr_0.1_s0.json': JSON.stringify({ loss: [3, 2, 1], val_loss: [3, 2.5] }) },
    says: /different numbers of values/,
  },
};

describe('refused', () => {
  it.each(Object.entries(REFUSED))('%s', (_, { files, choices = {}, says }) =>
    inFolder(files, async (folder) => {
      const { refused, said } = await importFolder(folder, choices);
      expect(refused, said).toBe(true);
      expect(said).toMatch(says);
    }),
  );
});

interface Read {
  readonly files: Files;
  readonly choices?: Partial<Choices>;
  /** Part of the first run's last row. */
  readonly last: Partial<MetricsRow>;
  readonly runs?: number;
  readonly says?: RegExp;
}

const READ: Record<string, Read> = {
  'each file by its own first epoch, where that is said': {
    files: REFUSED['epochs from 0 here and from 1 there']!.files,
    choices: { firstEpoch: 'file' },
    runs: 2,
    last: { epoch: 6, validAccuracy: 0.61 },
  },
  'what stands behind a level in a name': {
    files: {
      'resnet - lr=0.1 - s0.csv': log(0.1),
      'resnet - lr=0.2 - s0.csv': log(0.2),
      'lr=0.3_final.csv': log(0.3),
    },
    runs: 3,
    last: { validAccuracy: 0.63 },
  },
  "Ray Tune's folders, with dates": {
    files: Object.fromEntries(
      [0, 1].map((i) => [
        `train_fn_a1b2c_0000${i}_${i}_lr=0.${i + 1}000,seed=0_2024-05-01_12-00-0${i}/progress.csv`,
        log(0.1 + i / 10),
      ]),
    ),
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  'dates, machines and hashes in names': {
    files: {
      '2024-05-01_12-33-09_lr0.1_seed0_a3f9c2e/log.csv': log(0.1),
      '2024-05-01_13-00-00_lr0.1_seed1_b1e5d77/log.csv': log(0.2),
      '2024-05-02_12-33-09_lr0.1_seed2_c0ffee1/log.csv': log(0.3),
    },
    runs: 3,
    last: { validAccuracy: 0.61 },
  },
  "the folders of TensorBoard's writer": {
    files: {
      'May01_12-33-09_host_lr0.1_s0/log.csv': log(0.1),
      'May02_08-00-00_host_lr0.1_s1/log.csv': log(0.2),
    },
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  "W&B's folders": {
    files: Object.fromEntries(
      ['3k2j9x0a', 'zz9y8x7w'].flatMap((id, seed) => [
        [`run-20240501_12330${seed}-${id}/config.yaml`, `lr: { value: 0.1 }\nseed: { value: ${seed} }\n`],
        [`run-20240501_12330${seed}-${id}/log.csv`, log(0.1 + seed)],
      ]),
    ),
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  "Hydra's folders, of two sweeps": {
    files: Object.fromEntries(
      [
        '2024-05-01/12-33-09/0',
        '2024-05-01/12-33-09/1',
        '2024-05-02/08-00-00/0',
        '2024-05-02/08-00-00/1',
      ].flatMap((folder, seed) => [
        [`${folder}/.hydra/config.yaml`, `lr: 0.1\nseed: ${seed}\n`],
        [`${folder}/log.csv`, log(0.1 + seed / 10)],
      ]),
    ),
    runs: 4,
    last: { validAccuracy: 0.61 },
  },
  'a template of folders': {
    files: { 'run_1/metrics.csv': log(0.1), 'run_2/metrics.csv': log(0.2) },
    choices: { levels: 'run_{seed}' },
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  'a template of a seed alone, files in folders': {
    files: { 'x/1/metrics.csv': log(0.1), 'x/2/metrics.csv': log(0.2) },
    choices: { levels: '{seed}' },
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  'runs that tell a level, and others for which it is said': {
    files: { 'lr0.1_seed0.csv': log(0.1), 'lr0.1_wd5e-4_seed1.csv': log(0.2) },
    choices: { absent: ['wd=0'] },
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  'two keys of one name, nested': {
    files: {
      'a/config.yaml': 'optimizer: { lr: 0.05 }\nhead: { lr: 0.1 }\nseed: 0\n',
      'a/log.csv': log(0.1),
      'b/config.yaml': 'optimizer: { lr: 0.05 }\nhead: { lr: 0.2 }\nseed: 1\n',
      'b/log.csv': log(0.2),
    },
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  'a file for each split': {
    files: {
      'lr_0.1_s0/train.csv': table(['epoch', 'loss', 'acc'], (e) => [e, 4 - e / 2, e / 8]),
      'lr_0.1_s0/val.csv': table(['epoch', 'loss', 'acc'], (e) => [e, 4 - e / 4, e / 10]),
      'lr_0.2_s0_train.jsonl': EPOCHS.map((e) => `{"epoch":${e},"loss":${4 - e / 3}}\n`).join(''),
      'lr_0.2_s0_valid.jsonl': EPOCHS.map((e) => `{"epoch":${e},"loss":${4 - e / 5},"acc":${e / 9}}\n`).join(
        '',
      ),
    },
    runs: 2,
    last: { epoch: 6, trainLoss: 1, trainAccuracy: 0.75, validLoss: 2.5, validAccuracy: 0.6 },
  },
  'a validation alone': {
    files: { 'lr_0.1_s0/val_log.csv': table(['epoch', 'loss', 'acc'], (e) => [e, 4 - e / 2, e / 10]) },
    last: { trainLoss: null, validLoss: 1, validAccuracy: 0.6 },
  },
  'events, some of which name a split': {
    files: {
      'lr_0.1_s0.jsonl': [
        '{"event":"start","lr":0.1}\n',
        ...EPOCHS.flatMap((e) => [
          `{"event":"train","epoch":${e},"loss":${4 - e / 2}}\n`,
          `{"event":"val","epoch":${e},"loss":${4 - e / 4},"acc":${e / 10}}\n`,
        ]),
        '{"event":"end"}\n',
      ].join(''),
    },
    last: { epoch: 6, trainLoss: 1, validLoss: 2.5, validAccuracy: 0.6 },
  },
  'results, a row for each run, where that is said': {
    files: { 'results.csv': 'lr,seed,val_acc\n0.1,0,0.4\n0.1,1,0.5\n0.2,0,0.6\n0.2,1,0.7\n' },
    choices: { runColumns: ['lr', 'seed'] },
    runs: 4,
    last: { epoch: 1, validAccuracy: 0.4 },
  },
  'repeats in a column of their own': {
    files: {
      'all.csv': csvText(
        ['lr', 'rep', 'epoch', 'val_acc'],
        [0.1, 0.2].flatMap((rate) =>
          [0, 1].flatMap((rep) => EPOCHS.map((e) => [rate, rep, e, e / (10 + rep) + rate])),
        ),
      ),
    },
    runs: 4,
    last: { epoch: 6, validAccuracy: 0.7 },
  },
  'a run that was deleted in MLflow, and one without steps': {
    files: {
      [`mlruns/0/${'a'.repeat(32)}/metrics/val_acc`]: '1 0.1 0\n2 0.2 0\n3 0.3 0\n',
      [`mlruns/0/${'a'.repeat(32)}/params/lr`]: '0.1',
      [`mlruns/0/${'b'.repeat(32)}/metrics/val_acc`]: '1 0.1 0\n2 0.9 1\n',
      [`mlruns/0/${'b'.repeat(32)}/params/lr`]: '0.1',
      [`mlruns/0/${'b'.repeat(32)}/meta.yaml`]: 'lifecycle_stage: deleted\nstatus: 3\n',
    },
    last: { epoch: 3, validAccuracy: 0.3 },
    says: /without steps[\s\S]*in the order in which they were written/,
  },
  'decimal commas between semicolons': {
    files: { 'lr_0.1_s0.csv': log(0.1).replaceAll(',', ';').replaceAll('.', ',') },
    last: { epoch: 6, validAccuracy: 0.61 },
  },
  'rows that say their split': {
    files: {
      'lr_0.1_s0.csv': csvText(
        ['epoch', 'phase', 'loss', 'accuracy'],
        EPOCHS.flatMap((e) => [
          [e, 'train', 4 - e / 2, e / 8],
          [e, 'valid', 4 - e / 4, e / 10],
        ]),
      ),
    },
    runs: 1,
    last: { epoch: 6, trainLoss: 1, trainAccuracy: 0.75, validLoss: 2.5, validAccuracy: 0.6 },
  },
  'rows that say their split, as JSON lines, with a test': {
    files: {
      'lr_0.1_s0.jsonl': EPOCHS.flatMap((epoch) => [
        { epoch, split: 'train', loss: 4 - epoch / 2 },
        { epoch, split: 'val', loss: 4 - epoch / 4, acc: epoch / 10 },
        { epoch, split: 'test', loss: 9, acc: 0.9 },
      ])
        .map((one) => `${JSON.stringify(one)}\n`)
        .join(''),
    },
    runs: 1,
    last: { epoch: 6, trainLoss: 1, trainAccuracy: null, validLoss: 2.5, validAccuracy: 0.6 },
    says: /test\/acc: a test column/,
  },
  'rows of a metric and its value': {
    files: {
      'lr_0.1_s0.csv': csvText(
        ['epoch', 'metric', 'value'],
        EPOCHS.flatMap((e) => [
          [e, 'train_loss', 4 - e / 2],
          [e, 'val_acc', e / 10],
          [e, 'val_top5', 0.9],
        ]),
      ),
    },
    last: { epoch: 6, trainLoss: 1, validAccuracy: 0.6 },
    says: /val_top5: top-5/,
  },
  'a learning rate that only a column tells': {
    files: {
      'a.csv': table(['epoch', 'lr', 'val_acc'], (e) => [e, 0.1, e / 10]),
      'b.csv': table(['epoch', 'lr', 'val_acc'], (e) => [e, 0.2, e / 12]),
    },
    runs: 2,
    last: { epoch: 6, validAccuracy: 0.6 },
  },
  'a validation that is not finite at the very end': {
    files: {
      'lr_0.1_s0.csv': table(['epoch', 'train_loss', 'val_acc'], (e) => [
        e,
        4 - e / 2,
        e === 6 ? 'nan' : e / 10,
      ]),
    },
    last: { epoch: 6, trainLoss: 1, validAccuracy: null },
    says: /validAccuracy is not finite at epoch 6, its last; the training goes on/,
  },
  'an empty log and a header alone beside others': {
    files: {
      'lr_0.1_s0.csv': '',
      'lr_0.2_s0.csv': 'epoch,val_acc\n',
      'lr_0.3_s0.csv': log(0.3),
      'notes.txt': 'x',
    },
    runs: 1,
    last: { validAccuracy: 0.63 },
    says: /lr_0\.1_s0\.csv: has no rows[\s\S]*lr_0\.2_s0\.csv: has no rows/,
  },
  'levels that are nothing, truth values and lists': {
    files: {
      'a/config.yaml': 'lr: 0.1\nclip: null\naugment: true\nhidden: [64, 64]\nseed: 0\n',
      'a/log.csv': log(0.1),
      'b/config.yaml': 'lr: 0.1\nclip: 1.0\naugment: true\nhidden: [64, 64]\nseed: 0\n',
      'b/log.csv': log(0.2),
    },
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  'names with spaces, and a compressed file': {
    files: { 'my runs/lr 0.1 seed 0.csv': log(0.1), 'my runs/lr 0.2 seed 0.csv.gz': gzipSync(log(0.2)) },
    runs: 2,
    last: { validAccuracy: 0.61 },
  },
  'a header of more than 64 KiB': {
    files: {
      'lr_0.1_s0.csv': table(
        ['epoch', 'val_acc', ...Array.from({ length: 4000 }, (_, i) => `grad_norm/layer.${i}.weight`)],
        (e) => [e, e / 10, ...Array(4000).fill(0.1)],
      ),
    },
    last: { epoch: 6, validAccuracy: 0.6 },
  },
  'the same rows again after a resume': {
    files: {
      'lr_0.1_s0.csv': csvText(
        ['epoch', 'val_acc'],
        [1, 2, 3, 3, 4, 5].map((e) => [e, e / 10]),
      ),
    },
    last: { epoch: 5, validAccuracy: 0.5 },
  },
  'rows of four runs in no order': {
    files: {
      'all.csv': csvText(
        ['lr', 'seed', 'epoch', 'val_acc'],
        [0.1, 0.2]
          .flatMap((rate) =>
            [0, 1].flatMap((seed) => EPOCHS.map((e) => [rate, seed, e, e / 10 + seed / 100 + rate / 30])),
          )
          .sort(([, a, b], [, c, d]) => Math.sin(9 * b! + a!) - Math.sin(9 * d! + c!)),
      ),
    },
    runs: 4,
    last: { epoch: 6, validAccuracy: 0.6 + 0.1 / 30 },
  },
  'a hyperparameter that changes within a run': {
    files: { 'lr_0.1_s0.csv': table(['epoch', 'dropout', 'val_acc'], (e) => [e, e < 4 ? 0.1 : 0.5, e / 10]) },
    last: { epoch: 6, validAccuracy: 0.6 },
    says: /dropout: it changes within a run/,
  },
  'one log in two forms': {
    files: { 'lr_0.1_s0.csv': log(0.1), 'lr_0.1_s0.csv.gz': gzipSync(log(0.1)) },
    last: { epoch: 6, validAccuracy: 0.61 },
    says: /lr_0\.1_s0\.csv\.gz and .*lr_0\.1_s0\.csv are the same run twice/,
  },
  'a mean of equal and other values': {
    files: { 'lr_0.1_s0.csv': 'epoch,train_loss\n1,1\n1,1\n1,4\n2,1\n2,1\n2,4\n' },
    choices: { repeats: 'mean' },
    last: { epoch: 2, trainLoss: 2 },
  },
  'a chart export whose metric has a name of its own': {
    files: {
      'chart.csv': table(['Step', 'lr=0.1 - score', 'lr=0.2 - score'], (e) => [e, e / 10, e / 12]),
      'other.csv': table(['Step', 'lr=0.1 - train_loss', 'lr=0.2 - train_loss'], (e) => [
        e,
        4 - e / 2,
        4 - e / 3,
      ]),
    },
    choices: { columns: ['validAccuracy=score'] },
    runs: 2,
    last: { epoch: 6, validAccuracy: 0.6, trainLoss: 1 },
  },
  'UTF-16 without its mark': {
    files: { 'lr_0.1_s0.csv': Buffer.from(log(0.1), 'utf16le') },
    last: { epoch: 6, validAccuracy: 0.61 },
  },
};

describe('read', () => {
  it.each(Object.entries(READ))('%s', (_, { files, choices = {}, last, runs = 1, says }) =>
    inFolder(files, async (folder) => {
      const { written, said } = await importFolder(folder, choices);
      expect(written?.records.runs, said).toHaveLength(runs);
      const [first] = written!.records.runs;
      expect(first!.record.status).toBe('done');
      const row = first!.metrics.at(-1)!;
      for (const [metric, value] of Object.entries(last))
        if (value === null) expect(row[metric as keyof MetricsRow], metric).toBeNull();
        else expect(row[metric as keyof MetricsRow], metric).toBeCloseTo(value as number, 9);
      if (says !== undefined) expect(said).toMatch(says);
    }),
  );
});
