/** The unit of each accuracy column: by its per cent signs, its header, or the range of the whole column. */

import { requestError } from '../../base/errors.js';
import { metricOf } from '../../study/metrics.js';
import { advise } from '../advice.js';
import { type Curve, METRICS, type Metric } from './headers.js';
import { placeOf } from './readLog.js';
import type { CurveRun } from './runs.js';
import { type ColumnStats, rangeText } from './scan.js';

export type Unit = 'fraction' | 'percent';

/** One column of one file. */
export interface UnitColumn {
  readonly file: string;
  readonly metric: Curve;
  readonly stats: ColumnStats;
}

export interface UnitDecision {
  readonly units: ReadonlyMap<ColumnStats, Unit>;
  readonly notes: readonly string[];
}

const isAccuracy = (metric: Curve) => metricOf(metric).unit === 'accuracy';

/** Digitized curves and rounding overshoot the end of the scale by so much. */
const OVERSHOOT = 0.05;

type Judged = { readonly unit: Unit; readonly sure: boolean; readonly why: string; readonly note?: string };

/** `percent`, or `validAccuracy=fraction`. @throws a request error for another form */
export function parseUnits(given: readonly string[]): Partial<Record<Metric, Unit>> {
  const units: Partial<Record<Metric, Unit>> = {};
  const accuracies = METRICS.filter(isAccuracy);
  for (const one of given) {
    const [, name, unit] = /^(?:(\w+)=)?(percent|fraction)$/.exec(one) ?? [];
    const metric = accuracies.find((known) => known === name);
    if (unit === undefined || (name !== undefined && metric === undefined)) {
      throw requestError({
        what: '--unit names no unit',
        where: '--unit',
        rule: `percent or fraction, for all accuracies or one of them: ${accuracies.join(', ')}`,
        value: one,
        advice: "--unit 'validAccuracy=percent'",
      });
    }
    for (const each of metric === undefined ? accuracies : [metric]) units[each] = unit as Unit;
  }
  return units;
}

/** @throws a request error where a column is out of range, could be in either unit, or differs between files */
export function decideUnits(
  columns: readonly UnitColumn[],
  given: Partial<Record<Metric, Unit>>,
): UnitDecision {
  const units = new Map<ColumnStats, Unit>();
  const notes: string[] = [];
  const further = columns.map(({ metric }) => metric).filter((metric) => !isUsual(metric));
  for (const metric of new Set<Curve>([...METRICS, ...further])) {
    if (!isAccuracy(metric)) continue;
    const own = columns.filter((one) => one.metric === metric);
    // What holds for all accuracies holds for one with a name of its own.
    const asked = isUsual(metric) ? given[metric] : commonUnit(given);
    const judged = own.map((one) => ({ ...one, judged: judge(one, asked) }));
    refuseMixture(judged);
    // A value just above 1 is a fraction where other columns show that fractions are meant.
    for (const { stats, file, judged: one } of judged) {
      units.set(stats, one.unit);
      if (one.note === undefined) continue;
      const others = columns.filter(
        (other) => other.stats !== stats && other.stats.max <= 1 && other.stats.percent === 0,
      );
      if (!one.sure && others.length === 0) throw eitherUnit(file, metric, stats);
      notes.push(`${file}: ${one.note}`);
    }
  }
  return { units, notes };
}

function isUsual(metric: Curve): metric is Metric {
  return METRICS.some((one) => one === metric);
}

/** The unit that was asked for all accuracies, not for one of them. */
function commonUnit(given: Partial<Record<Metric, Unit>>): Unit | undefined {
  const units = new Set(METRICS.filter(isAccuracy).map((metric) => given[metric]));
  const [only] = units;
  return units.size === 1 ? only : undefined;
}

export function unitColumns(runs: readonly CurveRun[]): UnitColumn[] {
  const seen = new Map<ColumnStats, UnitColumn>();
  for (const { pieces } of runs)
    for (const { log, chosen } of pieces)
      for (const [metric, stats] of Object.entries(chosen.metrics) as [Curve, ColumnStats][])
        if (isAccuracy(metric)) seen.set(stats, { file: placeOf(log), metric, stats });
  return [...seen.values()];
}

