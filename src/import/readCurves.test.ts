/** From texts to curves: units by a metric's own name, logs that were continued or cut, plans made before. */

import { expect, it } from 'vitest';
import { memoryFile } from '../../test/support/memoryFile.js';
import type { Choices } from './choices.js';
import { delimited } from './formats/delimited.js';
import type { ReadingPlan } from './plan.js';
import { readCurves } from './readCurves.js';

async function read(
  files: Readonly<Record<string, string>>,
  choices: Choices = {},
  as: ReadingPlan | null = null,
) {
  const opened = Object.entries(files).map(([path, text]) =>
    delimited.open([memoryFile(path, text)], { note: () => undefined }),
  );
  const logs = (await Promise.all(opened)).flat();
  return readCurves({ logs, table: null, leftOut: [], notes: [] }, choices, as);
}
const lines = (header: string, rows: readonly (readonly unknown[])[]) =>
  `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`;
const accuracies = async (
  files: Readonly<Record<string, string>>,
  choices: Choices = {},
  as: ReadingPlan | null = null,
) =>
  (await read(files, choices, as)).runs.map(({ curves }) =>
    [...(curves.values.validAccuracy ?? [])].map((value) => Number(value.toFixed(4))),
  );

it('an error rate that only the tag of a scalar tells is 1 minus the accuracy', async () => {
  const scalar = lines('Wall time,Step,Value', [
    [1, 1, 0.4],
    [2, 2, 0.3],
  ]);
  expect(
    await accuracies({ 'run-lr_0.1_s0-tag-val_error.csv': scalar }, { columns: ['validAccuracy=val_error'] }),
  ).toEqual([[0.6, 0.7]]);
});

it('the words of a run do not tell the unit of its column in a wide chart', async () => {
  const errors = lines('Step,ce_lr_0.1_s0 - val_error,ce_lr_0.2_s0 - val_error', [
    [1, 0.4, 0.5],
    [2, 0.3, 0.4],
  ]);
  expect(await accuracies({ 'chart.csv': errors }, { columns: ['validAccuracy=val_error'] })).toEqual([
    [0.6, 0.7],
    [0.5, 0.6],
  ]);
  const parts = lines('Step,percent_10_s0 - val_acc,percent_10_s1 - val_acc', [
    [1, 0.4, 0.5],
    [2, 0.5, 0.6],
  ]);
  expect(await accuracies({ 'chart.csv': parts })).toEqual([
    [0.4, 0.5],
    [0.5, 0.6],
  ]);
});

it('a validation that an abandoned attempt left behind goes with its training', async () => {
  const row = (epoch: number, base: number) => [epoch, base - epoch / 10, epoch % 5 === 0 ? epoch / 100 : ''];
  const epochs = Array.from({ length: 16 }, (_, i) => row(i + 1, 4));
  const text = lines('epoch,train_loss,val_acc', [...epochs, row(12, 5), row(13, 5), row(14, 5)]);
  const { runs, plan } = await read({ 'lr_0.1_s0.csv': text }, { repeats: 'last' });
  const { epochs: kept, values } = runs[0]!.curves;
  expect(kept.at(-1)).toBe(14);
  expect([...values.validAccuracy!].filter(Number.isFinite)).toEqual([0.05, 0.1]);
  expect(plan.notes.join('\n')).toMatch(/1 values of validAccuracy after the end of what was continued/);
});

it('blocks of one log after another are no continuation', async () => {
  const train = Array.from({ length: 6 }, (_, i) => [i + 1, 4 - i / 2, '']);
  const text = lines('epoch,train_loss,val_acc', [...train, [2, '', 0.1], [4, '', 0.2]]);
  const { runs } = await read({ 'lr_0.1_s0.csv': text }, { repeats: 'last' });
  expect(runs[0]!.curves.epochs.at(-1)).toBe(6);
});

it('a cut between two logged epochs of a longer run', async () => {
  const sparse = Array.from({ length: 10 }, (_, i) => [5 * (i + 1), i / 20]);
  const torn = `${lines('epoch,val_acc', sparse)}55`;
  const { runs, plan } = await read({ 'lr_0.1_s0.csv': torn }, { until: 12 });
  expect([...runs[0]!.curves.epochs]).toEqual([5, 10]);
  expect(plan.runs[0]!.status).toBeUndefined();
  await expect(read({ 'lr_0.1_s0.csv': torn }, { until: 51 })).rejects.toThrow(/at most 50/);
});

it('a name that only a file holds that is left out may be ignored', async () => {
  const files = {
    'lr_0.1_s0.csv': lines('epoch,val_acc', [[1, 0.1]]),
    'config.csv': lines('host,comment', [['a', 'b']]),
  };
  const idle = async (name: string) => (await read(files, { ignore: [name] })).plan.notes.join('\n');
  expect(await idle('comment')).not.toMatch(/--ignore/);
  expect(await idle('coment')).toMatch(/--ignore coment: no file/);
});

it('a plan made before that names the bare column of a split file', async () => {
  const files = {
    'lr_0.1_s0/val.csv': lines('epoch,loss,acc', [
      [1, 2, 0.1],
      [2, 1, 0.2],
    ]),
  };
  const { plan } = await read(files);
  const [reading] = plan.readings;
  expect(reading!.columns.validAccuracy!.column).toBe('val/acc');
  expect(await accuracies(files, {}, plan)).toEqual([[0.1, 0.2]]);
  const { validLoss, validAccuracy } = reading!.columns;
  const columns = {
    validLoss: { ...validLoss, column: 'loss' },
    validAccuracy: { ...validAccuracy, column: 'acc' },
  };
  const before = { ...plan, readings: [{ ...reading!, columns }] } as ReadingPlan;
  expect(await accuracies(files, {}, before)).toEqual([[0.1, 0.2]]);
});

it('a file that a plan leaves out hides no other one whose name ends as its own', async () => {
  const text = lines('epoch,val_acc', [[1, 0.1]]);
  const { plan } = await read({ 'lr_0.1_s0.csv': text });
  const left = { ...plan, leftOut: [{ file: 'a', why: 'a copy' }] };
  const notes = async (other: string) =>
    (await read({ 'lr_0.1_s0.csv': text, [other]: text }, {}, left)).plan.notes.join('\n');
  expect(await notes('data.csv')).toMatch(/does not name them: data\.csv/);
  expect(await notes('runs/a.csv')).not.toMatch(/does not name them/);
});
