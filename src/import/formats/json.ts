/** JSON documents that hold curves: a list of records, or a list of values for each metric (Keras's `History.history`). */

import { requestError } from '../../base/errors.js';
import { type SourceFile, withoutEnding } from '../files/source.js';
import { wholeText } from '../files/text.js';
import type { Cell, Format, Log, Table } from './format.js';
import { parseLooseJson } from './jsonLines.js';
import { ColumnIndex, flatCells, tableOf } from './records.js';

export const json: Format = {
  name: 'json',
  title: 'JSON: a list of records, lists of values, or a table of pandas',
  recognise: (path, head) => /\.json(\.gz)?$/i.test(path) && isCurves(new TextDecoder().decode(head)),
  async open([file], options) {
    const data = await readJson(file!);
    options.progress?.(file!.bytes);
    const table = listTable(file!, data);
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

function listTable(file: SourceFile, data: unknown): Table {
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
  const frame = frameRows(outer);
  if (frame !== null) {
    const rows = frame.map((cells, i) => index.row(i + 1, cells));
    return tableOf(index.names, rows, 'row');
  }
  const lists =
    typeof outer.history === 'object' && outer.history !== null && !Array.isArray(outer.history)
      ? (outer.history as Record<string, unknown>)
      : outer;
  const columns = Object.entries(lists).filter((entry): entry is [string, Cell[]] => Array.isArray(entry[1]));
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

/** A table as pandas writes it by columns, by its index, or in two lists: its rows, in the order of the index. `null`: none. */
function frameRows(data: Record<string, unknown>): Cells[] | null {
  const { columns, data: rows } = data;
  if (Array.isArray(columns) && Array.isArray(rows))
    return rows.map((row: Cell[]) => columns.map((name, i): [string, Cell] => [String(name), row[i]]));
  const entries = Object.entries(data);
  if (entries.length === 0 || !entries.every(([, value]) => isObject(value))) return null;
  const numbered = (names: readonly string[]) => names.every((name) => /^\d+$/.test(name));
  if (numbered(entries.map(([name]) => name)))
    return entries.map(([, record]) => Object.entries(record as Record<string, Cell>));
  const keys = Object.keys(entries[0]![1] as object);
  if (!numbered(keys)) return null;
  return keys.map((key) =>
    entries.map(([name, own]): [string, Cell] => [name, (own as Record<string, Cell>)[key]]),
  );
}
