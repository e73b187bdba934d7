/** The CSV files of a run, as text. The first line is a comment with the format's version. */
import { workError } from '../base/errors.js';
import type { GradientsRow, LookRow, MetricsRow } from './records.js';

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

/** Comment with the version, then the names of the columns. */
export function csvHead(kind: CsvKind, columns: readonly string[]): string {
  return `# ceteris ${kind} ${version}\n${columns.map(quoted).join(',')}\n`;
}

/** One line; numbers round-trip exactly, `null` is an empty cell. */
export function csvLine(cells: readonly (number | string | null)[]): string {
  return `${cells.map((cell) => (cell === null ? '' : quoted(String(cell)))).join(',')}\n`;
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/**
 * Rows of cells by column. A last line without its end is torn: it is dropped.
 * @throws a work error for a newer format, and for a line with another number of cells
 */
export function parseCsv(text: string, where: string): Record<string, string>[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '');
  const mark = /^# ceteris \w+ (\d+)$/.exec(lines[0] ?? '');
  if (mark !== null && Number(mark[1]) > version) {
    throw workError({
      what: 'this file was written by a newer version of ceteris',
      where,
      rule: `format version at most ${version}`,
      value: mark[1],
      advice: 'update ceteris',
    });
  }
  const [head, ...rows] = mark === null ? lines : lines.slice(1);
  const columns = head === undefined ? [] : cellsOf(head);
  return rows.map((line, i) => {
    const cells = cellsOf(line);
    if (cells.length !== columns.length) {
      throw workError({
        what: 'a line of a CSV file is damaged',
        where: `${where}, row ${i + 1}`,
        rule: `${columns.length} cells`,
        value: `${cells.length} cells`,
      });
    }
    return Object.fromEntries(columns.map((column, k) => [column, cells[k]]));
  });
}

function cellsOf(line: string): string[] {
  const cells: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/g;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) return cells;
    cells.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    if (match[3] === '') return cells;
  }
}

const number = (cell: string | undefined): number | null =>
  cell === undefined || cell === '' ? null : Number(cell);

export function metricsLine(row: MetricsRow): string {
  return csvLine(metricsColumns.map((column) => row[column]));
}

export function parseMetrics(text: string, where: string): MetricsRow[] {
  return parseCsv(text, where).map((cells) => {
    const values = Object.fromEntries(metricsColumns.map((column) => [column, number(cells[column])]));
    return { ...(values as unknown as MetricsRow), epoch: Number(cells.epoch) };
  });
}

export function parseGradients(text: string, where: string): GradientsRow[] {
  return parseCsv(text, where).map(({ epoch, ...norms }) => ({
    epoch: Number(epoch),
    norms: Object.fromEntries(Object.entries(norms).map(([name, cell]) => [name, Number(cell)])),
  }));
}

export const looksColumns = ['look', 'at', 'runsBefore', 'runsAfter', 'change'] as const;

export function parseLooks(text: string, where: string): LookRow[] {
  return parseCsv(text, where).map((cells) => ({
    look: Number(cells.look),
    at: cells.at,
    runsBefore: Number(cells.runsBefore),
    runsAfter: Number(cells.runsAfter),
    change: cells.change,
  }));
}
