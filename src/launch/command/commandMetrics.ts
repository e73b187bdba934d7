/** The metrics that a command has written by now, read as an import reads them. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CeterisError, workError } from '../../base/errors.js';
import { adviceIn, advise, type Choice } from '../../import/advice.js';
import { type Choices, choicesSchema } from '../../import/choices.js';
import { formatOf } from '../../import/formats/registry.js';
import { locateFiles } from '../../import/node/locate.js';
import { type RunRows, readOneRun } from '../../import/oneRun.js';
import { openLogs } from '../../import/openLogs.js';
import { METRICS } from '../../import/reading/headers.js';
import type { MetricsRow } from '../../store/records.js';
import { metricOf } from '../../study/metrics.js';
import type { CommandMetrics, MetricConfiguration } from '../../study/types.js';

export interface WrittenMetrics {
  readonly rows: readonly MetricsRow[];
  /** What does not stay finite, from which epoch on. */
  readonly diverged: { readonly metric: string; readonly epoch: number } | null;
  readonly notes: readonly string[];
  /** What a person should know of how they were read; `null`: nothing. */
  readonly remark: string | null;
}

export interface MetricsRequest {
  /** The folder of the run. */
  readonly folder: string;
  readonly metrics: CommandMetrics;
  /** Of the study, and of its search. */
  readonly judged: readonly MetricConfiguration[];
  /** It went on from a checkpoint: what it had written after that stands there twice, and the later value counts. */
  readonly wasResumed: boolean;
}

/** @throws a work error where there are none, where the study's metric is not among them, or where two readings are possible */
export async function readWrittenMetrics(request: MetricsRequest): Promise<WrittenMetrics> {
  const { metrics, judged } = request;
  const path = join(request.folder, metrics.file);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw workError({
      what: 'the command has written no metrics',
      where: path,
      rule: 'metrics.file of the trainer, as seen from the folder that {run} names',
      advice:
        'let it write there (epoch,valid_accuracy,...: a row for each epoch), or name its file: trainer: { metrics: NAME }',
    });
  }
  if (!stats.isFile() && !stats.isDirectory()) {
    throw workError({
      what: 'the metrics of the command are no file',
      where: path,
      rule: 'a file, or a folder of files: what is no file on a disk (a pipe, a device) may never end',
    });
  }
  try {
    const curves = await readCurvesOf(path, request);
    for (const { name } of judged) requireMetric(name, curves.rows, curves.diverged, path);
    return curves;
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    const { advice: _, ways: __, ...details } = error.details;
    const advice = adviceIn(error.details, keyText);
    throw workError(advice === undefined ? details : { ...details, advice });
  }
}

async function readCurvesOf(
  path: string,
  { metrics, judged, wasResumed }: MetricsRequest,
): Promise<WrittenMetrics> {
  const choices = choicesOf(formatted(metrics, path), wasResumed);
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const logs = openLogs(locateFiles([path]), { choices, note, leaveOut: () => {} });
  const names = [...judged.map(({ name }) => name), ...Object.keys(metrics.columns)];
  const own = [...new Set(names)].filter((name) => !isKnown(name));
  const [first] = judged;
  const usual = METRICS.find((metric) => metric === first?.name);
  const curves = await readOneRun(logs, {
    choices,
    preferred:
      usual === undefined || metrics.judged === undefined
        ? undefined
        : { metric: usual, column: metrics.judged },
    own: own.map((name) => ({
      name,
      column: metrics.columns[name] ?? (name === first?.name ? metrics.judged : undefined),
    })),
  });
  return {
    ...curves,
    notes: [...new Set([...notes, ...curves.notes])],
    remark: metrics.axis === undefined ? countedText(curves.counted, curves.rows, judged) : null,
  };
}

