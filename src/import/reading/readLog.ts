/** One log -> the runs in it, each with its columns, its axis and its curves. */

import { requestError } from '../../base/errors.js';
import { advise } from '../advice.js';
import type { Choices } from '../choices.js';
import type { Log } from '../formats/format.js';
import { type AxisKind, accumulateEach, type Reading, type TableRun } from './accumulate.js';
import {
  type ChosenColumns,
  type ColumnMap,
  chooseColumns,
  parseColumns,
  type UnreadColumn,
} from './columns.js';
import { emptyPiece, type Piece, pieceOf, placeOf } from './piece.js';
import { pivoted } from './pivot.js';
import { type ColumnStats, type Scan, scanTable } from './scan.js';
import { splitFile } from './splitFiles.js';
import { tellApart } from './tellApart.js';
import { isWideBound, wideMetric, wideRuns } from './wide.js';

/** How a plan that was written before says that a log is read. */
export interface Told {
  readonly columns: ColumnMap;
  readonly axis: AxisKind;
  readonly by: readonly string[];
}

export interface LogOptions {
  readonly choices: Choices;
  /** Further columns that a person names, where the log has them: from its names to what is read from which. */
  readonly more?: ((names: readonly string[]) => ColumnMap) | undefined;
  /** By file and, in wide tables, by run. */
  readonly told?: ((log: Log, part: string | null) => Told | null) | undefined;
}

/** @throws a request error where two readings of the log are possible, or none */
export async function readLog(log: Log, options: LogOptions): Promise<Piece[]> {
  const scan = await scanTable(log.table);
  if (scan.rows === 0) return [emptyPiece(log)];
  const told = pivoted(log, scan);
  if (told !== null) return readTable(told, await scanTable(told.table), options);
  const wide = wideRuns(scan.columns);
  if (wide !== null) return readWide(log, scan, wide, options);
  const split = splitFile(log, scan, options.choices);
  if (split === null || !holdsTold(log, scan, split.scan, options)) return readTable(log, scan, options);
  const pieces = await readTable(split.log, split.scan, options);
  const alone = split.isSure ? {} : { alone: () => readTable(log, scan, options) };
  return pieces.length === 1 ? [{ ...pieces[0]!, partOf: split.run, ...alone }] : pieces;
}

/** Files whose names may say their split, read as runs of their own where no other file is of that run. */
export async function readAlone(pieces: readonly Piece[]): Promise<Piece[]> {
  const parts = new Map<string, number>();
  for (const { partOf } of pieces) if (partOf !== undefined) parts.set(partOf, (parts.get(partOf) ?? 0) + 1);
  const read: Piece[] = [];
  for (const piece of pieces) {
    const { alone, partOf } = piece;
    if (alone === undefined || parts.get(partOf!)! > 1) read.push(piece);
    else for (const own of await alone()) read.push(own);
  }
  return read;
}

/** A plan that was written before may name columns as they are called in the file. */
function holdsTold(log: Log, plain: Scan, renamed: Scan, options: LogOptions): boolean {
  const told = Object.values(options.told?.(log, null)?.columns ?? {});
  const has = ({ columns }: Scan, wanted: string | undefined) => columns.some(({ name }) => name === wanted);
  return told.every((name) => has(renamed, name) || !has(plain, name));
}

function readingFor(
  log: Log,
  chosen: ChosenColumns,
  { choices }: LogOptions,
  told: Told | null,
): Omit<Reading, 'by'> {
  const axis = told?.axis ?? axisOf(log, chosen, choices);
  const { epoch } = chosen;
  return {
    chosen,
    axis,
    repeats: choices.repeats ?? (log.known?.laterWins === true ? 'last' : 'error'),
    continues: choices.repeats === 'last',
    fractional: axis === 'epoch' && epoch !== null && epoch.whole < epoch.numbers,
    where: placeOf(log),
  };
}

function axisOf(log: Log, { epoch, step }: ChosenColumns, { axis }: Choices): AxisKind {
  const usable = (stats: ColumnStats | null) => stats !== null && stats.numbers > 0;
  const words =
    axis === 'row'
      ? undefined
      : [epoch, step].find((one) => one !== null && one.numbers === 0 && one.text !== null);
  if (words?.text) {
    throw requestError({
      what: 'a column that is called by the axis holds no numbers',
      where: `${placeOf(log)}, ${log.table.lineWord} ${words.text.line}, column ${words.name}`,
      value: words.text.text.slice(0, 80),
      ...advise([
        [{ choice: 'axis', value: 'row' }, ', if the rows are the epochs in order'],
        [{ choice: 'ignore', value: words.name }, ', if it is no axis'],
      ]),
    });
  }
  if (axis === undefined) return usable(epoch) ? 'epoch' : usable(step) ? 'step' : 'row';
  if (axis === 'row' || usable(axis === 'epoch' ? epoch : step)) return axis;
  throw requestError({
    what: 'a file has no column of the axis that was asked for',
    where: placeOf(log),
    rule: `a column with the ${axis}`,
    value: log.table.columns.join(', ').slice(0, 200),
    ...advise([[{ choice: 'columns', metric: axis, value: 'COLUMN' }]]),
  });
}

