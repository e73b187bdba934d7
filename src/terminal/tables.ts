/** Plain-text tables for the terminal. */

import type { Analysis } from '../analysis/analyse.js';
import { isFinished } from '../analysis/measures/curves.js';
import { measureOf } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { formatValue } from '../analysis/words/format.js';
import { formatTable } from '../base/text.js';
import type { StudyRecords } from '../store/records.js';

const ABSENT = '-';

function percent(value: number | null): string {
  return value === null ? ABSENT : `${(100 * value).toFixed(2)}%`;
}

/** `1 collapsed`, `did not learn`: numbers of a trial that are no measurement of what was asked. */
function troublesOf({ runs }: RunGroup, { collapsed, notLearned }: Analysis['troubles']): string[] {
  const finished = runs.filter(isFinished);
  const fallen = finished.filter((run) => collapsed.has(run)).length;
  const dead = finished.filter((run) => notLearned.has(run) && !collapsed.has(run)).length;
  const told = (n: number, what: string) => (n === 0 ? [] : [n === runs.length ? what : `${n} ${what}`]);
  return [...told(fallen, 'collapsed'), ...told(dead, 'did not learn')];
}

function statusOf({ runs, missing }: RunGroup): string {
  const counts = new Map<string, number>();
  for (const { record } of runs) counts.set(record.status, (counts.get(record.status) ?? 0) + 1);
  if (missing > 0) counts.set('not started', missing);
  if (counts.size === 1) return [...counts.keys()][0];
  return [...counts].map(([status, n]) => `${n} ${status}`).join(', ');
}

/**
 * One line per trial: means over its seeds of the declared measure where no column below has it, of the measures of the last epochs, the generalization gap in points (training
 * accuracy in evaluation mode minus validation accuracy) and the test accuracy.
 * @param width of the lines; unbounded unless given
 */
export function summaryTable({ trials, metric, records, troubles }: Analysis, width?: number): string {
  const isCommand = records.study.trainer !== 'engine';
  const isShown = ['trainAccuracy.last', 'validAccuracy.last', 'validLoss.last', 'testAccuracy'].includes(
    metric.id,
  );
  const known = trials.filter(({ runs }) => runs.length > 0);
  const absent = trials.filter(({ runs, missing }) => runs.length === 0 && missing > 0);
  const rows = [...known, ...absent].map((trial) => {
    const mean = (id: string) => trial.summary(measureOf(id)).mean;
    const [loss, gap] = [mean('validLoss.last'), mean('generalizationGap')];
    return [
      trial.name,
      String(trial.runs.length),
      ...(!isShown ? [formatValue(trial.summary(metric).mean, metric.unit)] : []),
      percent(mean('trainAccuracy.last')),
      percent(mean('validAccuracy.last')),
      loss === null ? ABSENT : formatValue(loss, 'loss'),
      gap === null ? ABSENT : (100 * gap).toFixed(2),
      percent(mean('testAccuracy')),
      [statusOf(trial), ...troublesOf(trial, troubles)].join('; '),
    ];
  });
  const own = !isShown ? [metric.label] : [];
  const head = ['trial', 'n', ...own, 'train acc', 'valid acc', 'valid loss', 'gap', 'test acc', 'status'];
  // Of what a command does not measure there is no trace.
  const shown = head.map((_, i) => !isCommand || rows.some((row) => row[i] !== ABSENT));
  const kept = [head, ...rows].map((row) => row.filter((_, i) => shown[i]));
  return formatTable(kept, { width });
}

/** One line per run: status, epochs, minutes. */
export function runsTable(records: StudyRecords, width?: number): string {
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
  const rows = [...search, ...records.runs.map((run) => row(run)), ...waiting, ...outside];
  return formatTable([head, ...rows], { width });
}
