/** A random table in each format, with random separators, units, gaps and names: it reads back equal, or is refused. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import initSqlJs from 'sql.js';
import { expect, it } from 'vitest';
import { CeterisError } from '../../src/base/errors.js';
import type { Choices } from '../../src/import/choices.js';
import { openLogs } from '../../src/import/openLogs.js';
import { readCurves } from '../../src/import/readCurves.js';
import { rowsOf } from '../../src/import/reading/curves.js';
import type { MetricsRow } from '../../src/store/records.js';
import { memoryFile } from '../support/memoryFile.js';
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
function unitOf({ percent, rows }: Case, { holdsText }: Written): Choices {
  const most = rows.reduce((a, { accuracy }) => Math.max(a, accuracy ?? 0), 0);
  const isBare = percent === 'percent' || (percent === 'sign' && !holdsText);
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

type Contents = readonly (readonly [name: string, contents: string | Uint8Array])[];

/** How a format writes a case, and what of it is not kept. */
interface Written {
  readonly files: (one: Case) => Contents | Promise<Contents>;
  /** Whether a per cent sign can stand in it. */
  readonly holdsText: boolean;
  /** What it counts by: a column of the case's own name, true epochs from 1, or steps, whose places are ranked. */
  readonly counts: 'named' | 'epochs' | 'steps';
  /** It has names of its own for the metrics. */
  readonly ownNames?: boolean;
  /** It keeps the accuracy only. */
  readonly choices?: Choices;
}

const SQL = initSqlJs();

/** A database made by statements, each with rows of values. */
async function database(
  name: string,
  statements: readonly (readonly [sql: string, rows?: readonly (readonly (string | number | null)[])[]])[],
): Promise<Contents> {
  const { Database } = await SQL;
  const one = new Database();
  for (const [sql, rows = [[]]] of statements) for (const row of rows) one.run(sql, [...row]);
  const bytes = one.export();
  one.close();
  return [[name, bytes]];
}

function trackio(one: Case): Promise<Contents> {
  const rows = objects(one).map((record) => {
    const { step = null, ...metrics } = record as Record<string, number | string | null>;
    return ['only', step, JSON.stringify(metrics)];
  });
  return database('p.db', [
    ['CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT, step INTEGER, metrics TEXT)'],
    ['INSERT INTO metrics (run_name, step, metrics) VALUES (?, ?, ?)', rows],
  ]);
}

/** As a number, in the unit of the case. */
const accuracyNumber = (one: Case, accuracy: number) => Number.parseFloat(shownAccuracy(one, accuracy));

function optuna(one: Case): Promise<Contents> {
  const values = one.rows.flatMap(({ accuracy }, i) =>
    accuracy === null ? [] : [[1, i + one.first, accuracyNumber(one, accuracy), 'FINITE']],
  );
  return database('optuna.sqlite3', [
    ['CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name TEXT)'],
    ['CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER, study_id INTEGER, state TEXT)'],
    [
      'CREATE TABLE trial_params (trial_id INTEGER, param_name TEXT, param_value REAL, distribution_json TEXT)',
    ],
    ['CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value REAL)'],
    [
      'CREATE TABLE trial_intermediate_values (trial_id INTEGER, step INTEGER, intermediate_value REAL, intermediate_value_type TEXT)',
    ],
    ["INSERT INTO studies VALUES (1, 's')"],
    ["INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE')"],
    ['INSERT INTO trial_intermediate_values VALUES (?, ?, ?, ?)', values],
  ]);
}

/** The numbers of each metric by their steps. */
function points(one: Case): [name: string, points: [step: number, value: number][]][] {
  const of = (value: (row: Case['rows'][number]) => number | null) =>
    one.rows.flatMap((row, i): [number, number][] => {
      const found = value(row);
      return found === null ? [] : [[i + one.first, found]];
    });
  return [
    [one.names.loss, of(({ loss }) => loss)],
    [one.names.accuracy, of(({ accuracy }) => (accuracy === null ? null : accuracyNumber(one, accuracy)))],
  ];
}

function mlflow(one: Case): Contents {
  const folder = `mlruns/0/${'0a'.repeat(16)}`;
  return points(one).map(([name, all]) => [
    `${folder}/metrics/${name}`,
    all.map(([step, value]) => `1700000000000 ${value} ${step}\n`).join(''),
  ]);
}

function scalarFiles(one: Case): Contents {
  return points(one).map(([name, all]) => [
    `run-only-tag-${name.replaceAll('/', '_')}.csv`,
    `Wall time,Step,Value\n${all.map(([step, value]) => `1700000000.5,${step},${value}\n`).join('')}`,
  ]);
}