/** All runs of a wide table in one pass. */
async function readWide(
  log: Log,
  scan: Scan,
  wide: ReadonlyMap<string, readonly ColumnStats[]>,
  options: LogOptions,
): Promise<Piece[]> {
  const own = new Set([...wide.values()].flat());
  const shared = scan.columns.filter((stats) => !own.has(stats));
  const readings = [...wide].map(([run, columns]) => wideReading(log, run, [...shared, ...columns], options));
  const found = await accumulateEach(log.table, readings);
  return [...wide.keys()].flatMap((run, i) => {
    const [one] = found[i]!;
    return one === undefined ? [] : [pieceOf(log, readings[i]!, one, run, { run })];
  });
}

function wideReading(log: Log, run: string, columns: readonly ColumnStats[], options: LogOptions): Reading {
  const told = options.told?.(log, run) ?? null;
  const isBound = ({ name }: ColumnStats) => isWideBound(name);
  const bounds: UnreadColumn[] = columns
    .filter(isBound)
    .map(({ name }) => ({ column: name, why: 'a bound, or the axis again' }));
  const chosen = chooseColumns({
    where: placeOf(log),
    columns: columns.filter((stats) => !isBound(stats)),
    given: told?.columns ?? scatteredColumns(columns, options, (name) => wideMetric(name)),
    ignored: options.choices.ignore ?? [],
    seeds: options.choices.seeds,
    known: log.known,
    shortName: wideMetric,
  });
  const reading = readingFor(log, chosen, options, told);
  return { ...reading, chosen: { ...chosen, unread: [...chosen.unread, ...bounds] }, by: [] };
}

async function readTable(log: Log, scan: Scan, options: LogOptions): Promise<Piece[]> {
  const told = options.told?.(log, null) ?? null;
  const { choices } = options;
  const names = log.known?.names;
  const asked =
    names === undefined
      ? parseColumns(choices.columns ?? [])
      : scatteredColumns(scan.columns, options, (name) => names[name] ?? name);
  const given = told?.columns ?? { ...moreColumns(scan.columns, names ?? {}, options), ...asked };
  const chosen = chooseColumns({
    where: placeOf(log),
    columns: scan.columns,
    given,
    ignored: choices.ignore ?? [],
    seeds: choices.seeds,
    known: log.known,
  });
  if (Object.keys(chosen.metrics).every((metric) => metric === 'learningRate'))
    return [{ ...emptyPiece(log), chosen, rows: scan.rows }];
  const base = readingFor(log, chosen, options, told);
  const { by, runs } = await tellApart(
    log,
    scan,
    base,
    told?.by ?? choices.runColumns,
    choices.axis === undefined,
  );
  if (runs.length > 1) dropConstantRates(runs, chosen);
  return runs.map((run) => {
    const part = Object.fromEntries(by.map((column, i) => [column.name, run.key[i]!]));
    const named = by.find(({ key }) => key !== 'seed' && !key.includes('Rate')) ?? by[0];
    const name = by.length === 0 ? log.name : `${log.name}/${named === undefined ? '' : part[named.name]}`;
    return pieceOf(log, { ...base, by }, run, name, part);
  });
}

/**
 * What --columns says of a log that holds a part of a run's curves: the names are those of charts and tags, and a metric
 * whose column stands in another file is left out of this one.
 */
function scatteredColumns(
  columns: readonly ColumnStats[],
  { choices }: LogOptions,
  plain: (name: string) => string,
): ColumnMap {
  const asked = Object.entries(parseColumns(choices.columns ?? []));
  return Object.fromEntries(
    asked.flatMap(([metric, name]) => {
      const found = columns.find((stats) => stats.name === name || plain(stats.name) === name);
      const isAxis = metric === 'epoch' || metric === 'step';
      return found === undefined && isAxis ? [] : [[metric, name === '' ? '' : (found?.name ?? '')]];
    }),
  );
}

/** By the names that columns have in the table, of the names that a person knows them by. */
function moreColumns(
  columns: readonly ColumnStats[],
  names: Readonly<Record<string, string>>,
  { more }: LogOptions,
): ColumnMap {
  if (more === undefined) return {};
  const known = columns.map(({ name }) => ({ name, told: names[name] ?? name }));
  const asked = Object.entries(more(known.map(({ told }) => told)));
  return Object.fromEntries(
    asked.map(([metric, column]) => [metric, known.find(({ told }) => told === column)?.name ?? column]),
  );
}

/** A learning rate that is one in all rows of each run is a level there, no curve. */
function dropConstantRates(runs: readonly TableRun[], { metrics }: ChosenColumns): void {
  const index = metrics.learningRate?.index;
  if (index === undefined || runs.some(({ constants }) => !constants.has(index))) return;
  for (const { series } of runs) series.delete('learningRate');
}
