/** A file for each split of a run, and what only looks like one; logs without an axis; half a database. */
import { describe, expect, it } from 'vitest';
import { delimited } from '../../src/import/formats/delimited.js';
import type { Log } from '../../src/import/formats/format.js';
import { sqlite } from '../../src/import/formats/sqlite.js';
import { readCurves } from '../../src/import/readCurves.js';
import { memoryFile } from '../support/memoryFile.js';
import { csvText } from './curveFiles.js';

const bare = csvText(
  ['epoch', 'loss', 'acc'],
  [1, 2, 3].map((e) => [e, 3 - e / 2, e / 10]),
);

async function runsOf(files: Readonly<Record<string, string>>) {
  const note = () => {};
  const logs: Log[] = [];
  for (const [path, text] of Object.entries(files))
    for (const log of await delimited.open([memoryFile(path, text)], { note })) logs.push(log);
  const sources = { logs, table: null, leftOut: [], notes: [] };
  const { runs, plan } = await readCurves(sources, {});
  const again = await readCurves(sources, {}, plan);
  expect(again.runs.map(({ curves }) => curves)).toEqual(runs.map(({ curves }) => curves));
  return runs.map(({ run: { name, pieces } }) => ({
    name,
    metrics: pieces.flatMap(({ series }) => [...series.keys()]).sort(),
  }));
}

describe('files of splits', () => {
  it('are one run where their path has no folder', async () => {
    expect(await runsOf({ 'train.csv': bare, 'val.csv': bare })).toEqual([
      { name: '.', metrics: ['trainAccuracy', 'trainLoss', 'validAccuracy', 'validLoss'] },
    ]);
  });

  it.each(['test_run1', 'eval_lr0.1', 'dev_a'])('%s alone is a run', async (name) => {
    expect(await runsOf({ [`${name}.csv`]: bare })).toEqual([
      { name, metrics: ['trainAccuracy', 'trainLoss'] },
    ]);
  });

  it('eval_a.csv beside train_a.csv is its validation', async () => {
    expect(await runsOf({ 'train_a.csv': bare, 'eval_a.csv': bare })).toEqual([
      { name: 'a', metrics: ['trainAccuracy', 'trainLoss', 'validAccuracy', 'validLoss'] },
    ]);
  });
});

describe('rows without an epoch', () => {
  const rows = (name: string, cell: (row: number) => string) =>
    csvText(
      [name, 'train_loss', 'val_loss'],
      [1, 2, 3].map((e) => [cell(e), 3 - e / 2, 3 - e / 3]),
    );

  it.each([
    ['time', (e: number) => `12:00:0${e}`],
    ['remark', (e: number) => `all well ${'!'.repeat(e)}`],
  ])('the texts of %s are no hyperparameters', async (name, cell) => {
    expect(await runsOf({ 'log.csv': rows(name, cell) })).toHaveLength(1);
  });

  it('a hyperparameter of its own in each row is asked about, and one that comes back is not', async () => {
    await expect(runsOf({ 'log.csv': rows('dropout', (e) => `0.${e}`) })).rejects.toThrow(
      /two readings[\s\S]*3 rows, 1 run/,
    );
    expect(await runsOf({ 'log.csv': rows('dropout', (e) => `0.${e % 2}`) })).toHaveLength(1);
  });

  it('are read no further than the first that comes back', async () => {
    const [log] = await delimited.open(
      [
        memoryFile(
          'log.csv',
          rows('dropout', (e) => `0.${Math.min(e, 2)}`),
        ),
      ],
      { note() {} },
    );
    let given = 0;
    const table = {
      ...log!.table,
      columns: log!.table.columns,
      async *rows() {
        for await (const piece of log!.table.rows())
          for (const row of [...piece, ...piece, ...piece]) {
            given += 1;
            yield [row];
          }
      },
    };
    await readCurves({ logs: [{ ...log!, table }], table: null, leftOut: [], notes: [] }, {});
    expect(given % 9).toBe(3);
  });
});

it('half a database is told to be half', async () => {
  const waiting = memoryFile(
    'optuna.db-wal',
    Uint8Array.from([0x37, 0x7f, 0x06, 0x82, ...Array(200).fill(1)]),
  );
  await expect(sqlite.open([waiting], { note() {} })).rejects.toThrow(
    /database is missing[\s\S]*no optuna\.db/,
  );
});