function trainerState(one: Case): Contents {
  const entries = one.rows.flatMap(({ loss, accuracy }, i) => [
    ...(loss === null ? [] : [{ epoch: i + 1, step: 10 * (i + 1), loss, learning_rate: 0.1 }]),
    ...(accuracy === null
      ? []
      : [
          { epoch: i + 1, step: 10 * (i + 1), eval_accuracy: accuracyNumber(one, accuracy), eval_runtime: 3 },
        ]),
  ]);
  return [['run/trainer_state.json', JSON.stringify({ global_step: 100, log_history: entries })]];
}

function parquet(one: Case): Contents {
  const { header, rows } = table(one);
  const columnData = header.map((name, i) => {
    const cells = rows.map((row) => numeric(row[i]!));
    const isText = cells.some((cell) => typeof cell === 'string');
    return { name, data: cells, type: isText ? ('STRING' as const) : ('DOUBLE' as const), nullable: true };
  });
  return [['x.parquet', new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 5 }))]];
}

const named = { holdsText: true, counts: 'named' } as const;
const FORMATS: Readonly<Record<string, Written>> = {
  csv: { ...named, files: (one) => [['x.csv', csv(one)]] },
  'csv, gzip': { ...named, files: (one) => [['x.csv.gz', gzipSync(csv(one))]] },
  'csv, UTF-16': { ...named, files: (one) => [['x.csv', Buffer.from(`\uFEFF${csv(one)}`, 'utf16le')]] },
  'JSON lines': {
    ...named,
    files: (one) => [
      [
        'x.jsonl',
        objects(one)
          .map((record) => `${JSON.stringify(record)}\n`)
          .join(''),
      ],
    ],
  },
  'JSON list': { ...named, files: (one) => [['x.json', JSON.stringify(objects(one))]] },
  Parquet: { ...named, files: parquet },
  Trackio: { ...named, files: trackio },
  'event file': {
    files: (one) => [['events.out.tfevents.1.h', eventFile(objects(one), one.names.epoch)]],
    holdsText: false,
    counts: 'steps',
  },
  "TensorBoard's CSV per scalar": { files: scalarFiles, holdsText: false, counts: 'steps' },
  MLflow: { files: mlflow, holdsText: false, counts: 'steps' },
  Optuna: {
    files: optuna,
    holdsText: false,
    counts: 'steps',
    choices: { columns: ['validAccuracy=intermediate_value'] },
  },
  'Hugging Face': { files: trainerState, holdsText: false, counts: 'epochs', ownNames: true },
};

async function read(contents: Contents, choices: Choices): Promise<readonly MetricsRow[] | 'refused'> {
  try {
    const leave = () => undefined;
    const found = contents.map(([name, one]) => ({ file: memoryFile(name, one), named: true }));
    const logs = openLogs(found, { choices: {}, note: leave, leaveOut: leave });
    const { runs } = await readCurves({ logs, table: null, leftOut: [], notes: [] }, choices);
    return rowsOf(runs[0]!.curves);
  } catch (error) {
    if (error instanceof CeterisError) return 'refused';
    throw error;
  }
}

/** What a correct reading holds: a column that is not read leaves no value, and never another one. */
function check(one: Case, rows: readonly MetricsRow[], format: string): void {
  const { counts, ownNames = false } = FORMATS[format]!;
  const single = format === 'event file';
  const seen = rows.filter(({ trainLoss, validAccuracy }) => trainLoss !== null || validAccuracy !== null);
  const isNear = (found: number, told: number) =>
    Math.abs(found - told) <= (single ? 1e-6 : 1e-9) * Math.max(1, Math.abs(told));
  const isEpoch = ['epoch', 'Epoch', 'epochs', 'current_epoch'].includes(one.names.epoch);
  const byEpoch = counts === 'epochs' || (counts === 'named' && isEpoch);
  for (const row of seen) {
    expect([row.trainEvalLoss, row.trainEvalAccuracy, row.validLoss]).toEqual([null, null, null]);
    // A name without a split is read as that of training, and said.
    if (one.names.accuracy !== 'acc') expect(row.trainAccuracy).toBeNull();
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
  const isPlain = (name: string) => ownNames || !/best|test|top5|objective|^acc$|^loss$/.test(name);
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
    const written = FORMATS[format]!;
    const rows = await read(await written.files(one), { ...written.choices, ...unitOf(one, written) });
    if (rows === 'refused') refused += 1;
    else check(one, rows, format);
  });
  await fc.assert(property, { numRuns: format.startsWith('csv') ? 300 : 100 });
  // A reader that refuses everything reads nothing wrong either.
  expect(refused / runs).toBeLessThan(0.8);
});
