/** One pass over a table: what each of its columns holds, as a whole. */

import type { Cell, Row, Table } from '../formats/format.js';
import { cellText, hasPercentSign, numberIn, ownCopy } from './cells.js';
import { meaningOf } from './headers.js';

/** Two neighbours of which one seems to be a fraction, and the other the same in per cent. */
export interface Jump {
  readonly line: number;
  readonly before: number;
  readonly value: number;
}

export interface ColumnStats {
  readonly name: string;
  readonly index: number;
  /** Cells that are no gap. */
  filled: number;
  /** Finite numbers among them, and their range. */
  numbers: number;
  min: number;
  max: number;
  /** Numbers above 1, and whole ones. */
  above1: number;
  whole: number;
  notFinite: number;
  /** The number before the one at hand. */
  latest: number;
  /** Each number is above the one before. */
  rising: boolean;
  jump: Jump | null;
  /** A jump downwards, of which the next number tells whether it is the beginning of another run. */
  fall: Jump | null;
  /** Cells with a per cent sign, and the first line with one and without one. */
  percent: number;
  percentLine: number;
  plainLine: number;
  /** The first cell that is no number. */
  text: { readonly line: number; readonly text: string } | null;
  texts: number;
  /** Different texts, `null` where there are more than can tell runs apart. Of numbers only where the column may tell runs apart. */
  distinct: Set<string> | null;
  readonly tells: boolean;
}

export interface Scan {
  readonly columns: readonly ColumnStats[];
  readonly rows: number;
}

/** More different values than this tell no runs apart. */
const MOST_DISTINCT = 20_000;

export async function scanTable(table: Table): Promise<Scan> {
  const columns = table.columns.map((name, index): ColumnStats => emptyStats(name, index));
  let rows = 0;
  for await (const piece of table.rows()) {
    rows += piece.length;
    for (const row of piece) addRow(columns, row, table.decimal);
  }
  return { columns, rows };
}

function emptyStats(name: string, index: number): ColumnStats {
  return {
    name,
    index,
    filled: 0,
    numbers: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    above1: 0,
    whole: 0,
    notFinite: 0,
    latest: Number.NaN,
    rising: true,
    jump: null,
    fall: null,
    percent: 0,
    percentLine: 0,
    plainLine: 0,
    text: null,
    texts: 0,
    distinct: new Set(),
    tells: mayTell(name),
  };
}

/** Whether a column of this name may tell runs apart by numbers: not what is measured, and not the axis. */
function mayTell(name: string): boolean {
  const meaning = meaningOf(name);
  if (meaning.kind === 'metric') return meaning.metric === 'learningRate';
  return meaning.kind === 'identity' || meaning.kind === 'unknown';
}

function addRow(columns: readonly ColumnStats[], row: Row, decimal: Table['decimal']): void {
  for (let i = 0; i < columns.length; i++) {
    const cell = row.cells[i];
    const value = numberIn(cell, decimal);
    if (value === null) continue;
    addCell(columns[i]!, cell, value, row.line);
  }
}

function addCell(stats: ColumnStats, cell: Cell, value: number | undefined, line: number): void {
  stats.filled += 1;
  if (stats.distinct !== null && (stats.tells || value === undefined)) addDistinct(stats, cellText(cell));
  if (value === undefined) {
    stats.texts += 1;
    stats.text ??= { line, text: ownCopy(cellText(cell)) };
    return;
  }
  if (!Number.isFinite(value)) {
    stats.notFinite += 1;
    return;
  }
  addNumber(stats, value, line);
  if (hasPercentSign(cell)) {
    if (stats.percent === 0) stats.percentLine = line;
    stats.percent += 1;
  } else if (stats.plainLine === 0) stats.plainLine = line;
}

function addNumber(stats: ColumnStats, value: number, line: number): void {
  const before = stats.latest;
  stats.jump ??= jumpTo(stats, value, line);
  if (value <= before) stats.rising = false;
  stats.latest = value;
  stats.numbers += 1;
  if (value < stats.min) stats.min = value;
  if (value > stats.max) stats.max = value;
  if (value > 1) stats.above1 += 1;
  if (Number.isInteger(value)) stats.whole += 1;
}

/**
 * 0.49 before 53, or 53 before 0.49 and 0.51. Before training an accuracy of 0.1% may stand before one of 10%; and from the
 * end of one run to the beginning of the next one the per cent fall alone.
 */
function jumpTo(stats: ColumnStats, value: number, line: number): Jump | null {
  const { latest: before, fall, numbers } = stats;
  stats.fall = null;
  if (fall !== null && (value <= 1 || isHundredfold(before, value))) return fall;
  if (before <= value) return numbers > 1 && isHundredfold(before, value) ? { line, before, value } : null;
  if (isHundredfold(value, before)) stats.fall = { line, before, value };
  return null;
}

function isHundredfold(low: number, high: number): boolean {
  return low > 0 && low <= 1 && high > 1 && 100 * low <= 1.25 * high && high <= 125 * low;
}

function addDistinct(stats: ColumnStats, text: string): void {
  if (stats.distinct!.has(text)) return;
  stats.distinct!.add(ownCopy(text));
  if (stats.distinct!.size > MOST_DISTINCT) stats.distinct = null;
}

/** `0.089 to 0.43`. */
export function rangeText({ numbers, min, max, notFinite }: ColumnStats): string {
  if (numbers === 0) return notFinite > 0 ? 'nothing finite' : 'nothing';
  const short = (value: number) => String(Number(value.toPrecision(4)));
  return min === max ? short(min) : `${short(min)} to ${short(max)}`;
}
