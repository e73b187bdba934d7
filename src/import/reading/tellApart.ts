/** Which columns tell the runs of a table apart. */

import { requestError } from '../../base/errors.js';
import type { Log } from '../formats/format.js';
import { accumulate, accumulateBelow, conflictsIn, type Reading, type TableRun } from './accumulate.js';
import type { IdentityColumn } from './columns.js';
import { placeOf } from './piece.js';
import { refuseResults } from './results.js';
import type { Scan } from './scan.js';

/** The columns that tell the runs of a table apart, and the runs. */
export async function tellApart(
  log: Log,
  scan: Scan,
  base: Omit<Reading, 'by'>,
  given: readonly string[] | undefined,
  isUnasked: boolean,
): Promise<{ by: readonly IdentityColumn[]; runs: TableRun[] }> {
  const { identities } = base.chosen;
  const several = (one: IdentityColumn) => (scan.columns[one.index]!.distinct?.size ?? 0) > 1;
  if (given !== undefined) {
    const by = given.map((name) => askedColumn(log, scan, identities, name));
    return { by, runs: await accumulate(log.table, { ...base, by }) };
  }
  let by = identities.filter((one) => one.strong && several(one));
  let runs = await accumulate(log.table, { ...base, by });
  let left = conflictsIn(runs);
  const weak = identities.filter(
    (one) =>
      several(one) && !by.includes(one) && (scan.columns[one.index]!.distinct?.size ?? 0) <= scan.rows / 2,
  );
  while (left > 0 && weak.length > 0 && base.repeats === 'error') {
    let best: { one: IdentityColumn; next: TableRun[]; conflicts: number } | null = null;
    for (const one of weak) {
      const reading = { ...base, by: [...by, one] };
      const next = await accumulateBelow(log.table, reading, (best?.conflicts ?? left) - 1);
      if (next !== null) best = { one, next, conflicts: conflictsIn(next) };
    }
    // Parts of one log that was continued begin where it broke off; runs begin at one place.
    if (best === null || (best.conflicts === 0 && !beginTogether(best.next))) break;
    by = [...by, best.one];
    weak.splice(weak.indexOf(best.one), 1);
    runs = best.next;
    left = best.conflicts;
  }
  if (isUnasked) {
    const others = identities.filter((one) => several(one) && !by.includes(one));
    await refuseResults({ log, base, by, runs, others });
  }
  return { by, runs };
}

function beginTogether(runs: readonly TableRun[]): boolean {
  const first = (run: TableRun) =>
    [...run.series.values()].reduce(
      (least, series) => Math.min(least, series.at(0)),
      Number.POSITIVE_INFINITY,
    );
  return runs.every((run) => first(run) === first(runs[0]!));
}

function askedColumn(
  log: Log,
  scan: Scan,
  identities: readonly IdentityColumn[],
  name: string,
): IdentityColumn {
  const known = identities.find((one) => one.name === name);
  if (known !== undefined) return known;
  const stats = scan.columns.find((one) => one.name === name);
  if (stats !== undefined) return { index: stats.index, name, key: name, strong: true };
  throw requestError({
    what: 'a file does not have a column that --run-columns names',
    where: placeOf(log),
    rule: `one of ${scan.columns.map((one) => one.name).join(', ')}`,
    value: name,
  });
}
