/** One pass over a table with its columns chosen: the curves of each run in it. */

import { type ErrorDetails, requestError } from '../../base/errors.js';
import { metricOf } from '../../study/metrics.js';
import { advise } from '../advice.js';
import type { Cell, Row, Table } from '../formats/format.js';
import { cellText, numberIn, ownCopy } from './cells.js';
import type { ChosenColumns, IdentityColumn } from './columns.js';
import { Course } from './course.js';
import type { Curve } from './headers.js';
import { type Repeats, Series } from './series.js';

export type AxisKind = 'epoch' | 'step' | 'row';

/** What one run of a table holds. */
export interface TableRun {
  /** Texts of the columns that tell runs apart. */
  readonly key: readonly string[];
  /** Text of every identity column that is the same in all its rows. */
  readonly constants: Map<number, string>;
  readonly varying: Set<number>;
  readonly series: Map<Curve, Series>;
  readonly course: Course;
  readonly firstLine: number;
  lastLine: number;
  /** Learning rates that stand in rows without an epoch, for the next epoch. */
  pending: { metric: Curve; value: number; line: number }[];
  /** Values in rows that no epoch follows. */
  lost: number;
  rows: number;
  /** Several learning rates within an epoch: no curve by epochs. */
  ratesDiffer: boolean;
}

export interface Reading {
  readonly chosen: ChosenColumns;
  readonly axis: AxisKind;
  /** Columns whose texts together tell runs apart. */
  readonly by: readonly IdentityColumn[];
  readonly repeats: Repeats;
  /** A person says that the log was continued: see `Course`. */
  readonly continues: boolean;
  /** Epochs such as 0.5 and 1.25: a value belongs to the epoch that it stands in. */
  readonly fractional: boolean;
  readonly where: string;
}

/** @throws a request error for a cell that is no number, or a row without a place on the axis */
export async function accumulate(table: Table, reading: Reading): Promise<TableRun[]> {
  const [runs] = await accumulateEach(table, [reading]);
  return runs!;
}

/** The runs of several readings of a table, in one pass over it. */
export async function accumulateEach(table: Table, readings: readonly Reading[]): Promise<TableRun[][]> {
  const accumulators = readings.map((reading) => new Accumulator(table, reading));
  for await (const piece of table.rows())
    for (const one of accumulators) for (const row of piece) one.take(row);
  return accumulators.map((one) => one.finish());
}

/** As `accumulate`; `null` as soon as there are more conflicts than `most`. */
export async function accumulateBelow(
  table: Table,
  reading: Reading,
  most: number,
): Promise<TableRun[] | null> {
  const accumulator = new Accumulator(table, reading);
  for await (const piece of table.rows()) {
    for (const row of piece) accumulator.take(row);
    if (conflictsIn(accumulator.runs) > most) return null;
  }
  return accumulator.finish();
}

class Accumulator {
  readonly #runs = new Map<string, TableRun>();
  readonly #context: Context;
  #latest: TableRun | undefined;

  constructor(table: Table, reading: Reading) {
    const columns = Object.entries(reading.chosen.metrics) as Context['columns'];
    this.#context = { table, reading, columns };
  }

