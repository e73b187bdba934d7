/** Tables without an epoch or a step: rows may be the epochs of a run, or the results of a run each. */

import { requestError } from '../../base/errors.js';
import { advise } from '../advice.js';
import type { Log } from '../formats/format.js';
import { accumulate, type Reading, type TableRun } from './accumulate.js';
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
  const all = [...by, ...others];
  const isTold = all.some(({ key }) => key !== 'learningRate');
  if (base.axis !== 'row' || !isTold || others.length === 0 || runs.every(({ rows }) => rows < 2)) return;
  const each = await accumulate(log.table, { ...base, by: all });
  if (each.some(({ rows }) => rows > 1)) return;
  const names = all.map(({ name }) => name);
  throw requestError({
    what: 'rows without an epoch or a step have two readings',
    where: base.where,
    rule: `a result each, of a run of its own (no two rows have the same ${names.join(', ')}), or the epochs of runs in order`,
    value: `${each.length} rows, ${runs.length} ${runs.length === 1 ? 'run' : 'runs'} otherwise`,
    ...advise([
      ['results: ', { choice: 'runColumns', value: names.join(',') }],
      ['epochs: ', { choice: 'axis', value: 'row' }],
      ['no log: ', { choice: 'leaveOut', value: base.where }],
    ]),
  });
}
