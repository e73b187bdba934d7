/** Trackio's storage: a row for each step of a run, its metrics as JSON, its configuration in a table of its own. */

import { type SourceFile, withoutEnding } from '../files/source.js';
import { flatten } from '../levels/files.js';
import type { Hyperparameters, Log } from './format.js';
import { parseLooseJson } from './jsonLines.js';
import { ColumnIndex, flatCells, tableOf } from './records.js';
import type { Tables } from './tables.js';

export function trackioLogs(source: SourceFile, tables: Tables): Log[] {
  const index = new ColumnIndex();
  for (const name of ['run_name', 'step']) index.place(name);
  const order = tables.has('metrics', 'id') ? 'id' : 'rowid';
  const rows = tables
    .all(`SELECT run_name, step, metrics FROM metrics ORDER BY ${order}`)
    .map(({ run_name, step, metrics }, i) => {
      const cells = flatCells(parseLooseJson(String(metrics)) as object);
      return index.row(i + 1, [
        ['run_name', String(run_name)],
        ['step', step === null ? null : Number(step)],
        ...cells,
      ]);
    });
  const hyperparameters = new Map<string, Hyperparameters>();
  if (tables.has('configs', 'run_name', 'config')) {
    for (const { run_name, config } of tables.all('SELECT run_name, config FROM configs')) {
      const values = flatten(parseLooseJson(String(config)) as Record<string, unknown>);
      hyperparameters.set(String(run_name), {
        from: `${source.path}, the configuration of ${run_name}`,
        values,
      });
    }
  }
  return [
    {
      name: withoutEnding(source.path),
      format: 'trackio',
      files: [source],
      table: tableOf(index.names, rows, 'row'),
      hyperparameters: [],
      parts: { column: 'run_name', hyperparameters },
      form: {},
    },
  ];
}
