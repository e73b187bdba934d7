/** What one run has in one log: its columns, curves and constants, and what is said of them. */

import { requestError } from '../../base/errors.js';
import { advise } from '../advice.js';
import type { Log } from '../formats/format.js';
import type { AxisKind, Reading, TableRun } from './accumulate.js';
import type { ChosenColumns, UnreadColumn } from './columns.js';
import type { Curve } from './headers.js';
import type { Series } from './series.js';

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

export function placeOf(log: Log): string {
  return log.files.length === 1 ? log.files[0]!.path : log.name;
}

const NOTHING: ChosenColumns = {
  metrics: {},
  epoch: null,
  step: null,
  identities: [],
  unread: [],
  notes: [],
};

/** Of a log without rows or metrics. */
export function emptyPiece(log: Log): Piece {
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

/** @throws a request error where a metric has two values at one place */
export function pieceOf(
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
