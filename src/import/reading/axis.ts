/** Places on the axis of a log -> epochs counted from 1, the same way for all runs. */

import { requestError } from '../../base/errors.js';
import { metricOf } from '../../study/metrics.js';
import { advise } from '../advice.js';
import type { Choices } from '../choices.js';
import type { AxisKind } from './accumulate.js';
import type { Curve } from './headers.js';
import { type Piece, placeOf } from './piece.js';
import type { CurveRun } from './runs.js';
import type { Series } from './series.js';

export interface Axis {
  readonly kind: AxisKind;
  /** Of epochs: what the log calls the first one. */
  readonly firstOf: (piece: Piece) => 0 | 1;
  /** The epoch of a place in a log; `null` for a place before the first epoch. */
  readonly epochOf: (piece: Piece, at: number) => number | null;
  readonly notes: readonly string[];
}

/** @throws a request error where runs count on different axes, or epochs are no whole numbers from 0 or 1 on */
export function decideAxis(
  runs: readonly CurveRun[],
  choices: Choices,
  told: ((piece: Piece) => 0 | 1) | null,
): Axis {
  const pieces = runs.flatMap(({ pieces }) => pieces);
  const kind = pieces[0]!.axis;
  const other = pieces.find(({ axis }) => axis !== kind);
  if (other !== undefined) {
    throw requestError({
      what: 'the runs count on different axes',
      where: `${placeOf(pieces[0]!.log)} and ${placeOf(other.log)}`,
      rule: 'one axis for all runs of a study',
      value: `${kind} and ${other.axis}`,
      ...advise([
        [{ choice: 'axis', value: 'step' }, ', if all have steps'],
        [{ choice: 'axis', value: 'row' }],
        ['a file that is no log: ', { choice: 'leaveOut', value: placeOf(other.log) }],
      ]),
    });
  }
  refuseStrayAxes(runs);
  if (kind === 'epoch') return epochAxis(runs, choices, told);
  if (choices.stepsPerEpoch !== undefined && kind === 'step')
    return stepsAsEpochs(runs, choices.stepsPerEpoch);
  return rankedAxis(runs, kind);
}

function everySeries(runs: readonly CurveRun[]): { series: Series; metric: Curve; where: string }[] {
  return runs.flatMap(({ pieces }) =>
    pieces.flatMap(({ series, log }) =>
      [...series].map(([metric, one]) => ({ metric, series: one, where: placeOf(log) })),
    ),
  );
}

/** Logs of one format whose epochs have one name count in one way. */
const familyOf = ({ log, chosen }: Piece) => `${log.format} ${chosen.epoch?.name}`;

function epochAxis(
  runs: readonly CurveRun[],
  { firstEpoch }: Choices,
  told: ((piece: Piece) => 0 | 1) | null,
): Axis {
  const families = new Map<string, CurveRun[]>();
  for (const run of runs)
    for (const key of new Set(run.pieces.map(familyOf)))
      families.set(key, [...(families.get(key) ?? []), run]);
  const firsts = new Map<string, 0 | 1>();
  const notes: string[] = [];
  for (const [key, own] of families) {
    const least = leastEpoch(own);
    if (firstEpoch === undefined && told === null) refuseTwoCounts(own);
    const before = least === 0 ? validatedBefore(own) : null;
    if (before !== null && firstEpoch === undefined && told === null) throw before;
    if (least === 0 && firstEpoch === 1 && told === null)
      notes.push(
        before === null
          ? 'epoch 0 was left out, as --first-epoch 1 says'
          : 'epoch 0 holds a validation before training; it was left out',
      );
    const first = firstEpoch === 0 || firstEpoch === 1 ? firstEpoch : least === 0 ? 0 : 1;
    firsts.set(key, first);
    if (first === 0) notes.push('epochs are counted from 0 there, and from 1 here');
  }
  if (runs.some(({ pieces }) => pieces.some((piece) => piece.fractional)))
    notes.push(
      'epochs are fractions there: a value belongs to the epoch that it stands in; training values of an epoch are averaged, of others the last one is taken',
    );
  const own = (piece: Piece): 0 | 1 => (firstIn(piece) === 0 ? 0 : 1);
  const firstOf = (piece: Piece) =>
    told?.(piece) ?? (firstEpoch === 'file' ? own(piece) : firsts.get(familyOf(piece))!);
  const epochOf = (piece: Piece, at: number) => {
    const epoch = at + 1 - firstOf(piece);
    return epoch < 1 ? null : epoch;
  };
  return { kind: 'epoch', firstOf, epochOf, notes };
}

