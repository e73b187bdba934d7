/** Plain-text tables for the terminal. */

import type { Analysis } from '../analysis/analyse.js';
import { measureOf } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { StudyRecords } from '../store/records.js';

const ABSENT = '-';

/** Columns aligned: the first flush left, the others flush right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

function percent(value: number | null): string {
  return value === null ? ABSENT : `${(100 * value).toFixed(2)}%`;
}

function statusOf({ runs, missing }: RunGroup): string {
  const counts = new Map<string, number>();
  for (const { record } of runs) counts.set(record.status, (counts.get(record.status) ?? 0) + 1);
  if (missing > 0) counts.set('not started', missing);
  if (counts.size === 1) return [...counts.keys()][0];
  return [...counts].map(([status, n]) => `${n} ${status}`).join(', ');
}

/**
 * One line per trial: means over its seeds of the measures of the last epochs, the generalization gap in points (training
 * accuracy in evaluation mode minus validation accuracy) and the test accuracy.
 */
export function summaryTable({ trials }: Analysis): string {
  const known = trials.filter(({ runs }) => runs.length > 0);
  const absent = trials.filter(({ runs, missing }) => runs.length === 0 && missing > 0);
  const rows = [...known, ...absent].map((trial) => {
    const mean = (id: string) => trial.summary(measureOf(id)).mean;
    const [loss, gap] = [mean('validLoss.last'), mean('generalizationGap')];
    return [
      trial.name,
      String(trial.runs.length),
      percent(mean('trainAccuracy.last')),
      percent(mean('validAccuracy.last')),
      loss === null ? ABSENT : loss.toFixed(3),
      gap === null ? ABSENT : (100 * gap).toFixed(2),
      percent(mean('testAccuracy')),
      statusOf(trial),
    ];
  });
  const head = ['trial', 'n', 'train acc', 'valid acc', 'valid loss', 'gap', 'test acc', 'status'];
  return aligned([head, ...rows]);
}

/** One line per run: status, epochs, minutes. */
export function runsTable(records: StudyRecords): string {
  const row = ({ record }: StudyRecords['runs'][number], note = '') => [
    record.id,
    `${record.status}${note}`,
    `${record.epochsDone}/${record.epochs}`,
    (record.seconds / 60).toFixed(1),
  ];
  const search = (records.search?.runs ?? []).map((run) => row(run, ', search'));
  const waiting = [...(records.search?.missing ?? []), ...records.missing].map(({ id }) => [
    id,
    'not started',
    ABSENT,
    ABSENT,
  ]);
  const outside = records.outside.map((run) => row(run, ', outside the study'));
  const head = ['run', 'status', 'epochs', 'minutes'];
  return aligned([head, ...search, ...records.runs.map((run) => row(run)), ...waiting, ...outside]);
}
