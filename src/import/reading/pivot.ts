/**
 * Tables whose rows say what they measure: `split` (train, val) beside `loss`, or `metric` and `value`. They are read as
 * if each had a column of its own: `val/loss`.
 */

import type { Cell, Log, Row } from '../formats/format.js';
import { cellText } from './cells.js';
import { meaningOf, wordsOf } from './headers.js';
import type { ColumnStats, Scan } from './scan.js';

const SPLIT_COLUMN = /^(split|phase|mode|subset|stage|partition|set|data_?set_?split)$/i;
/** Columns of events: of those whose words name splits, beside others that hold no metric (`start`). */
const EVENT_COLUMN = /^(event|event_?type|event_?name|kind|type|name|key)$/i;
const SPLIT_WORD = /^(train|training|trn|val|valid|validation|dev|test|testing|eval|evaluation)$/i;
const VALID_WORD = /^(val|valid|validation|dev|eval|evaluation)$/i;
const METRIC_COLUMN = /^(metric|metric_?name|tag|variable|measure|key)$/i;
const VALUE_COLUMN = /^(value|metric_?value|score|result)$/i;
/** More names than this are no names of metrics. */
const MOST_NAMES = 500;

/** Where a value of a row belongs: by the texts of the columns that say what it measures. */
interface Pivot {
  readonly split: ColumnStats | null;
  readonly metric: ColumnStats | null;
  /** Columns whose values are told apart. */
  readonly values: readonly ColumnStats[];
}

/** The log as if every kind of row had columns of its own; `null` where a table has another form. */
export function pivoted(log: Log, { columns }: Scan): Log | null {
  const pivot = pivotOf(columns);
  if (pivot === null) return null;
  const told = [pivot.split, pivot.metric].filter((one) => one !== null);
  const dropped = new Set([...told, ...pivot.values].map(({ index }) => index));
  const kept = columns.filter(({ index }) => !dropped.has(index));
  const places = new Map<string, number>();
  const names = kept.map(({ name }) => name);
  for (const split of pivot.split?.distinct ?? [''])
    for (const metric of pivot.metric?.distinct ?? [''])
      for (const { name } of pivot.values) {
        const own = pivot.metric === null ? name : metric;
        const joined = split === '' ? own : `${split}/${own}`;
        if (!places.has(joined)) places.set(joined, names.push(joined) - 1);
      }
  const rowOf = ({ line, cells }: Row): Row => {
    const row: Cell[] = new Array(names.length).fill(null);
    for (const [i, { index }] of kept.entries()) row[i] = cells[index];
    const split = pivot.split === null ? '' : cellText(cells[pivot.split.index]);
    for (const { index, name } of pivot.values) {
      const own = pivot.metric === null ? name : cellText(cells[pivot.metric.index]);
      const place = places.get(split === '' ? own : `${split}/${own}`);
      if (place !== undefined) row[place] = cells[index];
    }
    return { line, cells: row };
  };
  const { table } = log;
  return {
    ...log,
    form: { ...log.form, rowsTell: told.map(({ name }) => name).join(', ') },
    table: {
      columns: names,
      lineWord: table.lineWord,
      decimal: table.decimal,
      end: table.end,
      async *rows() {
        for await (const piece of table.rows()) yield piece.map(rowOf);
      },
    },
  };
}

function pivotOf(columns: readonly ColumnStats[]): Pivot | null {
  const isWords = ({ texts, filled, distinct }: ColumnStats) =>
    filled > 0 && texts === filled && distinct !== null && distinct.size <= MOST_NAMES;
  const split =
    columns.find(
      (one) =>
        SPLIT_COLUMN.test(one.name) &&
        isWords(one) &&
        [...one.distinct!].every((word) => SPLIT_WORD.test(word)),
    ) ??
    columns.find((one) => EVENT_COLUMN.test(one.name) && isWords(one) && tellsSplits([...one.distinct!]));
  const metric = columns.find((one) => METRIC_COLUMN.test(one.name) && isWords(one));
  const value = columns.filter(({ name, numbers }) => VALUE_COLUMN.test(name) && numbers > 0);
  if (metric !== undefined && value.length === 1) return { split: split ?? null, metric, values: value };
  if (split === undefined) return null;
  // What names its split already stays as it is.
  const bare = columns.filter(({ name, numbers }) => numbers > 0 && isBare(name));
  return bare.length === 0 ? null : { split, metric: null, values: bare };
}

function tellsSplits(words: readonly string[]): boolean {
  return (
    words.some((word) => /^(train|training|trn)$/i.test(word)) && words.some((word) => VALID_WORD.test(word))
  );
}

function isBare(name: string): boolean {
  const meaning = meaningOf(name);
  if (meaning.kind === 'bare') return true;
  // `top5_acc`, `best_loss`: they belong to the split of their row as well.
  return (
    meaning.kind === 'unknown' &&
    wordsOf(name).some((word) => /^(loss|acc|accuracy|top\d+|acc\d+)$/.test(word))
  );
}