/** The first epoch of a log's rows, also of those without a value: a validation need not begin with the first epoch. */
function firstIn({ series, chosen, fractional }: Piece): number {
  if (!fractional && chosen.epoch !== null) return chosen.epoch.min;
  return [...series.values()].reduce(
    (least, one) => (one.length === 0 ? least : Math.min(least, one.at(0))),
    Number.POSITIVE_INFINITY,
  );
}

/**
 * One file begins with epoch 0 and another with epoch 1: each counts in its own way, or the other one lacks its first.
 * Files of several runs say it for all of them.
 */
function refuseTwoCounts(runs: readonly CurveRun[]): void {
  const pieces = runs.flatMap(({ pieces }) => pieces).filter(({ fractional }) => !fractional);
  const zero = pieces.find((piece) => firstIn(piece) === 0);
  const one = pieces.find((piece) => firstIn(piece) === 1);
  if (zero === undefined || one === undefined) return;
  throw requestError({
    what: 'one file counts its epochs from 0 and another from 1',
    where: `${placeOf(zero.log)} and ${placeOf(one.log)}`,
    rule: 'one way of counting, or the way of each file said',
    value: `${zero.chosen.epoch?.name ?? 'epoch'}: 0 to ${zero.chosen.epoch?.max} and 1 to ${one.chosen.epoch?.max}`,
    ...advise([
      [{ choice: 'firstEpoch', value: 'file' }, ' (each by its own first one)'],
      [{ choice: 'firstEpoch', value: 0 }, ' (the other file lacks its first epoch)'],
      [{ choice: 'firstEpoch', value: 1 }, ' (epoch 0 is left out)'],
    ]),
  });
}

function leastEpoch(runs: readonly CurveRun[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { series, where } of everySeries(runs)) {
    for (let i = 0; i < series.length; i++) {
      const at = series.at(i);
      if (!Number.isInteger(at) || at < 0) throw noEpoch(where, at, series.line(i));
      if (at < least) least = at;
    }
  }
  // Also rows without a value count: a validation need not begin with the first epoch.
  for (const { pieces } of runs)
    for (const { chosen, fractional } of pieces)
      if (!fractional && chosen.epoch !== null) least = Math.min(least, chosen.epoch.min);
  return least;
}

function noEpoch(where: string, at: number, line: number): Error {
  return requestError({
    what: 'epochs must be whole numbers from 0 or 1 on',
    where: `${where}, line ${line}`,
    value: String(at),
    ...advise([
      [{ choice: 'axis', value: 'row' }],
      [{ choice: 'axis', value: 'step' }, ', if that column is no epoch'],
    ]),
  });
}

/**
 * Validation at epoch 0 and training from epoch 1 on, in every run: an evaluation before the first update, or a first
 * epoch whose training was not logged. `null` where that is not so.
 */
function validatedBefore(runs: readonly CurveRun[]): Error | null {
  const isSo = runs.every(({ pieces }) => {
    const all = pieces.flatMap(({ series }) => [...series]).filter(([, series]) => series.length > 0);
    const train = all.filter(([metric]) => metric === 'trainLoss' || metric === 'trainAccuracy');
    const valid = all.filter(([metric]) => metricOf(metric).split === 'valid');
    return (
      train.length > 0 &&
      train.every(([, series]) => series.at(0) > 0) &&
      valid.some(([, series]) => series.at(0) === 0)
    );
  });
  if (!isSo) return null;
  return requestError({
    what: 'epoch 0 has two readings: it holds a validation and no training',
    where: placeOf(runs[0]!.pieces[0]!.log),
    rule: 'a validation before the first update, or the first epoch',
    ...advise([
      [{ choice: 'firstEpoch', value: 1 }, ' (epoch 0 is left out)'],
      [{ choice: 'firstEpoch', value: 0 }],
    ]),
  });
}

