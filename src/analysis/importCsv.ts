/** CSV text -> rows of metrics: columns by likeness, percentages and fractions told apart. */

import { csvParse, type DSVRowArray } from 'd3-dsv';
import { requestError } from '../base/errors.js';
import type { MetricsRow } from '../store/records.js';

export interface CsvSource {
  /** File name, with or without its folders. */
  readonly name: string;
  readonly text: string;
}

type Column = 'epoch' | Exclude<keyof MetricsRow, 'epoch' | 'imagesPerSecond' | 'seconds'>;
/** Which column of the file holds which metric. */
export type ColumnMap = Readonly<Partial<Record<Column, string>>>;

const COLUMNS: readonly Column[] = [
  'epoch',
  'trainLoss',
  'trainAccuracy',
  'validLoss',
  'validAccuracy',
  'trainEvalLoss',
  'trainEvalAccuracy',
  'learningRate',
];

/** The metric that a header most likely means, or `null`. A header that says "test" is never taken for validation. */
export function likelyColumn(header: string): Column | null {
  const words = header
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const has = (...any: string[]) => words.some((word) => any.includes(word));
  if (has('epoch', 'epochs')) return 'epoch';
  if (has('lr') || (has('learning') && has('rate'))) return 'learningRate';
  const kind = has('loss', 'nll', 'ce') ? 'Loss' : has('acc', 'accuracy', 'top1') ? 'Accuracy' : null;
  if (kind === null || has('test')) return null;
  if (has('valid', 'validation', 'val', 'dev')) return `valid${kind}`;
  if (!has('train', 'training', 'trn')) return null;
  return has('eval', 'evaluation') ? `trainEval${kind}` : `train${kind}`;
}

/** One file, its columns found, its cells read as numbers (`null` where empty, NaN or infinite). */
export interface ReadCurve {
  readonly name: string;
  readonly rows: readonly MetricsRow[];
  /** The first epoch with a loss that is not finite, or `null`. */
  readonly divergedAt: number | null;
  readonly columns: ColumnMap;
  readonly notes: readonly string[];
}

/** `trainLoss=Loss (train)` -> a column map. @throws a request error for another form or an unknown metric */
export function parseColumns(assignments: readonly string[]): ColumnMap {
  const map: Partial<Record<Column, string>> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    const metric = COLUMNS.find((column) => column === assignment.slice(0, at));
    if (metric === undefined) {
      throw requestError({
        what: '--columns names no metric',
        where: '--columns',
        rule: `METRIC=COLUMN with METRIC one of ${COLUMNS.join(', ')}`,
        value: assignment,
      });
    }
    map[metric] = assignment.slice(at + 1).replace(/^"(.*)"$/, '$1');
  }
  return map;
}

/** @throws a request error where a file has no metrics, no rows, or cells that are not numbers */
export function readCurve(source: CsvSource, given: ColumnMap): ReadCurve {
  const table = csvParse(source.text.replace(/^\uFEFF/, ''));
  const columns = findColumns(source.name, table.columns, given);
  if (table.length === 0) throw requestError({ what: 'a CSV file has no rows', where: source.name });
  const rows = table.map((row, i) => readRow(source.name, row, columns, i));
  const notes =
    columns.epoch === undefined ? [`${source.name}: no epoch column, rows are counted from 1`] : [];
  const shifted = startAtOne(rows);
  if (shifted !== rows) notes.push(`${source.name}: epochs start at 0 there, they are counted from 1 here`);
  checkEpochs(source.name, shifted);
  return {
    name: source.name,
    rows: shifted,
    divergedAt: firstDivergence(table, columns, shifted),
    columns,
    notes,
  };
}

function findColumns(file: string, headers: readonly string[], given: ColumnMap): ColumnMap {
  const map: Partial<Record<Column, string>> = {};
  for (const header of headers) {
    const column = likelyColumn(header);
    if (column !== null && map[column] === undefined) map[column] = header;
  }
  for (const [column, header] of Object.entries(given)) {
    if (!headers.includes(header)) {
      throw requestError({
        what: 'a CSV file does not have a column that --columns names',
        where: file,
        rule: `one of ${headers.join(', ')}`,
        value: header,
      });
    }
    map[column as Column] = header;
  }
  if (!Object.keys(map).some((column) => /Loss|Accuracy/.test(column))) {
    throw requestError({
      what: 'no column of a CSV file looks like a loss or an accuracy',
      where: file,
      value: headers.join(', '),
      advice: "name them: --columns 'trainLoss=Loss (train)'",
    });
  }
  return map;
}

