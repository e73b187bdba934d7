/** The unit of each accuracy column: by its per cent signs, its header, or the range of the whole column. */

import { requestError } from '../../base/errors.js';
import { metricOf } from '../../study/metrics.js';
import { advise } from '../advice.js';
import { type Curve, isErrorRate, METRICS, type Metric, wordsOf } from './headers.js';
import { type Piece, placeOf } from './piece.js';
import type { CurveRun } from './runs.js';
import { type ColumnStats, type Jump, rangeText } from './scan.js';
import { wideMetric } from './wide.js';

/** `errorPercent`: what lacks to 100%. */
export const UNITS = ['fraction', 'percent', 'errorFraction', 'errorPercent'] as const;
export type Unit = (typeof UNITS)[number];

/** A value of an accuracy's column -> the accuracy as a fraction. */
export function accuracyIn(unit: Unit, value: number): number {
  switch (unit) {
    case 'fraction':
      return value;
    case 'percent':
      return value / 100;
    case 'errorFraction':
      return 1 - value;
    case 'errorPercent':
      return (100 - value) / 100;
    default:
      return unit satisfies never;
  }
}

export const UNIT_WORDS: Readonly<Record<Unit, string>> = {
  fraction: 'fractions',
  percent: 'per cent',
  errorFraction: 'errors as fractions',
  errorPercent: 'errors in per cent',
};

/** How a column's own numbers are counted, whether they tell what is right or what is wrong. */
type Scale = 'fraction' | 'percent';

/** One column of one file. */
export interface UnitColumn {
  readonly file: string;
  readonly metric: Curve;
  readonly stats: ColumnStats;
  /** What its metric is called: the tag of a scalar, the metric of a chart; of others the column's name. */
  readonly plain: string;
}

export interface UnitDecision {
  readonly units: ReadonlyMap<ColumnStats, Unit>;
  readonly notes: readonly string[];
}

const isAccuracy = (metric: Curve) => metricOf(metric).unit === 'accuracy';

const isOwn = (metric: Curve) => metricOf(metric).unit !== 'loss' && !METRICS.some((one) => one === metric);

/** Digitized curves and rounding overshoot the end of the scale by so much. */
const OVERSHOOT = 0.05;

type Judged = { readonly unit: Scale; readonly sure: boolean; readonly note?: string };

/** `percent`, or `validAccuracy=fraction`. @throws a request error for another form */
export function parseUnits(given: readonly string[]): Partial<Record<Metric, Scale>> {
  const units: Partial<Record<Metric, Scale>> = {};
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
    for (const each of metric === undefined ? accuracies : [metric]) units[each] = unit as Scale;
  }
  return units;
}

