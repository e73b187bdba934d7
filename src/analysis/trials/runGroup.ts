/** The one shape of runs that are looked at together: a trial, a level of a factor, a cell of two, a single run. */

import type { LoadedRun } from '../../store/records.js';
import type { LevelValue } from '../../study/types.js';
import { type CurveName, isFinished } from '../measures/curves.js';
import { MEASURES, type Measure } from '../measures/measures.js';
import { countRuns, openRuns, type RunCounts } from './counts.js';
import { type GroupCurve, groupCurve, groupGradient } from './groupCurves.js';
import { type LevelSummary, measureValue, summarizeLevel } from './summary.js';

export type Levels = Readonly<Record<string, LevelValue>>;

/** What a group is made of. */
export interface GroupParts {
  /** A trial's name; `factor=level` of several trials. Unique within a study, and what it is coloured by. */
  readonly name: string;
  /** In words, and with its factor: `0.2`, `learning rate 0.2`. */
  readonly label: string;
  readonly fullLabel: string;
  /** The levels that it stands for, by path: all of a trial, one of a level, two of a cell. */
  readonly levels: Levels;
  readonly isBaseline: boolean;
  /** Stems from `trials:`. */
  readonly isExplicit: boolean;
  /** Its runs differ in other factors too: they are no repeats of one trial. */
  readonly mixed: boolean;
  /** Why it cannot have runs: the search found no trial that trains to its end. */
  readonly problem: string | null;
  readonly runs: readonly LoadedRun[];
  /** Runs that the study names and that are not on disk. */
  readonly missing: number;
}

/** What every group has, and what most groups need not say. */
export type NewGroup = Partial<GroupParts> & Pick<GroupParts, 'name' | 'runs'>;

/** Runs that are looked at together. All that is counted or computed of them is computed here, and once. */
export class RunGroup implements GroupParts {
  readonly name: string;
  readonly label: string;
  readonly fullLabel: string;
  readonly levels: Levels;
  readonly isBaseline: boolean;
  readonly isExplicit: boolean;
  readonly mixed: boolean;
  readonly problem: string | null;
  readonly runs: readonly LoadedRun[];
  readonly missing: number;
  readonly counts: RunCounts;
  readonly #summaries = new Map<string, LevelSummary>();
  readonly #curves = new Map<string, GroupCurve>();

  constructor(about: NewGroup) {
    this.name = about.name;
    this.label = about.label ?? about.name;
    this.fullLabel = about.fullLabel ?? this.label;
    this.levels = about.levels ?? {};
    this.isBaseline = about.isBaseline ?? false;
    this.isExplicit = about.isExplicit ?? false;
    this.mixed = about.mixed ?? false;
    this.problem = about.problem ?? null;
    this.runs = about.runs;
    this.missing = about.missing ?? 0;
    this.counts = countRuns(this.runs, this.missing);
  }

  /** The same group but for what is given. */
  with(changes: Partial<GroupParts>): RunGroup {
    const { name, label, fullLabel, levels, isBaseline, isExplicit, mixed, problem, runs, missing } = this;
    const own = { name, label, fullLabel, levels, isBaseline, isExplicit, mixed, problem, runs, missing };
    return new RunGroup({ ...own, ...changes });
  }

  /** Runs that finished or diverged, and runs that did neither, those not started included. */
  get ended(): number {
    return this.counts.done + this.counts.diverged;
  }
  get open(): number {
    return openRuns(this.counts);
  }

  /** A measure over the runs: n, mean, deviation and 95% interval over seeds. */
  summary(measure: Measure): LevelSummary {
    const known = this.#summaries.get(measure.id);
    if (known !== undefined) return known;
    const made = summarizeLevel(this, measure);
    this.#summaries.set(measure.id, made);
    return made;
  }

  /** Every measure over the runs, by id. */
  get measures(): Readonly<Record<string, LevelSummary>> {
    return Object.fromEntries(MEASURES.map((measure) => [measure.id, this.summary(measure)]));
  }

  /** The measure by seed label, of the runs that finished and have it, in the study's order of seeds. */
  valuesBySeed(measure: Measure): ReadonlyMap<number, number> {
    return new Map(
      this.runs.filter(isFinished).flatMap((run) => {
        const value = measureValue(run, measure);
        return value === null ? [] : [[run.record.seed.label, value] as const];
      }),
    );
  }

  /** A metric over epochs. */
  curve(name: CurveName): GroupCurve {
    const known = this.#curves.get(name);
    if (known !== undefined) return known;
    const made = groupCurve(this.runs, name);
    this.#curves.set(name, made);
    return made;
  }

  /** The gradient norm of a tensor over epochs, the geometric mean of the runs. */
  gradient(tensor: string): Omit<GroupCurve, 'diverged'> {
    return groupGradient(this.runs, tensor);
  }
}
