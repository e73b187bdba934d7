/** Which hyperparameters are factors: those that differ between runs. What is one everywhere is held. */

import { levelKey, levelLabel } from '../../analysis/words/labels.js';
import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';
import type { Choices } from '../choices.js';
import type { ToldRun } from './assign.js';
import { holdsUnclearLevel, ownSegments } from './fromNames.js';
import { studyPath } from './hyperparameters.js';
import { refuseWords, wordNotes } from './restOfNames.js';

export interface Factors {
  /** Levels of each run, by path of a study file. */
  readonly factors: readonly Readonly<Record<string, LevelValue>>[];
  readonly held: Readonly<Record<string, LevelValue>>;
  readonly notes: readonly string[];
}

/** @throws a request error where a run does not tell a level that others differ in, or where nothing tells runs apart */
export function chooseFactors(told: readonly ToldRun[], choices: Choices): Factors {
  const paths = [...new Set(told.flatMap(({ values }) => Object.keys(values)))];
  const held: Record<string, LevelValue> = {};
  const varied: string[] = [];
  const partly: string[] = [];
  const notes: string[] = [];
  for (const path of paths) {
    const levels = told.flatMap(({ values }) => (values[path] === undefined ? [] : [values[path]]));
    const different = new Set(levels.map(levelKey)).size;
    if (different === 1 && levels.length === told.length) held[path] = levels[0]!;
    else if (different === 1) partly.push(path);
    else if (isName(path, levels, told)) notes.push(`${path} is another text in every run: a name, no level`);
    else varied.push(path);
  }
  // Told by its own column everywhere or nowhere: a rate that follows a schedule is a curve.
  const counts = (path: string) => !(path === 'training.epochs' && choices.until !== undefined);
  const known = varied.filter(counts);
  for (const path of known) refuseGap(path, told);
  refusePartly(partly.filter(counts), told);
  refuseUnknown(told, known);
  const keys = new Map(
    known.map((path) => [
      path,
      studyPath(
        path,
        told.map(({ values }) => values[path]!),
      ),
    ]),
  );
  const factors = told.map(({ values }) =>
    Object.fromEntries(known.map((path) => [keys.get(path)!, values[path]!])),
  );
  const own = Object.fromEntries(
    Object.entries(held).filter(
      ([path, level]) => studyPath(path, [level]) === path && path !== 'training.epochs',
    ),
  );
  return { factors, held: own, notes: [...notes, ...wordNotes(told)] };
}

/** A text that no two runs share, beside something that does tell them apart. */
function isName(path: string, levels: readonly LevelValue[], told: readonly ToldRun[]): boolean {
  const unique = new Set(levels.map(levelKey)).size === told.length;
  const texts = levels.every((level) => typeof level === 'string');
  return (
    told.length > 2 &&
    unique &&
    texts &&
    told.some(({ values }) => Object.keys(values).some((other) => other !== path))
  );
}

function refuseGap(path: string, told: readonly ToldRun[]): void {
  const without = told.find(({ values }) => values[path] === undefined);
  const having = told.find(({ values }) => values[path] !== undefined);
  if (without === undefined || having === undefined) return;
  throw requestError({
    what: `a run does not tell its level of ${path}, in which others differ`,
    where: without.run.name,
    rule: 'every run tells every factor',
    value: `${having.run.name}: ${levelLabel(having.values[path]!)} (${having.from[path]})`,
    advice: `a template that fits all names (--levels), a table of runs (--runs), what it means to tell none (--absent '${path}=LEVEL'), --ignore ${path}, or --leave-out that file`,
  });
}

/**
 * Hyperparameters that some runs tell, all the same, and others do not: one level for all, or another one where none is
 * told.
 */
function refusePartly(paths: readonly string[], told: readonly ToldRun[]): void {
  const [path] = paths;
  if (path === undefined) return;
  const having = told.find(({ values }) => values[path] !== undefined)!;
  const without = told.find(({ values }) => values[path] === undefined)!;
  const shown = paths.slice(0, 12);
  const all = (option: (path: string) => string) => shown.map(option).join(' ');
  throw requestError({
    what: `some runs tell ${shown.join(', ')}${paths.length > shown.length ? ' and more' : ''}, and others do not`,
    where: `${having.run.name} and ${without.run.name}`,
    rule: 'what is one in all runs is told by all of them, or by none',
    value: `${path}: ${levelLabel(having.values[path]!)} (${having.from[path]}) and nothing`,
    advice: `${all((one) => `--absent '${one}=LEVEL'`)}: the level of runs that tell none (the same one, or another); ${all((one) => `--ignore ${one}`)}: no hyperparameter of this study`,
  });
}

/** Names that differ in a part that was not understood: levels that nobody told, or names of repeats. */
function refuseUnknown(told: readonly ToldRun[], known: readonly string[]): void {
  const unclear = told.find(({ rest }) => holdsUnclearLevel(rest));
  if (unclear !== undefined) {
    throw requestError({
      what: 'a name holds a level that cannot be read for certain',
      where: unclear.run.name,
      value: unclear.rest,
      advice:
        "say what it means: --levels 'lr_{learningRate}_s{seed}' and --means '0,1=0.1' (--means '0_1=0.1'), or --runs TABLE",
    });
  }
  if (told.length === 1) return;
  const tells = known.length > 0 || told.some(({ seed }) => seed !== null);
  if (!tells) {
    throw requestError({
      what: 'nothing tells the levels of the runs',
      where: told
        .slice(0, 6)
        .map(({ run }) => run.name)
        .join(', '),
      rule: 'names of files or folders, columns, or a file of hyperparameters beside each log',
      advice: `--levels 'lr_{learningRate}_s{seed}' for names, --runs TABLE for a table of runs; repeats of one configuration: --levels '${repeatsTemplate(told)}'`,
    });
  }
  const groups = new Map<string, ToldRun[]>();
  for (const one of told) {
    const key = known.map((path) => levelKey(one.values[path]!)).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  for (const group of groups.values()) refuseWords(group);
}

/** Where the names of runs differ in a number, the template that takes it for the seed: `run_{seed}`. */
function repeatsTemplate(told: readonly ToldRun[]): string {
  const names = ownSegments(told.map(({ run }) => run.name));
  const [first] = names;
  const at = first!.findIndex((segment, i) => names.some((other) => other[i] !== segment));
  const template = first![Math.max(0, at)]!.replace(/\d+(?=\D*$)/, '{seed}');
  return template.includes('{seed}') ? template : '{seed}';
}