/** @throws a request error where a column is out of range, could be in either unit, or differs between files */
export function decideUnits(
  columns: readonly UnitColumn[],
  given: Partial<Record<Metric, Scale>>,
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
    refuseOverruled(judged, asked);
    refuseMixture(judged);
    // A value just above 1 is a fraction where other columns show that fractions are meant.
    for (const { stats, file, plain, judged: one } of judged) {
      // A metric of one's own is what its column holds, an error rate too.
      units.set(stats, isUsual(metric) ? unitOf(plain, one.unit) : one.unit);
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
function commonUnit(given: Partial<Record<Metric, Scale>>): Scale | undefined {
  const units = new Set(METRICS.filter(isAccuracy).map((metric) => given[metric]));
  const [only] = units;
  return units.size === 1 ? only : undefined;
}

function unitOf(plain: string, scale: Scale): Unit {
  if (!isErrorRate(plain)) return scale;
  return scale === 'percent' ? 'errorPercent' : 'errorFraction';
}

export function unitColumns(runs: readonly CurveRun[]): UnitColumn[] {
  const seen = new Map<ColumnStats, UnitColumn>();
  for (const { pieces } of runs)
    for (const piece of pieces)
      for (const [metric, stats] of Object.entries(piece.chosen.metrics) as [Curve, ColumnStats][])
        if (isAccuracy(metric))
          seen.set(stats, {
            file: placeOf(piece.log),
            metric,
            stats,
            plain: plainName(piece, stats.name),
          });
  return [...seen.values()];
}

/** The words of a run in the header of a wide chart say nothing of its metric. */
function plainName({ log, part }: Piece, column: string): string {
  const isWide = part.run !== undefined && column.startsWith(`${part.run} - `);
  return log.known?.names?.[column] ?? (isWide ? wideMetric(column) : column);
}

function judge(column: UnitColumn, asked: Scale | undefined): Judged {
  const { stats, file, metric } = column;
  const { percent, numbers, min, max } = stats;
  if (percent > 0 && percent < numbers) {
    throw requestError({
      what: 'some cells of a column have a per cent sign and some have none',
      where: `${file}, column ${stats.name}, lines ${stats.percentLine} and ${stats.plainLine}`,
      rule: 'one unit for the whole column',
      advice: 'write all of them in one way',
    });
  }
  if (percent > 0) return checked(column, { unit: 'percent', sure: true });
  const saysPercent = headerSaysPercent(column.plain);
  // A header that is wrong can be overruled; one whose values are above 1 is not wrong.
  if (asked !== undefined && !(saysPercent && max > 1 + OVERSHOOT))
    return checked(column, { unit: asked, sure: true });
  if (stats.jump !== null && asked === undefined) throw twoUnits(column, stats.jump);
  if (saysPercent) return checked(column, { unit: 'percent', sure: true });
  // Nothing and all, or nothing and one per cent: no value between them tells.
  if (min === 0 && max === 1 && stats.whole === numbers && numbers > 2) throw eitherUnit(file, metric, stats);
  return numbers === 0 || max <= 1
    ? checked(column, { unit: 'fraction', sure: false })
    : judgeAboveOne(column);
}

/** `acc (%)`, `pct_val_acc`, `val_acc_percentage`. */
function headerSaysPercent(name: string): boolean {
  return /[%％]/.test(name) || wordsOf(name).some((word) => PERCENT_WORDS.includes(word));
}

const PERCENT_WORDS = ['pct', 'perc', 'percent', 'percentage'];

function judgeAboveOne(column: UnitColumn): Judged {
  const { stats, file, metric } = column;
  const { numbers, name, min, max, above1 } = stats;
  const few = above1 <= Math.max(1, 0.05 * numbers);
  if (max <= 1 + OVERSHOOT && few) {
    const note = `column ${name} is read as fractions, though ${above1 === 1 ? 'one value is' : `${above1} values are`} above 1 (${max})`;
    return { unit: 'fraction', sure: min < 0.5 && numbers >= 4 * above1 + 4, note };
  }
  // Nearly all values are possible fractions: the others may be slips.
  const mostBelow = numbers >= 4 && above1 <= 0.25 * numbers;
  if (max <= 1.5 || mostBelow) throw eitherUnit(file, metric, stats);
  return checked(column, { unit: 'percent', sure: true });
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

function twoUnits({ file, metric, stats }: UnitColumn, jump: Jump): Error {
  return requestError({
    what: 'two neighbouring values of an accuracy seem to be in two units',
    where: `${file}, column ${stats.name}, line ${jump.line}`,
    rule: 'one unit for the whole column',
    value: `${jump.before}, then ${jump.value}`,
    ...advise([
      ['write the column in one unit'],
      ['if all of it is in per cent: ', { choice: 'unit', metric, value: 'percent' }],
    ]),
  });
}

/** Signs and headers stand above the option; where it then decides nothing, it contradicts them. */
function refuseOverruled(
  columns: readonly (UnitColumn & { readonly judged: Judged })[],
  asked: Scale | undefined,
): void {
  const [first] = columns;
  if (asked !== 'fraction' || first === undefined) return;
  if (columns.some(({ judged }) => judged.unit === 'fraction')) return;
  throw requestError({
    what: 'fractions are asked for, and the file says per cent',
    where: `${first.file}, column ${first.stats.name}`,
    rule: first.stats.percent > 0 ? 'its cells have per cent signs' : 'its header says per cent',
    value: rangeText(first.stats),
    ...advise([['leave the unit away'], [{ choice: 'unit', metric: first.metric, value: 'percent' }]]),
  });
}

/**
 * A loss in per cent is none. A metric that a study calls by a name of its own may be one, where all of its cells are.
 * @throws a request error where cells of a loss have per cent signs
 */
export function refuseSigns(runs: readonly CurveRun[]): void {
  for (const { pieces } of runs)
    for (const { log, chosen } of pieces)
      for (const [metric, stats] of Object.entries(chosen.metrics) as [Metric, ColumnStats][]) {
        if (stats.percent === 0 || isAccuracy(metric)) continue;
        if (isOwn(metric) && stats.percent === stats.numbers) continue;
        throw requestError({
          what: 'a column that is no accuracy has per cent signs',
          where: `${placeOf(log)}, column ${stats.name}, line ${stats.percentLine}`,
          rule: `${metric}: plain numbers`,
          value: rangeText(stats),
          ...advise([
            ['name the right column: ', { choice: 'columns', metric, value: 'COLUMN' }],
            ['leave it out: ', { choice: 'ignore', value: stats.name }],
          ]),
        });
      }
}

const tells = ({ stats, plain }: UnitColumn) => stats.percent > 0 || headerSaysPercent(plain);

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
      tells(b)
        ? [{ choice: 'unit', metric: a.metric, value: 'fraction' }, ' for those that do not tell']
        : ['write the files in one unit'],
      ['if all are in per cent: ', { choice: 'unit', metric: a.metric, value: 'percent' }],
    ]),
  });
}
