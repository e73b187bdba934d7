/** One log -> the runs in it, each with its columns, its axis and its curves. */

import { requestError } from '../../base/errors.js';
import { advise } from '../advice.js';
import type { Choices } from '../choices.js';
import type { Log } from '../formats/format.js';
import {
  type AxisKind,
  accumulate,
  accumulateBelow,
  accumulateEach,
  conflictsIn,
  type Reading,
  type TableRun,
} from './accumulate.js';
import {
  type ChosenColumns,
  type ColumnMap,
  chooseColumns,
  type IdentityColumn,
  parseColumns,
  type UnreadColumn,
} from './columns.js';
import type { Curve } from './headers.js';
import { pivoted } from './pivot.js';
import { refuseResults } from './results.js';
import { type ColumnStats, type Scan, scanTable } from './scan.js';
import type { Series } from './series.js';
import { splitFile } from './splitFiles.js';
import { isWideBound, wideMetric, wideRuns } from './wide.js';

/** What one run has in one log. */
export interface Piece {
  readonly log: Log;
  /** By which templates and names know it. */
  readonly name: string;
  /** What tells it from other runs of the log, by column; empty where the log is one run. */
  readonly part: Readonly<Record<string, string>>;
  /** The run of which this file holds one split (`train.csv`, `val.csv`), where its name tells. */
  readonly partOf?: string;
  /** Reads the file as a run of its own, where no other file holds another split of that run and its name may mean that. */
  readonly alone?: () => Promise<Piece[]>;
  readonly chosen: ChosenColumns;
  readonly axis: AxisKind;
  readonly fractional: boolean;
  readonly series: ReadonlyMap<Curve, Series>;
  /** Text of every identity column that is one in all rows, by its key. */
  readonly constants: ReadonlyMap<string, string>;
  readonly rows: number;
  readonly torn: boolean;
  readonly notes: readonly string[];
}

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

