/** The logs that one run has written -> its curves, by the same reading as an import. Pure: bytes come from the logs. */

import { requestError } from '../base/errors.js';
import type { MetricsRow } from '../store/records.js';
import { advise } from './advice.js';
import type { Choices } from './choices.js';
import type { Log } from './formats/format.js';
import type { AxisKind } from './reading/accumulate.js';
import { type Axis, decideAxis } from './reading/axis.js';
import { type ColumnMap, parseColumns } from './reading/columns.js';
import { curvesOf, type RunCurves, rowsOf } from './reading/curves.js';
import { type Metric, ownName, wordsOf } from './reading/headers.js';
import type { Piece } from './reading/piece.js';
import { readLog } from './reading/readLog.js';
import { joinPieces } from './reading/runs.js';
import { decideUnits, parseUnits, refuseSigns, unitColumns } from './reading/units.js';

/** The curves of a run as rows of metrics.csv. */
export interface RunRows extends Omit<RunCurves, 'epochs' | 'values' | 'end'> {
  readonly rows: readonly MetricsRow[];
  /** What its epochs are, and how many places there are. */
  readonly counted: { readonly kind: AxisKind; readonly places: number };
}

/** A metric that is read by a name of its own, beside those that have one here. */
export interface OwnMetric {
  readonly name: string;
  /** Its column, where that has another name. */
  readonly column: string | undefined;
}

export interface OneRunRequest {
  readonly choices: Choices;
  /** The column of the metric that counts, where several could be it: taken where the logs have it. */
  readonly preferred?: { readonly metric: Metric; readonly column: string } | undefined;
  readonly own: readonly OwnMetric[];
}

/** @throws a request error where two readings are possible, where a named column is not there, or where nothing can be read */
export async function readOneRun(
  logs: AsyncIterable<Log>,
  { choices, preferred, own }: OneRunRequest,
): Promise<RunRows> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const given = parseColumns(choices.columns ?? []);
  const more = (names: readonly string[]): ColumnMap => {
    for (const name of names) seen.add(name);
    const isPreferred =
      preferred !== undefined && given[preferred.metric] === undefined && names.includes(preferred.column);
    const owned = own.flatMap((one) => {
      const column = columnFor(one, names);
      return column === undefined ? [] : [[one.name, column] as const];
    });
    for (const [name] of owned) found.add(name);
    return {
      ...(isPreferred ? { [preferred.metric]: preferred.column } : {}),
      ...Object.fromEntries(owned.map(([name, column]) => [ownName(name), column])),
    };
  };
  const pieces: Piece[] = [];
  for await (const log of logs) {
    for (const name of log.table.columns) seen.add(log.known?.names?.[name] ?? name);
    for (const piece of await readLog(log, { choices, more })) pieces.push(piece);
  }
  if (preferred !== undefined && !seen.has(preferred.column) && pieces.some(({ rows }) => rows > 0))
    throw noPreferred(preferred.column, [...seen]);
  const missing = own.find(({ name }) => !found.has(name));
  if (missing !== undefined && pieces.some(({ rows }) => rows > 0)) throw noColumn(missing, [...seen]);
  return curvesIn(pieces, choices);
}

/** By its name, or by one of the same words: `valid/bleu` is val_bleu's column only where a person says so. */
function columnFor({ name, column }: OwnMetric, columns: readonly string[]): string | undefined {
  const wanted = column ?? name;
  const words = wordsOf(wanted).join(' ');
  return columns.find((one) => one === wanted) ?? columns.find((one) => wordsOf(one).join(' ') === words);
}

function noPreferred(column: string, columns: readonly string[]): Error {
  return requestError({
    what: `there is no column ${column}, by which the study is judged`,
    rule: 'a column of the file',
    value: columns.join(', ').slice(0, 200),
    advice: 'name one that is there, or none where one column alone can be meant',
  });
}

/** Steps that were said to make epochs are epochs. */
function isWholeEpochs({ kind }: Axis, { stepsPerEpoch }: Choices): boolean {
  return kind === 'epoch' || (kind === 'step' && stepsPerEpoch !== undefined);
}

function noColumn({ name, column }: OwnMetric, columns: readonly string[]): Error {
  return requestError({
    what: `no column holds the metric ${name}`,
    rule: `a column ${column ?? name}`,
    value: columns.length === 0 ? 'no columns' : columns.join(', ').slice(0, 200),
    ...advise([[{ choice: 'columns', metric: name, value: 'COLUMN' }]]),
  });
}

function curvesIn(pieces: readonly Piece[], choices: Choices): RunRows {
  const { runs, leftOut } = joinPieces(pieces);
  const [run] = runs;
  if (run === undefined) {
    const [first] = leftOut;
    throw requestError({
      what: 'no metric could be read',
      ...(first === undefined ? {} : { where: first.file, value: first.ask?.reason ?? first.why }),
      ...(pieces.every(({ rows }) => rows === 0)
        ? {}
        : advise([
            [
              'name columns that are called otherwise: ',
              first?.ask?.choice ?? { choice: 'columns', metric: 'validAccuracy', value: 'COLUMN' },
            ],
          ])),
    });
  }
  if (runs.length > 1) {
    throw requestError({
      what: 'the files of one run hold several',
      where: runs
        .map(({ name }) => name)
        .join(', ')
        .slice(0, 200),
      rule: 'the metrics of one run',
      value: `${runs.length} runs`,
      ...advise([
        [
          'name the one file that holds the metrics, or leave out the column that tells them apart: ',
          { choice: 'ignore', value: Object.keys(run.pieces[0]!.part)[0] ?? 'COLUMN' },
        ],
      ]),
    });
  }
  refuseSigns([run]);
  const axis = decideAxis([run], choices, null);
  const { units } = decideUnits(unitColumns([run]), parseUnits(choices.unit ?? []));
  const curves = curvesOf(run, axis, units, choices.until);
  const { diverged, torn, notes } = curves;
  const rows = rowsOf(curves);
  return {
    diverged,
    torn,
    notes,
    rows,
    counted: { kind: isWholeEpochs(axis, choices) ? 'epoch' : axis.kind, places: rows.length },
  };
}
