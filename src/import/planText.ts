/** A plan in a few lines, as import and report say how files were read. */

import type { PlanReading, ReadingPlan } from './plan.js';
import { UNIT_WORDS } from './reading/units.js';

/** One line for each way of reading. */
export function readAs(plan: ReadingPlan): string[] {
  return plan.readings.map((reading, i) => {
    const runs = plan.runs.filter(({ pieces }) => pieces.some((piece) => piece.reading === i)).length;
    const form = Object.entries(reading.form ?? {}).map(
      ([name, value]) => `${name} ${JSON.stringify(value)}`,
    );
    const columns = Object.entries(reading.columns).map(([metric, one]) => columnText(metric, one));
    const axis = axisText(reading);
    return `${runs} ${runs === 1 ? 'run' : 'runs'} read as ${[reading.format, ...form].join(', ')}: ${[axis, ...columns].join('; ')}`;
  });
}

function columnText(
  metric: string,
  { column, unit, range }: NonNullable<PlanReading['columns']['trainLoss']>,
): string {
  const parts = [...(range === undefined ? [] : [range]), ...(unit === undefined ? [] : [UNIT_WORDS[unit]])];
  return `${metric} = ${column}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

function axisText({ axis }: PlanReading): string {
  if (axis.kind === 'row') return 'rows counted as epochs';
  return `${axis.kind} = ${axis.column ?? axis.kind}${axis.kind === 'epoch' ? ` (from ${axis.first ?? 1})` : ''}`;
}

/** What is not read, and why: columns, then files and runs. */
export function unreadText(plan: ReadingPlan): string[] {
  const columns = new Map<string, string>();
  for (const { unread = {} } of plan.readings)
    for (const [name, why] of Object.entries(unread)) columns.set(name, why);
  const listed = [...columns].slice(0, 12).map(([name, why]) => `${name} (${why})`);
  const more = columns.size > 12 ? [`and ${columns.size - 12} more`] : [];
  const files = plan.leftOut.slice(0, 12).map(({ file, why }) => `left out: ${file}: ${why}`);
  const rest = plan.leftOut.length > 12 ? [`left out: ${plan.leftOut.length - 12} more files`] : [];
  return [
    ...(listed.length === 0 ? [] : [`columns not read: ${[...listed, ...more].join(', ')}`]),
    ...files,
    ...rest,
  ];
}