export function placeOf(log: Log): string {
  return log.files.length === 1 ? log.files[0]!.path : log.name;
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

const NOTHING: ChosenColumns = {
  metrics: {},
  epoch: null,
  step: null,
  identities: [],
  unread: [],
  notes: [],
};

function emptyPiece(log: Log): Piece {
  return {
    log,
    name: log.name,
    part: {},
    chosen: NOTHING,
    axis: 'row',
    fractional: false,
    series: new Map(),
    constants: new Map(),
    rows: 0,
    torn: false,
    notes: [],
  };
}

function pieceOf(
  log: Log,
  reading: Reading,
  run: TableRun,
  name: string,
  part: Readonly<Record<string, string>>,
): Piece {
  const { chosen } = reading;
  refuseConflict(log, reading, run, part);
  const constants = new Map<string, string>();
  for (const { index, key } of chosen.identities) {
    const text = run.constants.get(index);
    if (text !== undefined) constants.set(key, text);
  }
  const rates = run.ratesDiffer
    ? [{ column: chosen.metrics.learningRate?.name ?? '', why: 'several learning rates within an epoch' }]
    : [];
  const changing = chosen.identities
    .filter(
      ({ index, name }) =>
        run.varying.has(index) && index !== chosen.metrics.learningRate?.index && !(name in part),
    )
    .map(({ name }) => ({ column: name, why: 'it changes within a run: no level' }));
  const metrics = Object.fromEntries(
    Object.entries(chosen.metrics).filter(([metric]) => run.series.has(metric as Curve)),
  );
  return {
    log,
    name,
    part,
    chosen: {
      ...chosen,
      metrics,
      unread: [...chosen.unread, ...otherAxes(reading), ...rates, ...changing],
    },
    axis: reading.axis,
    fractional: reading.fractional,
    series: run.series,
    constants,
    rows: run.rows,
    torn: log.table.end.torn,
    notes: [...chosen.notes, ...seriesNotes(placeOf(log), run)],
  };
}

/** Columns of an axis that the curves are not counted by. */
function otherAxes({ axis, chosen: { epoch, step } }: Reading): UnreadColumn[] {
  const why = { epoch: 'beside the epoch', step: 'beside the steps', row: 'the rows are counted' }[axis];
  return [
    ...(epoch === null || axis === 'epoch' ? [] : [{ column: epoch.name, why: `epochs, ${why}` }]),
    ...(step === null || axis === 'step' ? [] : [{ column: step.name, why: `steps, ${why}` }]),
  ];
}

function seriesNotes(where: string, run: TableRun): string[] {
  const notes: string[] = [];
  for (const [metric, series] of run.series) {
    if (series.replaced > 0 && series.repeats !== 'mean')
      notes.push(
        `${where}: ${series.replaced} values of ${metric} stand twice at one place; the ${series.repeats === 'last' ? 'later' : 'earlier'} one was read`,
      );
    if (series.voided > 0)
      notes.push(
        `${where}: the log goes back; ${series.voided} values of ${metric} after the end of what was continued were left out`,
      );
    if (series.every > 1)
      notes.push(`${where}: ${metric} is very long; each point is the mean of ${series.every} logged ones`);
  }
  if (run.lost > 0)
    notes.push(
      `${where}: ${run.lost} values stand in rows without an epoch that no epoch follows; they were left out`,
    );
  return notes;
}

function refuseConflict(
  log: Log,
  { axis, chosen }: Reading,
  run: TableRun,
  part: Readonly<Record<string, string>>,
): void {
  for (const [metric, series] of run.series) {
    const { conflict } = series;
    if (conflict === null) continue;
    const column = chosen.metrics[metric]?.name ?? metric;
    const candidates = chosen.identities.map(({ name }) => name);
    const whose = Object.entries(part)
      .map(([name, text]) => `${name} ${text}`)
      .join(', ');
    throw requestError({
      what: `a metric has two values at one ${axis}${conflict.back ? ': the axis goes back' : ''}`,
      where: `${placeOf(log)}, ${log.table.lineWord} ${conflict.line}, column ${column}${whose === '' ? '' : `, ${whose}`}`,
      rule: `one value of a metric at each ${axis} of a run`,
      value: `${axis} ${conflict.at}: ${conflict.before}, then ${conflict.value}${series.conflicts > 1 ? ` (and ${series.conflicts - 1} more)` : ''}`,
      ...advise([
        ['of a log that was continued: ', { choice: 'repeats', value: 'last' }],
        ['of single updates within an epoch: ', { choice: 'repeats', value: 'mean' }],
        [
          'of several runs: ',
          { choice: 'runColumns', value: candidates.length === 0 ? 'COLUMN' : candidates.join(',') },
        ],
      ]),
    });
  }
}

/** The columns that tell the runs of a table apart, and the runs. */
async function tellApart(
  log: Log,
  scan: Scan,
  base: Omit<Reading, 'by'>,
  given: readonly string[] | undefined,
  isUnasked: boolean,
): Promise<{ by: readonly IdentityColumn[]; runs: TableRun[] }> {
  const { identities } = base.chosen;
  const several = (one: IdentityColumn) => (scan.columns[one.index]!.distinct?.size ?? 0) > 1;
  if (given !== undefined) {
    const by = given.map((name) => askedColumn(log, scan, identities, name));
    return { by, runs: await accumulate(log.table, { ...base, by }) };
  }
  let by = identities.filter((one) => one.strong && several(one));
  let runs = await accumulate(log.table, { ...base, by });
  let left = conflictsIn(runs);
  const weak = identities.filter(
    (one) =>
      several(one) && !by.includes(one) && (scan.columns[one.index]!.distinct?.size ?? 0) <= scan.rows / 2,
  );
  while (left > 0 && weak.length > 0 && base.repeats === 'error') {
    let best: { one: IdentityColumn; next: TableRun[]; conflicts: number } | null = null;
    for (const one of weak) {
      const reading = { ...base, by: [...by, one] };
      const next = await accumulateBelow(log.table, reading, (best?.conflicts ?? left) - 1);
      if (next !== null) best = { one, next, conflicts: conflictsIn(next) };
    }
    // Parts of one log that was continued begin where it broke off; runs begin at one place.
    if (best === null || (best.conflicts === 0 && !beginTogether(best.next))) break;
    by = [...by, best.one];
    weak.splice(weak.indexOf(best.one), 1);
    runs = best.next;
    left = best.conflicts;
  }
  if (isUnasked) {
    const others = identities.filter((one) => several(one) && !by.includes(one));
    await refuseResults({ log, base, by, runs, others });
  }
  return { by, runs };
}

function beginTogether(runs: readonly TableRun[]): boolean {
  const first = (run: TableRun) =>
    [...run.series.values()].reduce(
      (least, series) => Math.min(least, series.at(0)),
      Number.POSITIVE_INFINITY,
    );
  return runs.every((run) => first(run) === first(runs[0]!));
}

function askedColumn(
  log: Log,
  scan: Scan,
  identities: readonly IdentityColumn[],
  name: string,
): IdentityColumn {
  const known = identities.find((one) => one.name === name);
  if (known !== undefined) return known;
  const stats = scan.columns.find((one) => one.name === name);
  if (stats !== undefined) return { index: stats.index, name, key: name, strong: true };
  throw requestError({
    what: 'a file does not have a column that --run-columns names',
    where: placeOf(log),
    rule: `one of ${scan.columns.map((one) => one.name).join(', ')}`,
    value: name,
  });
}