function judge(column: UnitColumn, asked: Unit | undefined): Judged {
  const { stats, file, metric } = column;
  const { percent, numbers, name, min, max, above1 } = stats;
  if (percent > 0 && percent < numbers) {
    throw requestError({
      what: 'some cells of a column have a per cent sign and some have none',
      where: `${file}, column ${name}, lines ${stats.percentLine} and ${stats.plainLine}`,
      rule: 'one unit for the whole column',
      advice: 'write all of them in one way',
    });
  }
  if (percent > 0) return checked(column, { unit: 'percent', sure: true, why: 'per cent signs' });
  if (asked !== undefined) return checked(column, { unit: asked, sure: true, why: 'as asked' });
  if (/%|\bpct\b|percent/i.test(name))
    return checked(column, { unit: 'percent', sure: true, why: 'its header' });
  // Nothing and all, or nothing and one per cent: no value between them tells.
  if (min === 0 && max === 1 && stats.whole === numbers && numbers > 2) throw eitherUnit(file, metric, stats);
  if (numbers === 0 || max <= 1)
    return checked(column, { unit: 'fraction', sure: false, why: `${rangeText(stats)}` });
  const few = above1 <= Math.max(1, 0.05 * numbers);
  if (max <= 1 + OVERSHOOT && few) {
    const note = `column ${name} is read as fractions, though ${above1 === 1 ? 'one value is' : `${above1} values are`} above 1 (${max})`;
    return { unit: 'fraction', sure: min < 0.5 && numbers >= 4 * above1 + 4, why: rangeText(stats), note };
  }
  if (max <= 1.5) throw eitherUnit(file, metric, stats);
  return checked(column, { unit: 'percent', sure: true, why: rangeText(stats) });
}

/** Accuracies lie between nothing and everything. */
function checked({ stats, file, metric }: UnitColumn, judged: Judged): Judged {
  const whole = judged.unit === 'percent' ? 100 : 1;
  const { min, max, name, numbers } = stats;
  if (numbers === 0 || (min >= 0 && max <= whole)) return judged;
  if (min >= -OVERSHOOT * whole && max <= (1 + OVERSHOOT) * whole)
    return {
      ...judged,
      sure: true,
      note: `column ${name} leaves the range of an accuracy a little: ${rangeText(stats)}`,
    };
  throw requestError({
    what: 'an accuracy is outside its range',
    where: `${file}, column ${name}`,
    rule: judged.unit === 'percent' ? '0 to 100%' : '0 to 1 as fractions',
    value: rangeText(stats),
    ...advise([
      ['name the right column: ', { choice: 'columns', metric, value: 'COLUMN' }],
      ['leave it out: ', { choice: 'ignore', value: name }],
    ]),
  });
}

function eitherUnit(file: string, metric: Curve, stats: ColumnStats): Error {
  return requestError({
    what: 'the unit of an accuracy has two readings',
    where: `${file}, column ${stats.name}`,
    rule: 'fractions up to 1, or per cent up to 100',
    value: `${rangeText(stats)} (${stats.above1} of ${stats.numbers} values above 1)`,
    ...advise([
      [{ choice: 'unit', metric, value: 'fraction' }],
      [{ choice: 'unit', metric, value: 'percent' }],
    ]),
  });
}

/** One metric in fractions here and in per cent there: only signs, headers or the option tell them apart. */
function refuseMixture(columns: readonly (UnitColumn & { readonly judged: Judged })[]): void {
  const percent = columns.filter(({ judged }) => judged.unit === 'percent');
  const fraction = columns.filter(
    ({ judged, stats }) => judged.unit === 'fraction' && !judged.sure && stats.numbers > 0,
  );
  const [a] = fraction;
  const [b] = percent;
  if (a === undefined || b === undefined) return;
  throw requestError({
    what: `${a.metric} seems to be in fractions in one file and in per cent in another`,
    where: `${a.file}, column ${a.stats.name}, and ${b.file}, column ${b.stats.name}`,
    rule: 'one unit for a metric, unless per cent signs or headers tell each',
    value: `${rangeText(a.stats)} (${fraction.length === 1 ? 'one file' : `${fraction.length} files`}) and ${rangeText(b.stats)} (${percent.length === 1 ? 'one file' : `${percent.length} files`})`,
    ...advise([
      ['if all are in per cent: ', { choice: 'unit', metric: a.metric, value: 'percent' }],
      ['write the files in one unit'],
    ]),
  });
}
