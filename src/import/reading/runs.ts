/** Pieces of logs -> runs: those that one writer put into several files are joined. */

import { requestError } from '../../base/errors.js';
import { advise, type Choice } from '../advice.js';
import type { Curve } from './headers.js';
import { type Piece, placeOf } from './piece.js';

export interface CurveRun {
  /** By which templates know it. */
  readonly name: string;
  readonly pieces: readonly Piece[];
}

/** Logs without a metric, and why they are no run. */
export interface Joined {
  readonly runs: readonly CurveRun[];
  readonly leftOut: readonly {
    readonly file: string;
    readonly why: string;
    /** What would have it read, and `why` without that. */
    readonly ask?: { readonly choice: Choice; readonly reason: string } | undefined;
  }[];
}

/**
 * Joins TensorBoard's one CSV per scalar, W&B's one export per chart, and a file for each split by the run that they
 * name; with a plan the pieces that it puts together.
 * @param runOf the run of a plan that a piece belongs to
 * @throws a request error where two files of a run hold one metric, or count on different axes
 */
export function joinPieces(
  pieces: readonly Piece[],
  runOf: ((piece: Piece) => unknown) | null = null,
): Joined {
  const groups = new Map<unknown, Piece[]>();
  for (const [i, piece] of pieces.entries()) {
    const key = runOf === null ? keyOf(piece, i) : runOf(piece);
    groups.set(key, [...(groups.get(key) ?? []), piece]);
  }
  const runs: CurveRun[] = [];
  const leftOut: Joined['leftOut'][number][] = [];
  for (const group of groups.values()) {
    const used = group.filter(({ series }) => [...series.keys()].some((metric) => metric !== 'learningRate'));
    const isRun = used.length > 0;
    for (const piece of group) {
      if (isRun && piece.series.size > 0) continue;
      const names =
        piece.log.known?.names === undefined ? piece.log.table.columns : Object.values(piece.log.known.names);
      const test = piece.chosen.unread.find(({ ask }) => ask !== undefined);
      const why =
        piece.rows === 0
          ? 'has no rows'
          : test === undefined
            ? 'no column looks like a loss or an accuracy'
            : `${test.column}: ${test.why}`;
      const held = names.length === 0 ? '' : ` (${names.join(', ').slice(0, 120)})`;
      const ask =
        test?.ask === undefined || piece.rows === 0
          ? undefined
          : { ...test.ask, reason: `${test.column}: ${test.ask.reason}${held}` };
      leftOut.push({ file: placeOf(piece.log), why: `${why}${held}`, ask });
    }
    const kept = group.filter(({ series }) => series.size > 0);
    const { name, partOf } = kept[0] ?? group[0]!;
    if (isRun) runs.push(joined(kept.length > 1 && partOf !== undefined ? partOf : name, kept));
  }
  return { runs, leftOut };
}

function keyOf({ log, part, name, partOf }: Piece, i: number): string {
  if (log.format === 'tensorboard-csv' || part.run !== undefined) return `run ${name}`;
  return partOf === undefined ? `piece ${i}` : `splits of ${partOf}`;
}

function joined(name: string, pieces: readonly Piece[]): CurveRun {
  const seen = new Map<Curve, Piece>();
  for (const piece of pieces) {
    if (piece.axis !== pieces[0]!.axis) throw twoAxes(name, pieces[0]!, piece);
    for (const metric of piece.series.keys()) {
      const other = seen.get(metric);
      if (other !== undefined) throw twoFiles(name, metric, other, piece);
      seen.set(metric, piece);
    }
  }
  return { name, pieces };
}

function twoAxes(name: string, a: Piece, b: Piece): Error {
  return requestError({
    what: 'two files of a run count on different axes',
    where: `${name}: ${placeOf(a.log)} and ${placeOf(b.log)}`,
    rule: 'one axis for all curves of a run',
    value: `${a.axis} and ${b.axis}`,
    ...advise([
      [{ choice: 'axis', value: 'step' }],
      [{ choice: 'leaveOut', value: placeOf(b.log) }, ', or the other one'],
    ]),
  });
}

function twoFiles(name: string, metric: string, a: Piece, b: Piece): Error {
  return requestError({
    what: `two files of a run hold ${metric}`,
    where: `${name}: ${placeOf(a.log)} and ${placeOf(b.log)}`,
    rule: 'one curve for each metric of a run',
    ...advise([[{ choice: 'leaveOut', value: placeOf(b.log) }, ', or the other one']]),
  });
}