function stepsAsEpochs(runs: readonly CurveRun[], perEpoch: number): Axis {
  const zero = everySeries(runs).some(({ series }) => series.length > 0 && series.at(0) === 0);
  // The last step of epoch 1 is `perEpoch` where steps count from 1, else one less.
  const shift =
    zero ||
    everySeries(runs).every(({ series }) => series.length === 0 || (series.at(0) + 1) % perEpoch === 0)
      ? 1
      : 0;
  return {
    kind: 'step',
    firstOf: () => 1,
    epochOf: (_, at) => Math.max(1, Math.ceil((at + shift) / perEpoch)),
    notes: [`an epoch is ${perEpoch} steps${shift === 1 ? ', counted from 0' : ''}`],
  };
}

/** Steps that are no epochs are counted: the first one of all runs is 1. */
function rankedAxis(runs: readonly CurveRun[], kind: 'step' | 'row'): Axis {
  const places = new Set<number>();
  for (const { series } of everySeries(runs))
    for (let i = 0; i < series.length; i++) places.add(series.at(i));
  const sorted = Float64Array.from(places).sort();
  const rank = new Map<number, number>();
  for (const [i, at] of sorted.entries()) rank.set(at, i + 1);
  const range = `${sorted[0]} to ${sorted[sorted.length - 1]}`;
  const pieces = runs.flatMap((run) => run.pieces);
  const epochs = pieces.some(({ chosen }) => chosen.epoch !== null);
  const steps = pieces.some(({ chosen }) => chosen.step !== null);
  const why = epochs ? 'as asked' : 'no epoch column';
  const notes =
    kind === 'row'
      ? [`${epochs || steps ? 'as asked' : 'no epoch and no step column'}: the rows are counted as epochs`]
      : [
          `${why}: the ${sorted.length} places of the steps ${range} are counted as epochs 1 to ${sorted.length} (--steps-per-epoch N for true epochs)`,
        ];
  return { kind, firstOf: () => 1, epochOf: (_, at) => rank.get(at) ?? null, notes };
}

const nameOf = ({ known }: Piece['log'], column: string) => known?.names?.[column] ?? column;

/**
 * On an axis of steps, curves of one run that end at quite different places count different things: updates here, epochs
 * there. They are never joined by chance.
 */
function refuseStrayAxes(runs: readonly CurveRun[]): void {
  for (const run of runs) {
    const own = run.pieces
      .filter(({ axis }) => axis === 'step')
      .flatMap(({ log, series, chosen }) =>
        [...series].map(([metric, one]) => ({
          name: nameOf(log, chosen.metrics[metric]!.name),
          metric,
          one,
        })),
      )
      .filter(({ metric, one }) => metric !== 'learningRate' && one.length > 1);
    const last = (one: Series) => one.at(one.length - 1);
    const pace = (one: Series) => (last(one) - one.at(0)) / (one.length - 1);
    for (const a of own)
      for (const b of own) {
        const behind = last(a.one) - last(b.one);
        if (behind <= 2.5 * Math.max(pace(a.one), pace(b.one)) || last(b.one) * 1.5 > last(a.one)) continue;
        throw requestError({
          what: 'two curves of a run count on different axes',
          where: run.name,
          rule: 'steps of one kind: updates, or epochs',
          value: `${a.name}: ${a.one.length} values at steps ${a.one.at(0)} to ${last(a.one)}; ${b.name}: ${b.one.length} at ${b.one.at(0)} to ${last(b.one)}`,
          ...advise([
            ['leave one out: ', { choice: 'columns', metric: a.metric, value: '' }],
            [{ choice: 'columns', metric: b.metric, value: '' }],
          ]),
        });
      }
  }
}
