/** How the metrics of a run are read, as one text: runs that were read otherwise are read again. */
import { canonicalJson } from '../../study/paths.js';
import type { CommandMetrics, MetricConfiguration } from '../../study/types.js';

/** The keys of `trainer.metrics`, and the names of the metrics that every run must have. */
export function readingOf(metrics: CommandMetrics, judged: readonly MetricConfiguration[]): string {
  return canonicalJson({ ...metrics, needs: judged.map(({ name }) => name) });
}
