/** The logs that one run has written -> its curves, by the same reading as an import. Pure: bytes come from the logs. */

import { requestError } from '../base/errors.js';
import type { MetricsRow } from '../store/records.js';
import type { Choices } from './choices.js';
import type { Log } from './formats/format.js';
import { decideAxis } from './reading/axis.js';
import { curvesOf, type RunCurves, rowsOf } from './reading/curves.js';
import { METRICS, wordsOf } from './reading/headers.js';
import { type Piece, readLog } from './reading/readLog.js';
import { joinPieces } from './reading/runs.js';
import { decideUnits, parseUnits, unitColumns } from './reading/units.js';

/** The curves of a run as rows of metrics.csv. */
export interface RunRows extends Omit<RunCurves, 'epochs' | 'values'> {
  readonly rows: readonly MetricsRow[];
}

/** A metric that is read by a name of its own, beside those that have one here. */
export interface OwnMetric {
  readonly name: string;
  /** Its column, where that has another name. */
  readonly column: string | undefined;
  /** Accuracies are read in their unit, as fractions. */
  readonly isAccuracy: boolean;
}

export interface OneRunRequest {
  readonly choices: Choices;
  /** The column of the metric that counts, where several could be it: taken where the logs have it. */
  readonly preferred?: { readonly metric: string; readonly column: string } | undefined;
  readonly own: readonly OwnMetric[];
}

/**
 * @param logs gives the logs anew each time: they are read once more for each metric with a name of its own
 * @throws a request error where two readings are possible, where a named column is not there, or where nothing can be read
 */
export async function readOneRun(
  logs: () => AsyncIterable<Log>,
  { choices, preferred, own }: OneRunRequest,
): Promise<RunRows> {
  const columns = await columnsOf(logs());
  const isThere = preferred !== undefined && columns.includes(preferred.column);
  const isGiven = preferred !== undefined && givenColumn(choices, preferred.metric) !== undefined;
  const given =
    isThere && !isGiven
      ? [...(choices.columns ?? []), `${preferred.metric}=${preferred.column}`]
      : (choices.columns ?? []);
  const owned = own.map((one) => ({ ...one, column: columnFor(one, columns) }));
  const ignore = [...(choices.ignore ?? []), ...owned.map(({ column }) => column)];
  const usual = await curvesIn(logs(), { ...choices, columns: given, ignore }, { mayBeNone: own.length > 0 });
  const parts = usual === null ? [] : [usual];
  for (const one of owned) {
    // Read in the place of a metric of its kind, and given its own name afterwards.
    const place = one.isAccuracy ? 'validAccuracy' : 'validLoss';
    const only = METRICS.filter((metric) => metric !== place).map((metric) => `${metric}=`);
    const columns = [...axisOf(choices), ...only, `${place}=${one.column}`];
    const curves = await curvesIn(logs(), { ...choices, columns }, { asItself: true });
    if (curves !== null) parts.push(renamed(curves, place, one.name));
  }
  return merged(parts);
}

/** `--columns` for epoch and step, which hold for every reading. */
function axisOf({ columns = [] }: Choices): string[] {
  return columns.filter((one) => /^(epoch|step)=/.test(one));
}

function givenColumn({ columns = [] }: Choices, metric: string): string | undefined {
  return columns.find((one) => one.startsWith(`${metric}=`));
}

async function columnsOf(logs: AsyncIterable<Log>): Promise<string[]> {
  const names: string[] = [];
  for await (const { table, known } of logs)
    for (const name of table.columns) names.push(known?.names?.[name] ?? name);
  return [...new Set(names)];
}

/** By its name, or by one of the same words: `valid/bleu` is val_bleu's column only where a person says so. */
function columnFor({ name, column }: OwnMetric, columns: readonly string[]): string {
  const wanted = column ?? name;
  const words = wordsOf(wanted).join(' ');
  const found =
    columns.find((one) => one === wanted) ?? columns.find((one) => wordsOf(one).join(' ') === words);
  if (found !== undefined) return found;
  throw requestError({
    what: `no column holds the metric ${name}`,
    rule: `a column ${wanted}`,
    value: columns.length === 0 ? 'no columns' : columns.join(', ').slice(0, 200),
    advice: `--columns '${name}=COLUMN'`,
  });
}

/** `null` where no column looks like a loss or an accuracy, and that is allowed. `asItself`: an error rate is no accuracy. */
async function curvesIn(
  logs: AsyncIterable<Log>,
  choices: Choices,
  { mayBeNone = false, asItself = false }: { readonly mayBeNone?: boolean; readonly asItself?: boolean },
): Promise<RunRows | null> {
  const pieces: Piece[] = [];
  for await (const log of logs) for (const piece of await readLog(log, { choices })) pieces.push(piece);
  const { runs, leftOut } = joinPieces(pieces);
  const [run] = runs;
  if (run === undefined) {
    if (mayBeNone) return null;
    throw requestError({
      what: 'no metric could be read',
      ...(leftOut[0] === undefined ? {} : { where: leftOut[0].file, value: leftOut[0].why }),
      advice: "columns by other names: --columns 'validAccuracy=COLUMN'",
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
      advice:
        'name the one file that holds the metrics, or leave out the column that tells them apart (ignore)',
    });
  }
  const axis = decideAxis([run], choices, null);
  const { units } = decideUnits(unitColumns([run]), parseUnits(choices.unit ?? []), asItself);
  const { epochs, values, ...rest } = curvesOf(run, axis, units, choices.until);
  return { ...rest, rows: rowsOf({ epochs, values }) };
}

function renamed(curves: RunRows, from: string, to: string): RunRows {
  const rows = curves.rows.map((row): MetricsRow => ({ ...row, [from]: null, [to]: row[from] ?? null }));
  return { ...curves, rows, diverged: curves.diverged === null ? null : { ...curves.diverged, metric: to } };
}

/** Curves of one run, read in parts: by epochs, each value where one part has it. */
function merged(parts: readonly RunRows[]): RunRows {
  const rows = new Map<number, MetricsRow>();
  for (const part of parts) {
    for (const row of part.rows) {
      const before = rows.get(row.epoch);
      const more = Object.entries(row).filter(([, value]) => value !== null);
      rows.set(row.epoch, before === undefined ? row : { ...before, ...Object.fromEntries(more) });
    }
  }
  return {
    rows: [...rows.values()].sort((a, b) => a.epoch - b.epoch),
    diverged: parts.find(({ diverged }) => diverged !== null)?.diverged ?? null,
    torn: parts.some(({ torn }) => torn),
    notes: [...new Set(parts.flatMap(({ notes }) => notes))],
  };
}
