/** A table of runs: one row for each, with its name and its levels (W&B exports one). */

import { requestError } from '../../base/errors.js';
import { baseName, type SourceFile } from '../files/source.js';
import { delimited } from '../formats/delimited.js';
import { cellText } from '../reading/cells.js';
import { meaningOf } from '../reading/headers.js';
import type { RunTable } from './assign.js';
import { hyperparameterOf } from './hyperparameters.js';

/** @throws a request error where no column names the runs, or a name stands twice */
export async function readRunTable(file: SourceFile, note: (text: string) => void): Promise<RunTable> {
  const [log] = await delimited.open([file], { note });
  const { columns } = log!.table;
  const at = columns.findIndex((name) => /^(run|run[_ ]?name|name|run[_ ]?id|id|file)$/i.test(name));
  if (at < 0) {
    throw requestError({
      what: 'a table of runs has no column that names them',
      where: file.path,
      rule: 'a column called run, name or file',
      value: columns.join(', '),
    });
  }
  // W&B's export ends with what the runs reached, and begins with how they were executed.
  const passed = columns.filter((column, i) => i !== at && isNoHyperparameter(column));
  if (passed.length > 0) note(`${file.path}: columns that tell no hyperparameter: ${passed.join(', ')}`);
  const rows = new Map<string, Readonly<Record<string, string>>>();
  for await (const piece of log!.table.rows()) {
    for (const { cells, line } of piece) {
      const name = cellText(cells[at]);
      if (name === '') continue;
      if (rows.has(name))
        throw requestError({
          what: 'a table of runs names one twice',
          where: `${file.path}, line ${line}`,
          value: name,
        });
      const own = columns.flatMap((column, i) =>
        i === at || column === '' || passed.includes(column) || cellText(cells[i]) === ''
          ? []
          : [[column, cellText(cells[i])] as const],
      );
      rows.set(name, Object.fromEntries(own));
    }
  }
  return { file: baseName(file.path), rows };
}

const EXECUTION =
  /^(state|status|created( ?at)?|updated( ?at)?|started( ?at)?|finished( ?at)?|runtime|duration|elapsed|sweep|job ?type|start ?time|end ?time|host ?name|gpu.*|os|python.*)$/i;

/** A metric, a place on the axis, or how a run was executed; a learning rate is one. */
function isNoHyperparameter(column: string): boolean {
  if (column.startsWith('_') || EXECUTION.test(column.replace(/[_\- ]+/g, ' ').trim())) return true;
  const meaning = meaningOf(column);
  if (meaning.kind === 'identity' || hyperparameterOf(column) !== null) return false;
  if (meaning.kind === 'unknown') return meaning.why !== 'no metric that is known here';
  return !(meaning.kind === 'metric' && meaning.metric === 'learningRate');
}
