/** Tables without an epoch or a step: rows may be the epochs of a run, or the results of a run each. */

import { requestError } from '../../base/errors.js';
import { advise } from '../advice.js';
import type { Log } from '../formats/format.js';
import { hyperparameterOf } from '../levels/hyperparameters.js';
import type { Reading, TableRun } from './accumulate.js';
import { cellText, ownCopy } from './cells.js';
import type { IdentityColumn } from './columns.js';

interface Question {
  readonly log: Log;
  readonly base: Omit<Reading, 'by'>;
  /** What tells the runs apart so far, and the runs. */
  readonly by: readonly IdentityColumn[];
  readonly runs: readonly TableRun[];
  /** Further columns that differ from row to row. */
  readonly others: readonly IdentityColumn[];
}

/**
 * @throws a request error where no two rows have the same hyperparameters: each may be the result of a run of its own. A
 * learning rate alone that differs from row to row is a schedule.
 */
export async function refuseResults({ log, base, by, runs, others }: Question): Promise<void> {
  // Times and remarks differ from row to row of any log.
  const known = others.filter(({ key }) => hyperparameterOf(key) !== null);
  const all = [...by, ...known];
  const isTold = all.some(({ key }) => key !== 'learningRate');
  if (base.axis !== 'row' || !isTold || known.length === 0 || runs.every(({ rows }) => rows < 2)) return;
  const rows = await countUnlike(log, all);
  if (rows === null) return;
  const names = all.map(({ name }) => name);
  throw requestError({
    what: 'rows without an epoch or a step have two readings',
    where: base.where,
    rule: `a result each, of a run of its own (no two rows have the same ${names.join(', ')}), or the epochs of runs in order`,
    value: `${rows} rows, ${runs.length} ${runs.length === 1 ? 'run' : 'runs'} otherwise`,
    ...advise([
      ['results: ', { choice: 'runColumns', value: names.join(',') }],
      ['epochs: ', { choice: 'axis', value: 'row' }],
      ['no log: ', { choice: 'leaveOut', value: base.where }],
    ]),
  });
}

/** How many rows there are; `null` as soon as two of them are equal in these columns. */
async function countUnlike({ table }: Log, columns: readonly IdentityColumn[]): Promise<number | null> {
  const seen = new Set<string>();
  for await (const piece of table.rows())
    for (const { cells } of piece) {
      const key = columns.map(({ index }) => cellText(cells[index])).join('\u0000');
      if (seen.has(key)) return null;
      seen.add(ownCopy(key));
    }
  return seen.size;
}