  get runs(): TableRun[] {
    return [...this.#runs.values()];
  }

  take(row: Row): void {
    this.#latest = this.#runOf(row);
    takeRow(this.#latest, row, this.#context);
  }

  finish(): TableRun[] {
    for (const run of this.#runs.values()) finish(run);
    return this.runs;
  }

  #runOf(row: Row): TableRun {
    const { by } = this.#context.reading;
    const latest = this.#latest;
    if (latest?.key.every((text, i) => text === cellText(row.cells[by[i]!.index])) === true) return latest;
    const key = by.map(({ index }) => cellText(row.cells[index]));
    const joined = key.join('\u0000');
    const run = this.#runs.get(joined) ?? newRun(key.map(ownCopy), row);
    this.#runs.set(joined, run);
    return run;
  }
}

function newRun(key: readonly string[], row: Row): TableRun {
  return {
    key,
    constants: new Map(),
    varying: new Set(),
    series: new Map(),
    course: new Course(),
    firstLine: row.line,
    lastLine: row.line,
    pending: [],
    lost: 0,
    rows: 0,
    ratesDiffer: false,
  };
}

interface Context {
  readonly table: Table;
  readonly reading: Reading;
  readonly columns: readonly [Curve, { readonly index: number; readonly name: string }][];
}

function takeRow(run: TableRun, row: Row, context: Context): void {
  const { table, reading, columns } = context;
  run.rows += 1;
  run.lastLine = row.line;
  noteIdentities(run, row, reading.chosen.identities);
  const at = placeOf(run, row, context);
  for (const [metric, column] of columns) {
    const value = numberIn(row.cells[column.index], table.decimal);
    if (value === null) continue;
    if (value === undefined) throw noNumber(row, row.cells[column.index], column.name, context);
    if (at === null && metric !== 'learningRate') throw noPlace(row, column.name, value, context);
    if (at === null) run.pending.push({ metric, value, line: row.line });
    else push(run, metric, at, value, row.line, reading);
  }
  if (at === null || run.pending.length === 0) return;
  for (const one of run.pending) push(run, one.metric, at, one.value, one.line, reading);
  run.pending = [];
}

function push(run: TableRun, metric: Curve, at: number, value: number, line: number, reading: Reading): void {
  let series = run.series.get(metric);
  if (series === undefined) {
    series = new Series(
      repeatsOf(metric, reading),
      reading.axis !== 'epoch',
      reading.continues ? run.course : null,
    );
    run.series.set(metric, series);
  }
  series.push(at, value, line);
}

/** The learning rate may change within an epoch; then it is left out, and no error. */
function repeatsOf(metric: Curve, { repeats, fractional }: Reading): Repeats {
  if (metric === 'learningRate' || repeats !== 'error' || !fractional) return repeats;
  return metricOf(metric).split === 'train' ? 'mean' : 'last';
}

function noteIdentities(run: TableRun, row: Row, identities: readonly IdentityColumn[]): void {
  for (const { index } of identities) {
    if (run.varying.has(index)) continue;
    const text = cellText(row.cells[index]);
    if (text === '') continue;
    const known = run.constants.get(index);
    if (known === undefined) run.constants.set(index, ownCopy(text));
    else if (known !== text) {
      run.constants.delete(index);
      run.varying.add(index);
    }
  }
}

/** Where a row stands; `null` for a row without an epoch, whose learning rate belongs to the next one. */
function placeOf(run: TableRun, row: Row, context: Context): number | null {
  const { axis, chosen, fractional } = context.reading;
  if (axis === 'row') return run.rows;
  const column = axis === 'epoch' ? chosen.epoch! : chosen.step!;
  const cell = row.cells[column.index];
  const value = numberIn(cell, context.table.decimal);
  if (value === null || Number.isNaN(value)) return null;
  if (value === undefined || !Number.isFinite(value)) throw noNumber(row, cell, column.name, context);
  if (axis === 'epoch' && fractional) return Math.ceil(value - 1e-6);
  return value;
}

/** Of the epoch before, or of the next one: that is not told. */
function noPlace({ line }: Row, column: string, value: number, { table, reading }: Context): Error {
  const { axis, chosen, where } = reading;
  const other = axis === 'epoch' && chosen.step !== null ? 'step' : 'row';
  return requestError({
    what: `a row holds a value and no ${axis}`,
    where: `${where}, ${table.lineWord} ${line}, column ${chosen[axis === 'step' ? 'step' : 'epoch']?.name}`,
    rule: `each value beside its ${axis} (a learning rate may stand before it)`,
    value: `${column}: ${value}`,
    ...advise([
      [`write the ${axis} into that row`],
      ['count by something else: ', { choice: 'axis', value: other }],
    ]),
  });
}

function noNumber(row: Row, cell: Cell, column: string, { table, reading }: Context): Error {
  const text = cellText(cell);
  return requestError({
    what: 'a cell is not a number',
    where: `${reading.where}, ${table.lineWord} ${row.line}, column ${column}`,
    rule: 'a number with digits 0 to 9, or a gap: empty, -, ?, NA, None, null, nan',
    value: text.slice(0, 80),
    ...numberAdvice(text, column),
  });
}

function numberAdvice(text: string, column: string): Pick<ErrorDetails, 'advice' | 'ways'> {
  if (/^[-+]?\d+,\d+$/.test(text))
    return advise([[{ choice: 'decimal', value: 'comma' }, ', if that is a decimal']]);
  if (/^[-+]?\d{1,3}([,. '_\u00a0\u202f]\d{3})+([.,]\d+)?%?$/.test(text))
    return { advice: 'write numbers without marks between thousands' };
  return advise([
    ['mend that cell, or empty it; a line that is no row of values (units, a sum) may begin with #'],
    [{ choice: 'ignore', value: column }, ' leaves the column out'],
  ]);
}

function finish(run: TableRun): void {
  run.lost = run.pending.length;
  run.pending = [];
  for (const series of run.series.values()) series.finish();
  const rate = run.series.get('learningRate');
  if (rate !== undefined && rate.conflicts > 0) {
    run.series.delete('learningRate');
    run.ratesDiffer = true;
  }
}

/**
 * Values that stand beside another one at the same place: rows of two runs, or of one that was continued. A learning
 * rate may change within an epoch.
 */
export function conflictsIn(runs: readonly TableRun[]): number {
  let sum = 0;
  for (const run of runs)
    for (const [metric, series] of run.series) if (metric !== 'learningRate') sum += series.conflicts;
  return sum;
}
