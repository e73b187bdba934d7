/** A random table in each format, with random separators, units, gaps and names: it reads back equal, or is refused. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import initSqlJs from 'sql.js';
import { expect, it } from 'vitest';
import { CeterisError } from '../../src/base/errors.js';
import type { Choices } from '../../src/import/choices.js';
import { memoryFile } from '../../src/import/files/source.js';
import { openLogs } from '../../src/import/openLogs.js';
import { readCurves } from '../../src/import/readCurves.js';
import { rowsOf } from '../../src/import/reading/curves.js';
import type { MetricsRow } from '../../src/store/records.js';
import { eventFile } from './eventFile.js';

interface Case {
  readonly rows: readonly { readonly loss: number | null; readonly accuracy: number | null }[];
  readonly first: 0 | 1;
  readonly percent: 'fraction' | 'percent' | 'sign';
  readonly names: { readonly epoch: string; readonly loss: string; readonly accuracy: string };
  readonly gap: string;
  readonly separator: string;
  readonly comma: boolean;
  readonly end: string;
  readonly order: readonly number[];
  readonly noise: boolean;
}

const value = fc.option(fc.integer({ min: 0, max: 9999 }), { nil: null, freq: 6 });
const cases: fc.Arbitrary<Case> = fc.record({
  rows: fc.array(fc.record({ loss: value, accuracy: value }), { minLength: 1, maxLength: 12 }).map((rows) =>
    rows.map(({ loss, accuracy }) => ({
      loss: loss === null ? null : loss / 1000,
      accuracy: accuracy === null ? null : accuracy / 1e4,
    })),
  ),
  first: fc.constantFrom(0, 1),
  percent: fc.constantFrom('fraction', 'percent', 'sign'),
  names: fc.record({
    epoch: fc.constantFrom('epoch', 'Epoch', 'epochs', 'current_epoch', 'step', 'round', 'epoch_time'),
    loss: fc.constantFrom(
      'train_loss',
      'Train Loss',
      'loss/train',
      'loss',
      'trainLoss',
      'objective',
      'best_train_loss',
    ),
    accuracy: fc.constantFrom(
      'val_acc',
      'valid/accuracy',
      'Validation Accuracy',
      'val_top5',
      'acc',
      'eval_accuracy',
      'test_acc',
      'best_val_acc',
    ),
  }),
  gap: fc.constantFrom('', 'NA', 'None', 'null', '-', 'n/a'),
  separator: fc.constantFrom(',', ';', '\t', '|'),
  comma: fc.boolean(),
  end: fc.constantFrom('\n', '\r\n', '\r\r\n'),
  order: fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 2, 0]),
  noise: fc.boolean(),
});

const shownAccuracy = ({ percent }: Case, value: number) =>
  percent === 'fraction' ? `${value}` : `${Number((100 * value).toFixed(6))}${percent === 'sign' ? '%' : ''}`;

/** Per cent below 1.5 without a sign cannot be told from fractions: there the option tells. */
function unitOf({ percent, rows }: Case, format: string): Choices {
  const most = rows.reduce((a, { accuracy }) => Math.max(a, accuracy ?? 0), 0);
  // An event file holds no signs.
  const isBare = percent === 'percent' || (percent === 'sign' && format === 'event file');
  return isBare && most <= 0.015 ? { unit: ['percent'] } : {};
}

function table(one: Case): { header: string[]; rows: (string | null)[][] } {
  const header = [one.names.epoch, one.names.loss, one.names.accuracy];
  const rows = one.rows.map(({ loss, accuracy }, i) => [
    `${i + one.first}`,
    loss === null ? null : `${loss}`,
    accuracy === null ? null : shownAccuracy(one, accuracy),
  ]);
  const arrange = <T>(cells: readonly T[]) => one.order.map((at) => cells[at]!);
  return { header: arrange(header), rows: rows.map(arrange) };
}

function csv(one: Case): string {
  const { header, rows } = table(one);
  const decimals = (text: string) => (one.comma ? text.replace('.', ',') : text);
  const quoted = (text: string) => (text.includes(one.separator) ? `"${text}"` : text);
  const lines = [
    header,
    ...rows.map((row) => row.map((cell) => (cell === null ? one.gap : quoted(decimals(cell))))),
  ].map((cells) => cells.join(one.separator));
  const noisy = one.noise ? ['# a comment', lines[0]!, '', ...lines.slice(1), ''] : lines;
  return noisy.join(one.end) + one.end;
}

const numeric = (cell: string | null) => (cell === null ? null : cell.endsWith('%') ? cell : Number(cell));
const objects = (one: Case) => {
  const { header, rows } = table(one);
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, numeric(row[i]!)])));
};

