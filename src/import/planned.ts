/** A plan that was written before -> how each log is read now: exactly so. */

import { requestError } from '../base/errors.js';
import type { LevelValue } from '../study/types.js';
import { withoutEnding } from './files/source.js';
import type { Log } from './formats/format.js';
import type { PlanReading, PlanRun, ReadingPlan } from './plan.js';
import type { ColumnMap } from './reading/columns.js';
import { METRICS, type Metric } from './reading/headers.js';
import type { Piece } from './reading/piece.js';
import type { Told } from './reading/readLog.js';
import type { CurveRun } from './reading/runs.js';
import type { ColumnStats } from './reading/scan.js';
import type { Unit } from './reading/units.js';

type PlanPiece = PlanRun['pieces'][number];

const partText = (part: Readonly<Record<string, string>> | undefined) =>
  Object.entries(part ?? {})
    .map(([name, text]) => `${name}\u0001${text}`)
    .sort()
    .join('\u0002');
const keyOf = (files: PlanPiece['file'], part: string) => `${[files].flat().join('\n')}\u0000${part}`;
const keyOfPiece = ({ log, part }: Piece) =>
  keyOf(
    log.files.map(({ path }) => path),
    partText(part),
  );

export class Planned {
  readonly #byPiece = new Map<string, { run: PlanRun; reading: PlanReading }>();
  readonly #byFile = new Map<string, PlanReading>();
  readonly #byWideRun = new Map<string, PlanReading>();
  readonly #leftOut: ReadonlySet<string>;

  constructor(readonly plan: ReadingPlan) {
    for (const run of plan.runs) for (const piece of run.pieces) this.#add(run, piece);
    this.#leftOut = new Set(plan.leftOut.map(({ file }) => file));
  }

  #add(run: PlanRun, { file, part, reading: index }: PlanPiece): void {
    const reading = this.plan.readings[index];
    if (reading === undefined) {
      throw requestError({
        what: 'a reading plan names a reading that it does not hold',
        where: [file].flat().join(', '),
        rule: `a number from 0 to ${this.plan.readings.length - 1}`,
        value: String(index),
      });
    }
    this.#byPiece.set(keyOf(file, partText(part)), { run, reading });
    this.#byFile.set(keyOf(file, ''), reading);
    if (part?.run !== undefined) this.#byWideRun.set(keyOf(file, part.run), reading);
  }

  /** Columns, axis and grouping of a log; `null` where the plan does not name its file. */
  told(log: Log, part: string | null): Told | null {
    const files = log.files.map(({ path }) => path);
    const wide = part === null ? undefined : this.#byWideRun.get(keyOf(files, part));
    const reading = wide ?? this.#byFile.get(keyOf(files, ''));
    return reading === undefined ? null : toTold(reading);
  }

  /** Whether the plan reads any of a log. */
  reads(log: Log): boolean {
    return this.#byFile.has(
      keyOf(
        log.files.map(({ path }) => path),
        '',
      ),
    );
  }

  knows(piece: Piece): boolean {
    return this.#byPiece.has(keyOfPiece(piece));
  }

  /** Whether the plan says of a file that it is not read. */
  leavesOut(path: string): boolean {
    // Runs are named below the folders that all of them share.
    const parts = withoutEnding(path).split('/');
    return [path, ...parts.map((_, i) => parts.slice(i).join('/'))].some((one) => this.#leftOut.has(one));
  }

  /** @throws a request error for a piece of a run that was not met: it would be passed over in silence */
  refuseUnmet(pieces: readonly Piece[]): void {
    const met = new Set(pieces.map(keyOfPiece));
    for (const { run, pieces: own } of this.plan.runs)
      for (const { file, part } of own) {
        if (met.has(keyOf(file, partText(part)))) continue;
        const text = Object.entries(part ?? {}).map(([name, value]) => `, ${name} ${value}`);
        throw requestError({
          what: 'a part of a run that the plan names was not found',
          where: `${[file].flat().join(', ')}${text.join('')}`,
          rule: `every piece of the run ${run}`,
          advice:
            'name the files as when the plan was made; what `choices` of the plan leaves out or ignores cannot be a piece',
        });
      }
  }

  /** The run of the plan that a piece belongs to. */
  runWith(piece: Piece): PlanRun {
    return this.#byPiece.get(keyOfPiece(piece))!.run;
  }

  runOf({ pieces }: CurveRun): PlanRun {
    return this.runWith(pieces[0]!);
  }

  firstOf(piece: Piece): 0 | 1 {
    return this.#byPiece.get(keyOfPiece(piece))!.reading.axis.first ?? 1;
  }

  units(runs: readonly CurveRun[]): Map<ColumnStats, Unit> {
    const units = new Map<ColumnStats, Unit>();
    for (const piece of runs.flatMap(({ pieces }) => pieces)) {
      const { reading } = this.#byPiece.get(keyOfPiece(piece))!;
      for (const [metric, stats] of Object.entries(piece.chosen.metrics) as [Metric, ColumnStats][]) {
        const unit = reading.columns[metric]?.unit;
        if (unit !== undefined) units.set(stats, unit);
      }
    }
    return units;
  }
}

/** Levels and seeds as the plan has them. */
export function plannedLevels(runs: readonly CurveRun[], planned: Planned) {
  const own = runs.map((run) => planned.runOf(run));
  return {
    factors: own.map(({ levels }) => levels as Readonly<Record<string, LevelValue>>),
    seeds: own.map(({ seed }) => seed),
    held: (planned.plan.held ?? {}) as Readonly<Record<string, LevelValue>>,
  };
}

function toTold({ columns, axis, runColumns }: PlanReading): Told {
  const map: Partial<Record<Metric | 'epoch' | 'step', string>> = {};
  for (const metric of METRICS) map[metric] = columns[metric]?.column ?? '';
  if (axis.kind !== 'row' && axis.column !== undefined) map[axis.kind] = axis.column;
  return { columns: map as ColumnMap, axis: axis.kind, by: runColumns ?? [] };
}

/** How the text of each file is written, as the plan has it: by path, `null` where the plan does not name the file. */
export function formsOf({ runs, readings }: ReadingPlan): (path: string) => PlanReading['form'] | null {
  const forms = new Map<string, PlanReading['form']>();
  for (const { pieces } of runs)
    for (const { file, reading } of pieces)
      for (const path of [file].flat()) forms.set(path, readings[reading]?.form ?? {});
  return (path) => forms.get(path) ?? null;
}
