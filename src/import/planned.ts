/** A plan that was written before -> how each log is read now: exactly so. */

import { requestError } from '../base/errors.js';
import type { Log } from './formats/format.js';
import type { PlanReading, PlanRun, ReadingPlan } from './plan.js';
import type { ColumnMap } from './reading/columns.js';
import { METRICS, type Metric } from './reading/headers.js';
import type { Told } from './reading/readLog.js';

type Piece = PlanRun['pieces'][number];

const keyOf = (file: Piece['file'], part: string | null) => `${[file].flat().join('\n')}\u0000${part ?? ''}`;

/** Columns, axis and grouping of a log by the plan; `null` where the plan does not name its file. */
export function toldBy(plan: ReadingPlan): (log: Log, part: string | null) => Told | null {
  const readings = new Map<string, PlanReading>();
  for (const { pieces } of plan.runs) {
    for (const { file, part, reading } of pieces) {
      const found = plan.readings[reading];
      if (found === undefined) {
        throw requestError({
          what: 'a reading plan names a reading that it does not hold',
          where: [file].flat().join(', '),
          rule: `a number from 0 to ${plan.readings.length - 1}`,
          value: String(reading),
        });
      }
      readings.set(keyOf(file, null), found);
      if (part?.run !== undefined) readings.set(keyOf(file, part.run), found);
    }
  }
  return (log, part) => {
    const files = log.files.map(({ path }) => path);
    const found = readings.get(keyOf(files, part)) ?? readings.get(keyOf(files, null));
    return found === undefined ? null : toTold(found);
  };
}

function toTold({ columns, axis, runColumns }: PlanReading): Told {
  const map: Partial<Record<Metric | 'epoch' | 'step', string>> = {};
  for (const metric of METRICS) map[metric] = columns[metric]?.column ?? '';
  if (axis.kind !== 'row' && axis.column !== undefined) map[axis.kind] = axis.column;
  return { columns: map as ColumnMap, axis: axis.kind, by: runColumns ?? [] };
}
