/** JSON documents that hold curves: a list of records, or a list of values for each metric (Keras's `History.history`). */

import { requestError } from '../../base/errors.js';
import { type SourceFile, withoutEnding } from '../files/source.js';
import { wholeText } from '../files/text.js';
import { hyperparameterOf } from '../levels/hyperparameters.js';
import { meaningOf } from '../reading/headers.js';
import type { Cell, Format, FormatOptions, Log, Table } from './format.js';
import { parseLooseJson } from './jsonLines.js';
import { ColumnIndex, flatCells, tableOf } from './records.js';

export const json: Format = {
  name: 'json',
  title: 'JSON: a list of records, lists of values, or a table of pandas',
  recognise: (path, head) => /\.json(\.gz)?$/i.test(path) && isCurves(new TextDecoder().decode(head)),
  async open([file], options) {
    const data = await readJson(file!);
    options.progress?.(file!.bytes);
    const table = listTable(file!, data, options);
    return [jsonLog(file!, 'json', table)];
  },
};

/** A list of objects, an object whose first values are lists of numbers, or what `DataFrame.to_json` writes. */
function isCurves(head: string): boolean {
  return (
    /^\uFEFF?\s*\[\s*\{/.test(head) ||
    isFrame(head) ||
    /^\uFEFF?\s*\{\s*"(history"\s*:\s*\{\s*")?[^"]*"\s*:\s*\[\s*(-?[\d.]|NaN|null)/.test(head)
  );
}

/** `{"loss":{"0":1.5`, `{"0":{"loss":1.5`, `{"columns":["loss"`. */
function isFrame(head: string): boolean {
  return (
    /^\uFEFF?\s*\{\s*"[^"]*"\s*:\s*\{\s*"\d+"\s*:\s*(-?[\d.]|NaN|null|")/.test(head) ||
    /^\uFEFF?\s*\{\s*"\d+"\s*:\s*\{\s*"/.test(head) ||
    /^\uFEFF?\s*\{\s*"columns"\s*:\s*\[\s*"/.test(head)
  );
}

export function jsonLog(
  file: SourceFile,
  format: string,
  table: Table,
  name = withoutEnding(file.path),
): Log {
  return { name, format, files: [file], table, hyperparameters: [], form: {} };
}

/** @throws a request error where the text is not JSON */
export async function readJson(file: SourceFile): Promise<unknown> {
  const text = await wholeText(file);
  try {
    return parseLooseJson(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw requestError({
      what: 'a file is not JSON',
      where: file.path,
      value: cause instanceof Error ? cause.message.slice(0, 120) : '',
      advice:
        'was its writer killed while it wrote? one object a line is read as JSON lines (name it .jsonl)',
      cause,
    });
  }
}

function listTable(file: SourceFile, data: unknown, options: FormatOptions): Table {
  const index = new ColumnIndex();
  if (Array.isArray(data)) {
    const rows = data.map((record: unknown, i) => {
      if (typeof record === 'object' && record !== null) return index.row(i + 1, flatCells(record));
      throw requestError({
        what: 'a list holds something else than records',
        where: `${file.path}, entry ${i + 1}`,
        value: String(record),
      });
    });
    return tableOf(index.names, rows, 'entry');
  }
  const outer = data as Record<string, unknown>;
  const frame = frameOf(file, outer);
  if (frame !== null) {
    const rows = indexed(file, frame, options).map((cells, i) => index.row(i + 1, cells));
    return tableOf(index.names, rows, 'row');
  }
  const lists =
    typeof outer.history === 'object' && outer.history !== null && !Array.isArray(outer.history)
      ? (outer.history as Record<string, unknown>)
      : outer;
  const columns = Object.entries(lists).filter((entry): entry is [string, Cell[]] => Array.isArray(entry[1]));
  if (columns.length === 0) {
    // One map of values: what a program writes at its end.
    const row = index.row(1, flatCells(outer));
    return tableOf(index.names, [row], 'entry');
  }
  const length = columns[0]?.[1].length ?? 0;
  const other = columns.find(([, values]) => values.length !== length);
  if (other !== undefined) {
    throw requestError({
      what: 'two metrics of a file have different numbers of values',
      where: file.path,
      rule: 'as many values in each list',
      value: `${columns[0]![0]}: ${length}, ${other[0]}: ${other[1].length}`,
      advice:
        'write null into the shorter list at each epoch without a value (Keras with validation_freq), or read the CSVLogger’s file',
    });
  }
  const rows = Array.from({ length }, (_, i) =>
    index.row(
      i + 1,
      columns.map(([name, values]) => [name, values[i]]),
    ),
  );
  return tableOf(index.names, rows, 'value');
}

type Cells = [string, Cell][];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A table as pandas writes it: its rows, and what its index calls each of them. */
interface Frame {
  readonly keys: readonly unknown[];
  readonly rows: readonly Cells[];
}

/** By columns, by its index, or in two lists; in the order of the index. `null`: none. @throws a request error for a row that is no list */
function frameOf(file: SourceFile, data: Record<string, unknown>): Frame | null {
  const { columns, data: rows, index } = data;
  if (Array.isArray(columns) && Array.isArray(rows))
    return {
      keys: Array.isArray(index) ? index : [...rows.keys()],
      rows: rows.map((row: unknown, i) => listedRow(file, columns, row, i)),
    };
  const entries = Object.entries(data);
  if (entries.length === 0 || !entries.every((one): one is [string, object] => isObject(one[1]))) return null;
  if (isNumbered(Object.keys(data)))
    return { keys: Object.keys(data).map(Number), rows: entries.map(([, record]) => flatCells(record)) };
  const own = entries.filter(([, cells]) => isNumbered(Object.keys(cells)));
  // A column has no key where another one, that is measured more often, has a value.
  const keys = [...new Set(own.flatMap(([, cells]) => Object.keys(cells).map(Number)))].sort((a, b) => a - b);
  if (keys.length === 0) return null;
  const cellOf = (cells: object, key: number) => (cells as Record<number, unknown>)[key];
  return {
    keys,
    rows: keys.map((key) => own.flatMap(([name, cells]) => flatCells({ [name]: cellOf(cells, key) }))),
  };
}

const isNumbered = (names: readonly string[]) => names.every((name) => /^\d+$/.test(name));

function listedRow(file: SourceFile, columns: readonly unknown[], row: unknown, i: number): Cells {
  if (Array.isArray(row)) return columns.map((name, at): [string, Cell] => [String(name), row[at] as Cell]);
  throw requestError({
    what: 'a row of a table is no list',
    where: `${file.path}, row ${i + 1}`,
    rule: 'data: a list of values for each row',
    value: String(JSON.stringify(row)).slice(0, 80),
  });
}

/** An index that does not merely count the rows holds the epochs, unless a column does: `df.set_index('epoch').to_json()`. */
function indexed(file: SourceFile, { keys, rows }: Frame, { note }: FormatOptions): readonly Cells[] {
  const isCount = keys.every((key, i) => key === i);
  const isAxis = ([name]: readonly [string, Cell]) => ['epoch', 'step'].includes(meaningOf(name).kind);
  if (isCount || !keys.every((key) => typeof key === 'number') || rows.some((row) => row.some(isAxis)))
    return rows;
  // The numbers of rows that were picked from a table of results.
  if (new Set(keys).size === keys.length && areResults(rows)) return rows;
  note(`${file.path}: its index (${keys[0]} to ${keys.at(-1)}) is read as the epochs`);
  return rows.map((row, i): Cells => [['epoch', keys[i] as number], ...row]);
}

/** Whether hyperparameters differ from row to row; a learning rate alone is a schedule. */
function areResults(rows: readonly Cells[]): boolean {
  const texts = new Map<string, Set<string>>();
  for (const [name, cell] of rows.flat()) texts.set(name, (texts.get(name) ?? new Set()).add(String(cell)));
  return [...texts].some(([name, own]) => {
    const path = meaningOf(name).kind === 'identity' ? name : hyperparameterOf(name);
    return own.size > 1 && path !== null && path !== 'learningRate';
  });
}
