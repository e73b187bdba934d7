/** What was read -> the plan that says so. Runs that are read in one way share a reading. */

import type { LevelValue } from '../study/types.js';
import type { Choices } from './choices.js';
import type { ImportedRun } from './importedRun.js';
import type { PlanReading, PlanRun, ReadingPlan } from './plan.js';
import type { Axis } from './reading/axis.js';
import type { Metric } from './reading/headers.js';
import type { Piece } from './reading/piece.js';
import { type ColumnStats, rangeText } from './reading/scan.js';
import type { Unit } from './reading/units.js';

interface Context {
  readonly choices: Choices;
  readonly axis: Axis;
  readonly units: ReadonlyMap<ColumnStats, Unit>;
  readonly leftOut: ReadingPlan['leftOut'];
  readonly seeds: Readonly<Record<string, number>> | null;
  readonly notes: readonly string[];
  readonly held: Readonly<Record<string, LevelValue>>;
}

export function planOf(runs: readonly ImportedRun[], context: Context): ReadingPlan {
  const readings: PlanReading[] = [];
  const ranges: Map<Metric, [number, number]>[] = [];
  const byText = new Map<string, number>();
  const indexOf = (piece: Piece): number => {
    const reading = readingOf(piece, context.units, context.axis);
    const key = JSON.stringify(reading);
    let index = byText.get(key);
    if (index === undefined) {
      index = readings.push(reading) - 1;
      ranges.push(new Map());
      byText.set(key, index);
    }
    widen(ranges[index]!, piece);
    return index;
  };
  const planned = runs.map((run) => planRun(run, indexOf));
  return {
    formatVersion: 1,
    choices: context.choices,
    readings: readings.map((reading, i) => withRanges(reading, ranges[i]!)),
    runs: planned,
    ...(Object.keys(context.held).length === 0 ? {} : { held: { ...context.held } }),
    leftOut: [...context.leftOut],
    ...(context.seeds === null ? {} : { seeds: { ...context.seeds } }),
    notes: [...context.notes],
  };
}

function readingOf(piece: Piece, units: ReadonlyMap<ColumnStats, Unit>, { firstOf }: Axis): PlanReading {
  const { log, chosen, axis, part } = piece;
  const column = axis === 'epoch' ? chosen.epoch : axis === 'step' ? chosen.step : null;
  const columns = Object.entries(chosen.metrics).flatMap(([metric, stats]) => {
    if (stats === undefined) return [];
    const unit = units.get(stats);
    return [[metric, { column: stats.name, ...(unit === undefined ? {} : { unit }) }] as const];
  });
  const unread = Object.fromEntries(chosen.unread.map(({ column: name, why }) => [name, why]));
  const by = part.run !== undefined && !log.table.columns.includes('run') ? [] : Object.keys(part);
  return {
    format: log.format,
    ...(Object.keys(log.form).length === 0 ? {} : { form: { ...log.form } }),
    axis: {
      kind: axis,
      ...(column === null ? {} : { column: column.name }),
      ...(axis === 'epoch' ? { first: firstOf(piece) } : {}),
    },
    ...(by.length === 0 ? {} : { runColumns: by }),
    columns: Object.fromEntries(columns),
    ...(chosen.unread.length === 0 ? {} : { unread }),
  };
}

function widen(ranges: Map<Metric, [number, number]>, { chosen }: Piece): void {
  for (const [metric, { numbers, min, max }] of Object.entries(chosen.metrics) as [Metric, ColumnStats][]) {
    if (numbers === 0) continue;
    const [low, high] = ranges.get(metric) ?? [min, max];
    ranges.set(metric, [Math.min(low, min), Math.max(high, max)]);
  }
}

function withRanges(
  reading: PlanReading,
  ranges: ReadonlyMap<Metric, readonly [number, number]>,
): PlanReading {
  const columns = Object.entries(reading.columns).map(([metric, one]) => {
    const found = ranges.get(metric as Metric);
    const stats = found === undefined ? null : { numbers: 1, min: found[0], max: found[1], notFinite: 0 };
    return [metric, stats === null ? one : { ...one, range: rangeText(stats as ColumnStats) }];
  });
  return { ...reading, columns: Object.fromEntries(columns) };
}

function planRun(run: ImportedRun, indexOf: (piece: Piece) => number): PlanRun {
  const { epochs, diverged, torn } = run.curves;
  const { told } = run;
  const from = Object.fromEntries(
    Object.entries({
      ...told?.from,
      ...(told === null || told.seedFrom === null ? {} : { seed: told.seedFrom }),
    }).filter(
      ([path, where]) =>
        where !== 'name' &&
        where !== '--levels' &&
        (path === 'seed' ||
          Object.keys(run.levels).some((own) => own === path || own === `imported.${path}`)),
    ),
  );
  const status = diverged !== null ? 'diverged' : torn ? 'interrupted' : null;
  return {
    run: run.name,
    levels: { ...run.levels },
    seed: run.seed,
    ...(Object.keys(from).length === 0 ? {} : { from }),
    ...(epochs.length === 0 ? {} : { epochs: epochsText(epochs) }),
    ...(status === null ? {} : { status }),
    pieces: run.run.pieces.map((piece) => ({
      file: piece.log.files.length === 1 ? piece.log.files[0]!.path : piece.log.files.map(({ path }) => path),
      reading: indexOf(piece),
      ...(Object.keys(piece.part).length === 0 ? {} : { part: { ...piece.part } }),
    })),
  };
}

function epochsText(epochs: Float64Array): string {
  const [first, last] = [epochs[0]!, epochs.at(-1)!];
  const gaps = last - first + 1 - epochs.length;
  return `${first} to ${last}${gaps === 0 ? '' : `, ${epochs.length} of them`}`;
}