type Row = DSVRowArray<string>[number];

function cell(file: string, row: Row, header: string | undefined, line: number): number | null {
  const text = header === undefined ? '' : (row[header] ?? '').trim();
  if (text === '' || /^[-+]?(nan|inf(inity)?|null|none|n\/a)$/i.test(text)) return null;
  const value = Number(text.replace(/%$/, ''));
  if (Number.isFinite(value)) return value;
  throw requestError({
    what: 'a cell is not a number',
    where: `${file}, line ${line + 2}, column ${header ?? ''}`,
    value: text,
  });
}

function readRow(file: string, row: Row, columns: ColumnMap, index: number): MetricsRow {
  const of = (column: Column) => cell(file, row, columns[column], index);
  return {
    epoch: columns.epoch === undefined ? index + 1 : (of('epoch') ?? Number.NaN),
    trainLoss: of('trainLoss'),
    trainAccuracy: of('trainAccuracy'),
    validLoss: of('validLoss'),
    validAccuracy: of('validAccuracy'),
    trainEvalLoss: of('trainEvalLoss'),
    trainEvalAccuracy: of('trainEvalAccuracy'),
    learningRate: of('learningRate'),
    imagesPerSecond: null,
    seconds: null,
  };
}

function startAtOne(rows: readonly MetricsRow[]): readonly MetricsRow[] {
  return rows[0]!.epoch === 0 ? rows.map((row) => ({ ...row, epoch: row.epoch + 1 })) : rows;
}

function checkEpochs(file: string, rows: readonly MetricsRow[]): void {
  const bad = rows.findIndex(
    ({ epoch }, i) => !Number.isInteger(epoch) || epoch < 1 || (i > 0 && epoch <= rows[i - 1]!.epoch),
  );
  if (bad < 0) return;
  throw requestError({
    what: 'epochs must be whole numbers that rise',
    where: `${file}, line ${bad + 2}`,
    value: String(rows[bad]!.epoch),
  });
}

function firstDivergence(
  table: DSVRowArray<string>,
  columns: ColumnMap,
  rows: readonly MetricsRow[],
): number | null {
  const header = columns.trainLoss ?? columns.validLoss;
  if (header === undefined) return null;
  const index = table.findIndex((row) => /^[-+]?(nan|inf(inity)?)$/i.test((row[header] ?? '').trim()));
  return index < 0 ? null : rows[index]!.epoch;
}

const ACCURACIES = ['trainAccuracy', 'validAccuracy', 'trainEvalAccuracy'] as const;

/**
 * Accuracies as fractions. They are percentages where any of them in any file exceeds 1, or where a header says so; one
 * unit for all files, so that a run that learns nothing is not read in another unit than its neighbours.
 * @throws a request error for accuracies below 0 or above 100%
 */
export function asFractions(curves: readonly ReadCurve[]): { curves: ReadCurve[]; percent: boolean } {
  const values = curves.flatMap(({ rows }) =>
    rows.flatMap((row) => ACCURACIES.map((name) => row[name] ?? 0)),
  );
  const highest = values.reduce((a, b) => Math.max(a, b), 0);
  const lowest = values.reduce((a, b) => Math.min(a, b), 0);
  const named = curves.some(({ columns }) =>
    ACCURACIES.some((name) => /%|percent/i.test(columns[name] ?? '')),
  );
  const percent = named || highest > 1;
  if (lowest < 0 || highest > 100) {
    throw requestError({
      what: 'an accuracy is outside its range',
      rule: '0 to 1, or 0 to 100%',
      value: String(lowest < 0 ? lowest : highest),
      advice: 'name the right columns with --columns',
    });
  }
  if (!percent) return { curves: [...curves], percent };
  const share = (value: number | null) => (value === null ? null : value / 100);
  const converted = curves.map((curve) => ({
    ...curve,
    rows: curve.rows.map((row) => ({
      ...row,
      trainAccuracy: share(row.trainAccuracy),
      validAccuracy: share(row.validAccuracy),
      trainEvalAccuracy: share(row.trainEvalAccuracy),
    })),
  }));
  return { curves: converted, percent };
}