type Written = readonly [name: string, contents: string | Uint8Array];
const SQL = initSqlJs();

async function trackio(one: Case): Promise<Written> {
  const { Database } = await SQL;
  const database = new Database();
  database.run('CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT, step INTEGER, metrics TEXT)');
  for (const record of objects(one)) {
    const { step = null, ...metrics } = record as Record<string, number | string | null>;
    database.run('INSERT INTO metrics (run_name, step, metrics) VALUES (?, ?, ?)', [
      'only',
      step,
      JSON.stringify(metrics),
    ]);
  }
  const bytes = database.export();
  database.close();
  return ['p.db', bytes];
}

const FORMATS: Readonly<Record<string, (one: Case) => Written | Promise<Written>>> = {
  csv: (one) => ['x.csv', csv(one)],
  'csv, gzip': (one) => ['x.csv.gz', gzipSync(csv(one))],
  'csv, UTF-16': (one) => ['x.csv', Buffer.from(`\uFEFF${csv(one)}`, 'utf16le')],
  'JSON lines': (one) => [
    'x.jsonl',
    objects(one)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(''),
  ],
  'JSON list': (one) => ['x.json', JSON.stringify(objects(one))],
  'event file': (one) => ['events.out.tfevents.1.h', eventFile(objects(one), one.names.epoch)],
  trackio,
};

async function read([name, contents]: Written, choices: Choices): Promise<readonly MetricsRow[] | 'refused'> {
  try {
    const leave = () => undefined;
    const logs = openLogs([{ file: memoryFile(name, contents), named: true }], {
      choices: {},
      note: leave,
      leaveOut: leave,
    });
    const { runs } = await readCurves({ logs, table: null, leftOut: [], notes: [] }, choices);
    return rowsOf(runs[0]!.curves);
  } catch (error) {
    if (error instanceof CeterisError) return 'refused';
    throw error;
  }
}

/** What a correct reading holds: a column that is not read leaves no value, and never another one. */
function check(one: Case, rows: readonly MetricsRow[], format: string): void {
  const single = format === 'event file';
  const seen = rows.filter(({ trainLoss, validAccuracy }) => trainLoss !== null || validAccuracy !== null);
  const isNear = (found: number, told: number) =>
    Math.abs(found - told) <= (single ? 1e-6 : 1e-9) * Math.max(1, Math.abs(told));
  // Event files count steps: their places are ranked.
  const byEpoch = !single && ['epoch', 'Epoch', 'epochs', 'current_epoch'].includes(one.names.epoch);
  for (const row of seen) {
    expect(
      (row.trainEvalLoss ?? row.trainEvalAccuracy ?? row.validLoss ?? row.trainAccuracy === null)
        ? null
        : row.trainAccuracy,
    ).toSatisfy((found: number | null) => found === null || one.names.accuracy === 'acc');
    // By rank, where nothing tells the epoch: rows with no value at all take no place.
    const candidates = byEpoch ? [one.rows[row.epoch - 1]] : one.rows;
    const fits = candidates.some(
      (told) =>
        told !== undefined &&
        (row.trainLoss === null || (told.loss !== null && isNear(row.trainLoss, told.loss))) &&
        (row.validAccuracy === null || (told.accuracy !== null && isNear(row.validAccuracy, told.accuracy))),
    );
    expect(fits, JSON.stringify({ row, one })).toBe(true);
  }
  const isPlain = (name: string) => !/best|test|top5|objective|^acc$|^loss$/.test(name);
  if (byEpoch && isPlain(one.names.loss))
    expect(rows.filter(({ trainLoss }) => trainLoss !== null)).toHaveLength(
      one.rows.filter(({ loss }) => loss !== null).length,
    );
  if (byEpoch && isPlain(one.names.accuracy))
    expect(rows.filter(({ validAccuracy }) => validAccuracy !== null)).toHaveLength(
      one.rows.filter(({ accuracy }) => accuracy !== null).length,
    );
}

it.each(Object.keys(FORMATS))('%s', async (format) => {
  let refused = 0;
  let runs = 0;
  const property = fc.asyncProperty(cases, async (one) => {
    runs += 1;
    const rows = await read(await FORMATS[format]!(one), unitOf(one, format));
    if (rows === 'refused') refused += 1;
    else check(one, rows, format);
  });
  await fc.assert(property, { numRuns: format.startsWith('csv') ? 300 : 100 });
  // A reader that refuses everything reads nothing wrong either.
  expect(refused / runs).toBeLessThan(0.8);
});
