/**
 * The isolation table of a study with nuisance factors: each level of the scientific factors at its best nuisance
 * levels, measured anew with fresh seeds. Source: V. Godbole, G. E. Dahl, J. Gilmer, C. J. Shallue, Z. Nado, "Deep
 * Learning Tuning Playbook" (2023), sections on scientific, nuisance and fixed hyperparameters and on isolation plots.
 */

import type { SelectedLevel, StudyRecords } from '../../store/records.js';
import { chosenTrial, type SearchGroup, searchGroups } from '../../study/expand.js';
import type { LevelValue } from '../../study/types.js';
import { declaredMeasure, type Measure } from '../measures/measures.js';
import { type LevelSummary, summarizeLevel } from '../trials/summary.js';
import { factorLabel, levelKey, levelLabel, levelsLabel } from '../words/labels.js';
import { type Edge, edgeOf, untriedBeyond } from './isolationEdge.js';

export interface ChosenLevel {
  readonly path: string;
  readonly value: LevelValue;
  /** Where it lies at an edge of what was searched that could be moved. */
  readonly edge: Edge | null;
  /** The part of its range beyond it in which nothing was drawn, where it is the outermost draw. */
  readonly untried: readonly [number, number] | null;
}

export interface IsolationRow {
  /** `baseline`, `weightDecay=0.1`. */
  readonly name: string;
  /** `weight decay 0.1`. */
  readonly label: string;
  readonly levels: Readonly<Record<string, LevelValue>>;
  /** The nuisance levels that the search chose; `null` where it chose none (yet). */
  readonly chosen: readonly ChosenLevel[] | null;
  /** The chosen trial's selection metric in the search: the best of several, and so a lucky one. */
  readonly searchValue: number | null;
  /** Trials of the search when it was chosen, and those of them that trained to their end. */
  readonly trials: number;
  readonly finished: number;
  /** The declared metric over the runs with fresh seeds. */
  readonly fresh: LevelSummary;
}

export interface Isolation {
  /** Of the fresh runs. */
  readonly measure: Measure;
  /** Of the search. */
  readonly rule: Measure;
  readonly goal: 'maximize' | 'minimize';
  readonly rows: readonly IsolationRow[];
  /** What a reader must know, each one sentence. */
  readonly notes: readonly string[];
}

/** The isolation table; `null` for a study without nuisance factors. */
export function isolation(records: StudyRecords): Isolation | null {
  const { study, search } = records;
  if (study.selection === null || search === undefined) return null;
  const groups = searchGroups(study);
  const rows = groups.map((group) => rowOf(records, group, search.selection?.levels ?? []));
  return {
    measure: declaredMeasure(study.metric),
    rule: declaredMeasure(study.selection.metric),
    goal: study.selection.metric.goal,
    rows,
    notes: rows.flatMap((row, i) => notesOf(row, groups[i]!, search.selection !== null)),
  };
}

function rowOf(records: StudyRecords, group: SearchGroup, selected: readonly SelectedLevel[]): IsolationRow {
  const { study } = records;
  const own = selected.find(({ levels }) => levelKey(levels) === levelKey(group.levels));
  const trial = chosenTrial(study, group, selected);
  const key = trial === undefined ? null : levelKey(trial.levels);
  const runs = records.runs.filter((run) => levelKey(run.record.levels) === key);
  const known = trial !== undefined;
  return {
    name: group.name,
    label: Object.keys(group.levels).length === 0 ? 'all' : levelsLabel(group.levels),
    levels: group.levels,
    chosen: known
      ? Object.entries(own?.chosen ?? {}).map(([path, value]) => ({
          path,
          value,
          edge: edgeOf(study, path, value),
          untried: untriedBeyond(study, path, value),
        }))
      : null,
    searchValue: known ? (own?.value ?? null) : null,
    trials: own?.trials ?? group.trials.length,
    finished: own?.finished ?? 0,
    fresh: summarizeLevel({ runs }, declaredMeasure(study.metric)),
  };
}

function notesOf(row: IsolationRow, group: SearchGroup, isSelected: boolean): string[] {
  const notes: string[] = [];
  for (const { path, value, edge, untried } of row.chosen ?? []) {
    const chosen = `For ${row.label} the chosen ${factorLabel(path)} ${levelLabel(value)}`;
    if (edge !== null) notes.push(`${chosen} lies at the ${edge} edge of what was searched: widen it.`);
    if (untried !== null)
      notes.push(
        `${chosen} is the ${value === untried[0] ? 'highest' : 'lowest'} of those drawn: nothing was tried from ${untried.map(levelLabel).join(' to ')}.`,
      );
  }
  if (isSelected && row.chosen === null && row.finished === 0)
    notes.push(`For ${row.label} no trial of the search trained to its end.`);
  else if (isSelected && (row.chosen === null || row.trials !== group.trials.length))
    notes.push(
      `For ${row.label} the selection on record was made among ${row.trials} trials, and the study now names ${group.trials.length}, or others: running it selects anew.`,
    );
  return notes;
}
