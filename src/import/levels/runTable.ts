/** A table of runs: one row for each, with its name and its levels (W&B exports one). */

import { requestError } from '../../base/errors.js';
import { baseName, type SourceFile } from '../files/source.js';
import { delimited } from '../formats/delimited.js';
import type { Row } from '../formats/format.js';
import { cellText, numberIn } from '../reading/cells.js';
import { meaningOf, NO_METRIC, wordsOf } from '../reading/headers.js';
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
  const named = new Map<string, Row>();
  const words = new Set<string>();
  for await (const piece of log!.table.rows()) {
    for (const row of piece) {
      const name = cellText(row.cells[at]);
      if (name === '') continue;
      if (named.has(name))
        throw requestError({
          what: 'a table of runs names one twice',
          where: `${file.path}, line ${row.line}`,
          value: name,
        });
      named.set(name, row);
      for (const [i, column] of columns.entries())
        if (numberIn(row.cells[i], log!.table.decimal) === undefined) words.add(column);
    }
  }
  // W&B's export ends with what the runs reached, and begins with how they were executed.
  const passed = columns.filter((column, i) => i !== at && tellsNoLevel(column, words.has(column)));
  if (passed.length > 0) note(`${file.path}: columns that tell no hyperparameter: ${passed.join(', ')}`);
  const rows = new Map<string, Readonly<Record<string, string>>>();
  for (const [name, { cells }] of named) {
    const own = columns.flatMap((column, i) =>
      i === at || column === '' || passed.includes(column) || cellText(cells[i]) === ''
        ? []
        : [[column, cellText(cells[i])] as const],
    );
    rows.set(name, Object.fromEntries(own));
  }
  return { file: baseName(file.path), rows };
}

/** What W&B and MLflow note of the execution; a `duration` in small letters may be a factor. */
const EXECUTION =
  /^(state|status|created( ?at)?|updated( ?at)?|started( ?at)?|finished( ?at)?|(.* )?(runtime|timestamp|elapsed|wall ?time|epoch time|time)|sweep|job ?type|(.* )?per sec(ond)?|throughput|host ?name|gpu.*|os|python.*)$/i;
/** Words that make of a metric's name a setting, or a number of something. */
const SETTING =
  /^(weight|weights|coef|coeff|coefficient|factor|scale|lambda|count|num|n|samples|size|steps|patience|threshold|k|type|fn|function)$/;
const REACHED = /^(train|training|val|valid|validation|dev|eval|evaluation|test|testing|best)$/;

/** A metric, a place on the axis, or how a run was executed. Columns of words and of settings are levels. */
function tellsNoLevel(column: string, hasWords: boolean): boolean {
  if (column.startsWith('_') || column === 'Duration') return true;
  if (EXECUTION.test(column.replace(/[_\- ]+/g, ' ').trim())) return true;
  if (hasWords || hyperparameterOf(column) !== null) return false;
  const words = wordsOf(column);
  if (words.some((word) => SETTING.test(word))) return false;
  const meaning = meaningOf(column);
  switch (meaning.kind) {
    case 'metric':
      return meaning.metric !== 'learningRate';
    case 'bare':
      return meaning.rank === 0;
    // `steps` and `iterations` are how long was trained.
    case 'epoch':
    case 'step':
      return !words.at(-1)!.endsWith('s');
    case 'unknown':
      return meaning.why !== NO_METRIC && words.some((word) => REACHED.test(word));
    default:
      return meaning.kind !== 'identity';
  }
}
