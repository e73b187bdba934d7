/** The CSV files of a study, as text. The first line is a comment with the format's version, the second the columns. */
import { csvFormatRow, csvParseRows } from 'd3-dsv';
import { workError } from '../base/errors.js';
import type { GradientsRow, LookRow, MetricsRow, PredictionRow, StepRow } from './records.js';

export type CsvKind = 'metrics' | 'steps' | 'gradients' | 'predictions' | 'looks';
const version = 1;

export const metricsColumns = [
  'epoch',
  'trainLoss',
  'trainAccuracy',
  'validLoss',
  'validAccuracy',
  'trainEvalLoss',
  'trainEvalAccuracy',
  'learningRate',
  'imagesPerSecond',
  'seconds',
] as const satisfies readonly (keyof MetricsRow)[];
export const stepsColumns = ['epoch', 'step', 'loss'] as const satisfies readonly (keyof StepRow)[];
const predictionsColumns = [
  'split',
  'index',
  'label',
  'predicted',
  'loss',
] as const satisfies readonly (keyof PredictionRow)[];
const looksColumns = [
  'look',
  'at',
  'runsBefore',
  'runsAfter',
  'change',
] as const satisfies readonly (keyof LookRow)[];

/** Comment with the version, then the names of the columns. */
export function csvHead(kind: CsvKind, columns: readonly string[]): string {
  return `# ceteris ${kind} ${version}\n${csvFormatRow([...columns])}\n`;
}

/** One line; numbers round-trip exactly (also -0, NaN and infinities), `null` is an empty cell. */
function csvLine(cells: readonly (number | string | null)[]): string {
  return `${csvFormatRow(cells.map((cell) => (cell === null ? '' : Object.is(cell, -0) ? '-0' : String(cell))))}\n`;
}

/** The rows of a file, with where each stands. */
interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly where: string }[];
}

/**
 * Reads a file of a kind. A last line without its end is torn (the writer was killed, or is writing): it is left out.
 * @throws a work error for another kind, a newer format, and for a line with another number of cells
 */
function parseTable(text: string, kind: CsvKind, file: string): Table {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole === '') return { columns: [], rows: [] };
  const mark = /^# ceteris (\w+) (\d+)\r?\n/.exec(whole);
  if (mark === null || mark[1] !== kind) {
    throw damaged(`${file}, line 1`, `# ceteris ${kind} ${version}`, whole.slice(0, 60).split('\n')[0]);
  }
  if (Number(mark[2]) > version) {
    throw workError({
      what: 'this file was written by a newer version of Ceteris',
      where: file,
      rule: `format version at most ${version}`,
      value: mark[2],
      advice: 'update Ceteris',
    });
  }
  const [columns = [], ...lines] = csvParseRows(whole.slice(mark[0].length));
  const rows = lines.map((cells, i) => ({ cells, where: `${file}, row ${i + 1}` }));
  for (const { cells, where } of rows) {
    if (cells.length !== columns.length) {
      throw damaged(where, `${columns.length} cells`, `${cells.length} cells`);
    }
  }
  return { columns, rows };
}

/** A file whose head is not whole yet has no columns. */
function requireColumns({ columns }: Table, wanted: readonly string[], file: string): void {
  if (columns.length === 0 || wanted.every((name, i) => columns[i] === name)) return;
  throw damaged(`${file}, line 2`, wanted.join(','), columns.join(','));
}

function damaged(where: string, rule: string, value: string): Error {
  return workError({
    what: 'a CSV file is damaged',
    where,
    rule,
    value,
    advice: 'restore the file, or remove its run directory: the run then starts again',
  });
}

function numberIn(cell: string, where: string): number {
  const value = Number(cell);
  if (cell.trim() === '' || (Number.isNaN(value) && cell !== 'NaN')) throw damaged(where, 'a number', cell);
  return value;
}

function wholeIn(cell: string, where: string): number {
  const value = numberIn(cell, where);
  if (!Number.isInteger(value)) throw damaged(where, 'a whole number', cell);
  return value;
}

/** @param own metrics of a command, in columns after the others */
export function metricsLine(row: MetricsRow, own: readonly string[] = []): string {
  return csvLine([...metricsColumns, ...own].map((column) => row[column] ?? null));
}

/** The whole file, with the columns of a command's own metrics after the others. */
export function formatMetrics(rows: readonly MetricsRow[]): string {
  const known: readonly string[] = metricsColumns;
  const own = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !known.includes(name));
  return csvHead('metrics', [...metricsColumns, ...own]) + rows.map((row) => metricsLine(row, own)).join('');
}

/** @param file named in errors */
export function parseMetrics(text: string, file: string): MetricsRow[] {
  const table = parseTable(text, 'metrics', file);
  requireColumns(table, metricsColumns, file);
  return table.rows.map(({ cells, where }) => {
    const values = cells.map((cell) => (cell === '' ? null : numberIn(cell, where)));
    const row = Object.fromEntries(table.columns.map((column, i) => [column, values[i]]));
    return { ...(row as unknown as MetricsRow), epoch: wholeIn(cells[0], where) };
  });
}

export function stepsLine({ epoch, step, loss }: StepRow): string {
  return csvLine([epoch, step, loss]);
}

export function gradientsHead(names: readonly string[]): string {
  return csvHead('gradients', ['epoch', ...names]);
}

export function gradientsLine({ epoch, norms }: GradientsRow): string {
  return csvLine([epoch, ...Object.values(norms)]);
}

export function parseGradients(text: string, file: string): GradientsRow[] {
  const table = parseTable(text, 'gradients', file);
  requireColumns(table, ['epoch'], file);
  const names = table.columns.slice(1);
  return table.rows.map(({ cells, where }) => ({
    epoch: wholeIn(cells[0], where),
    norms: Object.fromEntries(names.map((name, i) => [name, numberIn(cells[i + 1], where)])),
  }));
}

/** The whole file. */
export function formatPredictions(rows: readonly PredictionRow[]): string {
  const lines = rows.map((row) => csvLine(predictionsColumns.map((column) => row[column])));
  return csvHead('predictions', predictionsColumns) + lines.join('');
}

export function parsePredictions(text: string, file: string): PredictionRow[] {
  const table = parseTable(text, 'predictions', file);
  requireColumns(table, predictionsColumns, file);
  const at = table.columns.indexOf('confidence');
  return table.rows.map(({ cells, where }) => {
    const [split] = cells;
    if (split !== 'validation' && split !== 'test') throw damaged(where, 'validation or test', split);
    const confidence = at < 0 ? undefined : numberIn(cells[at]!, where);
    return {
      ...(confidence === undefined ? {} : { confidence }),
      split,
      index: wholeIn(cells[1], where),
      label: wholeIn(cells[2], where),
      predicted: wholeIn(cells[3], where),
      loss: numberIn(cells[4], where),
    };
  });
}

/** The whole file. */
export function formatLooks(rows: readonly LookRow[]): string {
  const lines = rows.map((row) => csvLine(looksColumns.map((column) => row[column])));
  return csvHead('looks', looksColumns) + lines.join('');
}

export function parseLooks(text: string, file: string): LookRow[] {
  const table = parseTable(text, 'looks', file);
  requireColumns(table, looksColumns, file);
  return table.rows.map(({ cells, where }) => ({
    look: wholeIn(cells[0], where),
    at: cells[1],
    runsBefore: wholeIn(cells[2], where),
    runsAfter: wholeIn(cells[3], where),
    change: cells[4],
  }));
}
