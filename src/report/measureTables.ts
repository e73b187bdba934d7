/** Every measure in full precision, for other programs: these tables are files only. */

import { csvFormatRows } from 'd3-dsv';
import { MEASURES } from '../analysis/measures/measures.js';
import type { StudySummary } from '../analysis/trials/study.js';

export interface CsvFile {
  /** Name in `tables/`, without its ending. */
  readonly name: string;
  readonly csv: string;
}

const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value);

/**
 * `measures-by-trial.csv`: one row per trial and measure, with n, mean, deviation, 95% t-interval, and for epochs to a
 * threshold how many runs reached it and the censored median. `measures-by-run.csv`: one row per run, one column per
 * measure. Accuracies are fractions; empty cells were not measured or not reached.
 */
export function measureTables({ trials }: StudySummary): CsvFile[] {
  const head = ['trial', 'measure', 'n', 'mean', 'sd', 'low', 'high', 'reached', 'of', 'median', 'diverged'];
  const byTrial = trials.flatMap(({ name, measures }) =>
    MEASURES.map((measure) => {
      const { n, mean, sd, interval, reached, diverged } = measures[measure.id]!;
      const spread = [mean, sd, interval?.low, interval?.high];
      return [name, measure.id, n, ...spread, reached?.k, reached?.n, reached?.median, diverged].map(text);
    }),
  );
  const byRun = trials.flatMap(({ name, runs }) =>
    runs.map((run) => [
      ...[run.id, name, run.seed, run.status, run.epochsDone].map(text),
      ...MEASURES.map(({ id }) => text(run.values[id])),
    ]),
  );
  const runHead = ['run', 'trial', 'seed', 'status', 'epochs', ...MEASURES.map(({ id }) => id)];
  return [
    { name: 'measures-by-trial', csv: `${csvFormatRows([head, ...byTrial])}\n` },
    { name: 'measures-by-run', csv: `${csvFormatRows([runHead, ...byRun])}\n` },
  ];
}
