/** The logs of one run: metrics with names of their own beside the usual ones, in one reading. */

import { expect, it } from 'vitest';
import { CeterisError } from '../base/errors.js';
import { adviceIn, type Choice } from './advice.js';
import type { Log, Row } from './formats/format.js';
import { type OneRunRequest, readOneRun } from './oneRun.js';

/** A table as a log, and how often its rows were gone through. */
function counted(columns: readonly string[], rows: readonly (readonly string[])[]) {
  let times = 0;
  const all = rows.map((cells, i): Row => ({ line: i + 2, cells }));
  const table = {
    columns,
    lineWord: 'line',
    decimal: 'point' as const,
    end: { torn: false },
    async *rows() {
      times += 1;
      yield all;
    },
  };
  const files = [{ path: 'm.csv', bytes: 0, read: () => none() }];
  const log: Log = { format: 'csv', files, name: 'm', table, hyperparameters: [], form: {} };
  return { log, times: () => times };
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function* one(log: Log) {
  yield log;
}

const read = (log: Log, more: Partial<OneRunRequest> = {}) =>
  readOneRun(one(log), { choices: {}, own: [], ...more });
const owned = (name: string, column?: string) => ({ name, column });

it('one reading, however many metrics have names of their own', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `score/${i}`);
  const columns = ['epoch', 'val_acc', 'train_loss', ...names];
  const rows = [1, 2, 3].map((e) => [e, 0.1 * e, 2 / e, ...names.map((_, i) => i + e)].map(String));
  const { log, times } = counted(columns, rows);
  const { rows: read12 } = await read(log, { own: names.map((name) => owned(name)) });
  expect(read12[2]).toMatchObject({
    epoch: 3,
    validAccuracy: expect.closeTo(0.3),
    'score/0': 3,
    'score/11': 14,
  });
  // Once to see what the columns hold, once for their values.
  expect(times()).toBe(2);
});

it('an error rate with a name of its own stays one; in the place of an accuracy it is 1 minus it', async () => {
  const { log } = counted(
    ['epoch', 'val_err', 'val_error'],
    [
      ['1', '0.4', '0.3'],
      ['2', '0.3', '0.2'],
    ],
  );
  const { rows } = await read(log, {
    own: [owned('val_err')],
    choices: { columns: ['validAccuracy=val_error'] },
  });
  expect(rows[1]).toMatchObject({ val_err: 0.3, validAccuracy: expect.closeTo(0.8) });
});

it('an accuracy of a name of its own has the unit of accuracies; what is not finite to its end diverged', async () => {
  const rows = [
    ['1', '40', '0.5', '3'],
    ['2', '50', 'nan', '2'],
    ['3', '55', 'nan', '1'],
  ];
  const { log } = counted(['epoch', 'top1 (ema)', 'valid f1', 'train_loss'], rows);
  const own = [owned('valid/top1', 'top1 (ema)'), owned('valid/f1')];
  const curves = await read(log, { own });
  expect(curves.rows.map((row) => row['valid/top1'])).toEqual([0.4, 0.5, 0.55]);
  expect(curves.rows[0]).toMatchObject({ 'valid/f1': 0.5, trainLoss: 3, validAccuracy: null });
  expect(curves.diverged).toEqual({ metric: 'valid/f1', epoch: 2 });
  const asked = await read(
    counted(
      ['epoch', 'ema acc'],
      [
        ['1', '0.4'],
        ['2', '0.5'],
      ],
    ).log,
    {
      own: [owned('ema/acc', 'ema acc')],
      choices: { unit: ['percent'] },
    },
  );
  expect(asked.rows[1]!['ema/acc']).toBe(0.005);
});

it('a column that is not there is told with those that are', async () => {
  const { log } = counted(['epoch', 'val_acc'], [['1', '0.4']]);
  await expect(read(log, { own: [owned('valid/f1')] })).rejects.toThrow(
    /no column holds the metric valid\/f1[\s\S]*epoch, val_acc[\s\S]*--columns 'valid\/f1=COLUMN'/,
  );
});

it('advice is data: each door has its words, and leaves out what it cannot do', async () => {
  const { log } = counted(
    ['epoch', 'val_acc'],
    [
      ['1', '0.4'],
      ['1', '0.5'],
    ],
  );
  const error = await read(log).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CeterisError)) throw new Error('it was read');
  const { details } = error;
  expect(details.advice).toBe(
    'of a log that was continued: --repeats last; or of single updates within an epoch: --repeats mean; or of several runs: --run-columns COLUMN',
  );
  const words = (one: Choice) => (one.choice === 'repeats' ? `repeats: ${one.value}` : null);
  expect(adviceIn(details, words)).toBe(
    'of a log that was continued: repeats: last; or of single updates within an epoch: repeats: mean',
  );
});
