/** Plain-text tables for the terminal. */
import type { LoadedRun, StudyRecords } from '../store/records.js';

const percent = (value: number | null | undefined) => (value == null ? '-' : `${(100 * value).toFixed(1)}%`);
const loss = (value: number | null | undefined) => (value == null ? '-' : value.toFixed(3));

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return rows.map(line).join('\n');
}

function resultRow({ record, metrics }: LoadedRun): string[] {
  const last = metrics.at(-1);
  const gap =
    last?.trainEvalAccuracy == null || last.validAccuracy === null
      ? null
      : last.trainEvalAccuracy - last.validAccuracy;
  return [
    record.trialName,
    String(record.seed.label),
    `${record.epochsDone}/${record.epochs}`,
    percent(last?.trainAccuracy),
    percent(last?.validAccuracy),
    loss(last?.validLoss),
    gap === null ? '-' : `${(100 * gap).toFixed(1)}`,
    percent(record.test?.accuracy),
    record.status,
  ];
}

/** One line per run: the last epoch's metrics (gap: train in evaluation mode minus validation accuracy, points). */
export function summaryTable(records: StudyRecords): string {
  const head = ['trial', 'seed', 'epochs', 'train', 'valid', 'valid loss', 'gap', 'test', 'status'];
  const table = aligned([head, ...records.runs.map(resultRow)]);
  const missing = records.missing.length === 0 ? '' : `\n${records.missing.length} run(s) not started`;
  return table + missing;
}

/** One line per run: status, time, directory. */
export function runsTable(records: StudyRecords): string {
  const head = ['run', 'status', 'epochs', 'minutes'];
  const rows = records.runs.map(({ record }) => [
    record.id,
    record.status,
    `${record.epochsDone}/${record.epochs}`,
    (record.seconds / 60).toFixed(1),
  ]);
  const waiting = records.missing.map(({ id }) => [id, 'waiting', '-', '-']);
  const outside = records.outside.map(({ record }) => [
    record.id,
    `${record.status}, outside the study`,
    '-',
    '-',
  ]);
  return aligned([head, ...rows, ...waiting, ...outside]);
}
