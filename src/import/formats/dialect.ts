/** How a delimited text is written: its separator, its decimal mark, where its header stands. */

import Papa from 'papaparse';
import { requestError } from '../../base/errors.js';
import { advise } from '../advice.js';
import { numberIn } from '../reading/cells.js';

export interface Dialect {
  /** `' '`: any run of spaces. */
  readonly separator: string;
  readonly decimal: 'point' | 'comma';
  readonly columns: readonly string[];
  /** Line of the header, from 1. Rows begin on the line after it. */
  readonly headerLine: number;
  /** The header begins with `#`: then no line is a comment. */
  readonly marksHeader: boolean;
}

export interface DialectChoices {
  readonly separator?: string;
  readonly decimal?: 'point' | 'comma';
}

const SEPARATORS = [',', ';', '\t', '|'] as const;

/** One piece of text -> its records. `whole`: no more follows. */
export function splitRecords(text: string, separator: string, whole: boolean) {
  const parser = new Papa.Parser({ delimiter: separator, newline: '\n' });
  return parser.parse(text, 0, !whole) as {
    data: string[][];
    errors: { type: string; row?: number; message: string }[];
    meta: { cursor: number };
  };
}

/** A line of words between runs of spaces, with one space between them. */
export function squeezeSpaces(text: string): string {
  return text.replace(/[ \t]+/g, ' ').replace(/^ | $/gm, '');
}

/** What the first part of a text shows; of an empty one no columns. @throws a request error where there is no header */
export function dialectOf(sample: string, file: string, choices: DialectChoices): Dialect {
  const lines = sample.split('\n');
  let at = 0;
  let separator = choices.separator;
  const told = /^sep=(.)$/i.exec(lines[0] ?? '');
  if (told !== null) {
    separator ??= told[1]!;
    at = 1;
  }
  const skipped = /^\s*(#|$)/;
  let comment = -1;
  while (at < lines.length && skipped.test(lines[at]!)) {
    if (lines[at]!.trim() !== '') comment = at;
    at += 1;
  }
  const body = lines.slice(at, at + 60);
  if (at >= lines.length && comment < 0)
    return { separator: ',', decimal: 'point', columns: [], headerLine: at, marksHeader: false };
  const used = separator ?? likelySeparator(at < lines.length ? body : [lines[comment]!.replace(/^#/, '')]);
  const cellsOf = (line: string) => recordOf(line, used);
  const isData = at < lines.length && cellsOf(lines[at]!).every(isNumeric);
  if (isData || at >= lines.length) {
    // numpy's savetxt and the like write the header as a comment.
    const marked = comment < 0 ? [] : cellsOf(lines[comment]!.trim().replace(/^#+\s*/, ''));
    if (marked.length < 2 || (isData && marked.length !== cellsOf(lines[at]!).length)) {
      throw withoutHeader(file, at, lines[at] ?? '');
    }
    const decimal = choices.decimal ?? decimalOf(body, used, file);
    return { separator: used, decimal, columns: named(marked), headerLine: comment + 1, marksHeader: true };
  }
  const { columns, height } = headerAt(body, used);
  const decimal = choices.decimal ?? decimalOf(body.slice(height), used, file);
  return { separator: used, decimal, columns, headerLine: at + height, marksHeader: false };
}

function named(cells: readonly string[]): string[] {
  return cells.map((name) => name.replace(/^\uFEFF/, '').trim());
}

/** The header, which may hold quoted ends of lines. */
function headerAt(body: readonly string[], separator: string): { columns: string[]; height: number } {
  const text = separator === ' ' ? squeezeSpaces(body.join('\n')) : body.join('\n');
  const columns = splitRecords(text, separator, true).data[0] ?? [];
  const height = 1 + columns.reduce((sum, name) => sum + (name.split('\n').length - 1), 0);
  return { columns: named(columns).map((name) => name.replace(/\s+/g, ' ')), height };
}

function withoutHeader(file: string, line: number, value: string): Error {
  return requestError({
    what: 'a file has no header: its first row holds numbers',
    where: `${file}, line ${line + 1}`,
    value: value.slice(0, 80),
    advice: 'write the names of the columns as its first line',
  });
}

function recordOf(line: string, separator: string): string[] {
  return splitRecords(separator === ' ' ? squeezeSpaces(line) : line, separator, true).data[0] ?? [];
}

function isNumeric(cell: string): boolean {
  return numberIn(cell, 'comma') !== undefined;
}

/** The separator that gives the most columns, the same number in most rows. */
function likelySeparator(lines: readonly string[]): string {
  const scores = [...SEPARATORS, ' '].map((separator) => {
    const counts = lines.filter((line) => line.trim() !== '').map((line) => recordOf(line, separator).length);
    const columns = counts[0] ?? 1;
    // R writes row names without a header: that is told as such.
    const rows = separator === ' ' && columns > 1 && counts[1] === columns + 1 ? counts.slice(1) : counts;
    const same = rows.filter((count) => count === rows[0]).length / Math.max(1, rows.length);
    return { separator, columns, same };
  });
  const several = scores.filter(({ columns }) => columns > 1);
  // Words between spaces are a table only where nothing else separates and every line has as many.
  const even = several.filter(({ separator, same }) => (separator === ' ' ? same === 1 : same >= 0.8));
  const marks = even.filter(({ separator }) => separator !== ' ');
  const best = [...(marks.length > 0 ? marks : even)].sort((a, b) => b.columns - a.columns)[0];
  const header = several
    .filter(({ separator }) => separator !== ' ')
    .sort((a, b) => b.columns - a.columns)[0];
  return best?.separator ?? header?.separator ?? ',';
}

/** Whether `4,25` is a number of this file. @throws a request error where it could be two */
function decimalOf(lines: readonly string[], separator: string, file: string): 'point' | 'comma' {
  const cells = lines.flatMap((line) => recordOf(line, separator)).map((cell) => cell.trim());
  const commas = cells.filter((cell) => /^[-+]?\d+,\d+(e[-+]?\d+)?\s*%?$/i.test(cell));
  const points = cells.filter((cell) => /^[-+]?\d*\.\d+(e[-+]?\d+)?\s*%?$/i.test(cell));
  if (commas.length === 0) return 'point';
  const grouped = (cell: string) => /^[-+]?[1-9]\d{0,2},\d{3}$/.test(cell);
  if (points.length === 0 && !commas.every(grouped)) return 'comma';
  throw requestError({
    what: 'the comma within numbers has two readings',
    where: file,
    rule: 'decimals marked by a comma or by a point, in the whole file',
    value: [commas[0], points[0]].filter((one) => one !== undefined).join(' and '),
    ...advise([[{ choice: 'decimal', value: 'comma' }], [{ choice: 'decimal', value: 'point' }]]),
  });
}