/** What the epochs of a file without epochs are: the last tenth of them is what a mean of the last epochs is of. */
function countedText(
  { kind, places }: RunRows['counted'],
  rows: readonly MetricsRow[],
  judged: readonly MetricConfiguration[],
): string | null {
  if (kind === 'epoch' || places === 1) return null;
  const [first] = judged;
  const held =
    first === undefined ? places : rows.filter((row) => typeof row[first.name] === 'number').length;
  const some = held === places ? '' : `; ${first?.name} stands at ${held} of them`;
  const them = `${places} ${kind === 'row' ? 'rows' : 'steps'}`;
  const how =
    kind === 'row'
      ? 'write a column epoch, or say trainer.metrics.axis: row where a row is one'
      : 'trainer.metrics.stepsPerEpoch: N for true epochs, or trainer.metrics.axis: step where a step is one';
  return `its metrics have no epochs: the ${them} are counted as epochs${some} (${how})`;
}

/** A file that holds nothing but one map, `{"valid_accuracy": 0.8}`, is a row: among the files of an import it may be anything. */
function formatted(metrics: CommandMetrics, path: string): CommandMetrics {
  if (metrics.format !== undefined || !/\.json$/i.test(path)) return metrics;
  const head = headOf(path);
  return /^\uFEFF?\s*\{/.test(head) && formatOf(path, new TextEncoder().encode(head)) === null
    ? { ...metrics, format: 'json' }
    : metrics;
}

function headOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(4096);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}

function isKnown(name: string): boolean {
  return name === 'epoch' || name === 'step' || METRICS.some((metric) => metric === name);
}

/** What a study file says of the file, as an import is told it. */
function choicesOf(metrics: CommandMetrics, wasResumed: boolean): Choices {
  const { columns, ignore, unit, axis, firstEpoch, stepsPerEpoch, format } = metrics;
  const repeats = metrics.repeats ?? (wasResumed ? 'last' : undefined);
  const own = Object.entries(columns).filter(([metric]) => isKnown(metric));
  const given = {
    columns: own.map(([metric, column]) => `${metric}=${column}`),
    ignore: [...ignore],
    unit: unit === undefined ? undefined : [unit],
    axis,
    firstEpoch,
    stepsPerEpoch,
    repeats,
    format,
  };
  return choicesSchema.parse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
}

function requireMetric(
  name: string,
  rows: readonly MetricsRow[],
  diverged: WrittenMetrics['diverged'],
  path: string,
): void {
  if (diverged !== null || rows.some((row) => typeof row[name] === 'number')) return;
  const found = [...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => row[key] !== null)))];
  throw workError({
    what: `the command has written no ${metricOf(name).label}`,
    where: path,
    rule: `a column that is ${name}, which the study is judged by`,
    value: `read: ${found.filter((key) => key !== 'epoch').join(', ') || 'nothing'}`,
    ...advise([[{ choice: 'columns', metric: name, value: 'COLUMN' }]]),
  });
}

/** A choice as the key of a study file; `null` for those that it does not have. */
function keyText(one: Choice): string | null {
  switch (one.choice) {
    case 'columns':
      return `trainer.metrics.columns: { ${one.metric}: ${quoted(one.value)} }`;
    case 'unit':
      return `trainer.metrics.unit: ${one.value}`;
    case 'ignore':
      return `trainer.metrics.ignore: [${quoted(String(one.value))}]`;
    case 'firstEpoch':
      // Each file by its own first epoch: of one run there is one way.
      return one.value === 'file' ? null : `trainer.metrics.firstEpoch: ${one.value}`;
    case 'axis':
    case 'repeats':
    case 'format':
      return `trainer.metrics.${one.choice}: ${one.value}`;
    case 'runColumns':
    case 'leaveOut':
    case 'encoding':
    case 'decimal':
      return null;
    default:
      return one satisfies never;
  }
}

/** As YAML quotes a text. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Whether a file, or any file of a folder, changed: its sizes and times as one text. */
export function stampOf(folder: string, { file }: CommandMetrics): string {
  const path = join(folder, file);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return '';
  if (!stats.isDirectory()) return `${stats.size} ${stats.mtimeMs}`;
  try {
    return locateFiles([path])
      .map(({ file: one }) => `${one.path} ${one.bytes}`)
      .join('\n');
  } catch {
    return '';
  }
}
