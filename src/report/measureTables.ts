/** Every measure in full precision, for other programs: these tables are files only. */

import { csvFormatRows } from 'd3-dsv';
import type { Analysis } from '../analysis/analyse.js';
import { withDeclared } from '../analysis/measures/measures.js';
import { trialsWithRuns } from '../analysis/trials/study.js';
import { measureValue } from '../analysis/trials/summary.js';
import { reasonText } from '../analysis/trials/troubles.js';

export interface CsvFile {
  /** Name in `tables/`, without its ending. */
  readonly name: string;
  readonly csv: string;
}

const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value);

/**
 * `definitions.csv`: what each measure is. `measures-by-trial.csv`: one row per trial and measure, with n, mean, deviation, 95% t-interval, and for epochs to a
 * threshold how many runs reached it and the censored median. `measures-by-run.csv`: one row per run, one column per
 * measure. Both say of runs that did not learn how that is known, and which runs collapsed. Accuracies are fractions; empty cells were not measured or not reached.
 */
export function measureTables(analysis: Analysis): CsvFile[] {
  const trials = trialsWithRuns(analysis);
  const measures = withDeclared(analysis.metric);
  const head = [
    'trial',
    'measure',
    'n',
    'mean',
    'sd',
    'low',
    'high',
    'reached',
    'of',
    'median',
    'diverged',
    'collapsed',
    'untrained',
    'untrainedWhy',
  ];
  const { collapsed, notLearned } = analysis.troubles;
  const byTrial = trials.flatMap((trial) => {
    const dead = trial.runs.flatMap((run) => notLearned.get(run) ?? []);
    const fallen = trial.runs.filter((run) => collapsed.has(run)).length;
    return measures.map((measure) => {
      const { n, mean, sd, interval, reached, diverged } = trial.summary(measure);
      const spread = [mean, sd, interval?.low, interval?.high];
      const counts = [reached?.k, reached?.n, reached?.median, diverged];
      return [
        ...[trial.name, measure.id, n, ...spread, ...counts, fallen],
        ...[dead.length, reasonText(dead)],
      ].map(text);
    });
  });
  const byRun = trials.flatMap(({ name, runs }) =>
    runs.map((run) => {
      const { id, seed, status, epochsDone } = run.record;
      return [
        ...[id, name, seed.label, status, epochsDone, collapsed.has(run) ? 'yes' : 'no'].map(text),
        reasonText([notLearned.get(run) ?? []].flat()),
        ...measures.map((measure) => text(measureValue(run, measure))),
      ];
    }),
  );
  const runHead = [
    'run',
    'trial',
    'seed',
    'status',
    'epochs',
    'collapsed',
    'untrained',
    ...measures.map(({ id }) => id),
  ];
  const definitions = measures.map(({ id, label, unit, definition }) => [id, label, unit, definition]);
  return [
    {
      name: 'definitions',
      csv: `${csvFormatRows([['measure', 'label', 'unit', 'definition'], ...definitions])}\n`,
    },
    { name: 'measures-by-trial', csv: `${csvFormatRows([head, ...byTrial])}\n` },
    { name: 'measures-by-run', csv: `${csvFormatRows([runHead, ...byRun])}\n` },
  ];
}
