/** Metrics that a study knows by names of their own, and what it says of them. */
import { type DeclaredMetric, metricNames } from './metrics.js';
import type { MetricConfiguration, ResolvedStudy } from './types.js';

type Judged = Pick<ResolvedStudy, 'metric' | 'selection'>;

/** What it is judged and chosen by. */
function judgedMetrics({ metric, selection }: Judged): MetricConfiguration[] {
  return selection === null ? [metric] : [metric, selection.metric];
}

/** Which way is better, of the metrics that it is judged and chosen by: their names need not tell. */
export function declaredMetrics(study: Judged): Readonly<Record<string, DeclaredMetric>> {
  return Object.fromEntries(judgedMetrics(study).map(({ name, goal }) => [name, { goal }]));
}

/** The value of a metric that its name alone means: the declared one, else the mean of the last epochs. */
export function declaredAt(study: Judged, name: string): MetricConfiguration['at'] {
  return judgedMetrics(study).find((one) => one.name === name)?.at ?? 'last';
}

/** The metrics of its runs that are in no table, by the names that a person may give them. */
export function ownMetricNames(study: Judged & Pick<ResolvedStudy, 'trainer'>): string[] {
  const columns = study.trainer === 'engine' ? [] : Object.keys(study.trainer.metrics.columns);
  const names = [...judgedMetrics(study).map(({ name }) => name), ...columns];
  const usual: readonly string[] = [...metricNames, 'epoch', 'step'];
  return [...new Set(names)].filter((name) => !usual.includes(name));
}
