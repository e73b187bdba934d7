/** W&B's chart export: a step column, and for each run a column `run - metric` with its `__MIN` and `__MAX`. */

import type { ColumnStats } from './scan.js';

const HEADER = /^(.+) - (.+?)(__MIN|__MAX)?$/;

/** The columns of each run, by its name; `null` where a table has another form. */
export function wideRuns(
  columns: readonly ColumnStats[],
): ReadonlyMap<string, readonly ColumnStats[]> | null {
  const runs = new Map<string, ColumnStats[]>();
  const shared: ColumnStats[] = [];
  for (const stats of columns) {
    const match = HEADER.exec(stats.name);
    if (match === null) shared.push(stats);
    else runs.set(match[1]!, [...(runs.get(match[1]!) ?? []), stats]);
  }
  const axis = shared.every(({ name }) =>
    /^(step|epoch|_step|global_step|relative time.*|wall time|)$/i.test(name),
  );
  return runs.size > 0 && axis && shared.length > 0 ? runs : null;
}

/** `val_acc` of `fast-sun-1 - val_acc`. */
export function wideMetric(header: string): string {
  return HEADER.exec(header)?.[2] ?? header;
}

/** W&B's bounds over grouped runs, and the axis that it repeats for each run. */
export function isWideBound(header: string): boolean {
  return /__(MIN|MAX)$/.test(header) || / - _?(step|timestamp|runtime|epoch)$/i.test(header);
}
