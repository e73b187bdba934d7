/** What single formats make of a file: tables of pandas, a text that a crash cut off, MLflow without steps. */

import { expect, it } from 'vitest';
import { memoryFile } from '../../../test/support/memoryFile.js';
import { delimited } from './delimited.js';
import type { Format } from './format.js';
import { json } from './json.js';
import { mlflow } from './mlflow.js';

async function opened(format: Format, files: Readonly<Record<string, string>>) {
  const notes: string[] = [];
  const sources = Object.entries(files).map(([path, text]) => memoryFile(path, text));
  const [log] = await format.open(sources, { note: (one) => notes.push(one) });
  const rows = [];
  for await (const piece of log!.table.rows())
    for (const { cells } of piece) rows.push(log!.table.columns.map((_, i) => cells[i] ?? null));
  return { columns: log!.table.columns, rows, notes, torn: log!.table.end.torn };
}
const table = (data: unknown) => opened(json, { 'lr_0.1_s0.json': JSON.stringify(data) });

it('an index that counts no rows holds the epochs, unless a column does', async () => {
  const byIndex = await table({ 10: { val_acc: 0.1 }, 20: { val_acc: 0.2 } });
  expect(byIndex).toMatchObject({
    columns: ['epoch', 'val_acc'],
    rows: [
      [10, 0.1],
      [20, 0.2],
    ],
  });
  expect(byIndex.notes.join()).toMatch(/its index \(10 to 20\) is read as the epochs/);
  expect((await table({ val_acc: { 10: 0.1, 20: 0.2 } })).rows).toEqual(byIndex.rows);
  expect((await table({ columns: ['val_acc'], index: [10, 20], data: [[0.1], [0.2]] })).rows).toEqual(
    byIndex.rows,
  );
  expect(await table({ epoch: { 4: 5, 9: 10 }, val_acc: { 4: 0.1, 9: 0.2 } })).toMatchObject({
    columns: ['epoch', 'val_acc'],
    notes: [],
  });
  expect(await table({ val_acc: { 0: 0.1, 1: 0.2 } })).toMatchObject({ columns: ['val_acc'], notes: [] });
});

it('an index of rows that were picked from a table of results holds no epochs', async () => {
  for (const name of ['seed', 'batch_size']) {
    const data = [
      [1, 0.1],
      [2, 0.2],
    ];
    const picked = { columns: [name, 'val_acc'], index: [3, 7], data };
    expect(await table(picked)).toMatchObject({ columns: [name, 'val_acc'], notes: [] });
  }
});

it('a table by columns has the rows of all of them', async () => {
  const { rows } = await table({ val_acc: { 1: 0.1, 3: 0.2 }, train_loss: { 0: 4, 1: 3, 2: 2, 3: 1 } });
  expect(rows).toEqual([
    [null, 4],
    [0.1, 3],
    [null, 2],
    [0.2, 1],
  ]);
});

it('records of a table are flat cells', async () => {
  expect(await table({ 0: { train: { loss: 2 } }, 1: { train: { loss: 1 } } })).toMatchObject({
    columns: ['train.loss'],
    rows: [[2], [1]],
  });
});

it('a row of a table that is no list is refused', async () => {
  await expect(table({ columns: ['a'], data: [null] })).rejects.toThrow(/no list[\s\S]*row 1[\s\S]*null/);
});

it('a last line without its end before zero bytes is torn', async () => {
  const text = 'epoch,val_acc\n1,0.5511\n2,0.61\n3,0.68';
  const cut = await opened(delimited, { 'a.csv': `${text}\0\0\0\0` });
  expect(cut).toMatchObject({
    rows: [
      ['1', '0.5511'],
      ['2', '0.61'],
    ],
    torn: true,
  });
  expect(cut.notes.join()).toMatch(/line 4: the last line is cut/);
  expect((await opened(delimited, { 'a.csv': `${text}\n\0\0` })).rows).toHaveLength(3);
});

it("steps of MLflow's own samples do not make a run without steps one with steps", async () => {
  const run = '0/0123456789abcdef0123456789abcdef/metrics';
  const { columns, rows, notes } = await opened(mlflow, {
    [`${run}/val_acc`]: '1 0.1 0\n2 0.2 0\n3 0.3 0\n',
    [`${run}/system/cpu_utilization`]: '1 50 0\n2 60 1\n',
  });
  const at = columns.indexOf('val_acc');
  expect(rows.map((row) => row[at])).toEqual(['0.1', '0.2', '0.3']);
  expect(notes.join()).toMatch(/logged without steps/);
});
