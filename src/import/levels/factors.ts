/** Which hyperparameters are factors: those that differ between runs. What is one everywhere is held. */

import { levelKey, levelLabel } from '../../analysis/words/labels.js';
import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';
import type { Choices } from '../choices.js';
import type { ToldRun } from './assign.js';
import { holdsUnclearLevel } from './fromNames.js';
import { studyPath } from './hyperparameters.js';

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
  const notes: string[] = [];
  for (const path of paths) {
    const levels = told.flatMap(({ values }) => (values[path] === undefined ? [] : [values[path]]));
    const different = new Set(levels.map(levelKey)).size;
    if (different === 1) held[path] = levels[0]!;
    else if (isName(path, levels, told)) notes.push(`${path} is another text in every run: a name, no level`);
    else varied.push(path);
  }
  // Told by its own column everywhere or nowhere: a rate that follows a schedule is a curve.
  const known = varied.filter((path) => !(path === 'training.epochs' && choices.until !== undefined));
  for (const path of known) refuseGap(path, told);
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
  return { factors, held: own, notes };
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
    advice: `a template that fits all names (--levels), a table of runs (--runs), or --ignore ${path}`,
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
        "say what it means: --levels 'lr_{learningRate}_s{seed}' and --means '0,1=0.1', or --runs TABLE",
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
      advice:
        "--levels 'lr_{learningRate}_s{seed}' for names, --runs TABLE for a table of runs; repeats of one configuration: --levels '{seed}'",
    });
  }
  const groups = new Map<string, ToldRun[]>();
  for (const one of told) {
    const key = known.map((path) => levelKey(one.values[path]!)).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  for (const group of groups.values()) refuseWords(group);
}

/**
 * Runs of equal levels whose names differ in words. Under common seeds they are one run twice, or an error of its own;
 * under seeds of their own, or none, the words may be levels.
 */
function refuseWords(group: readonly ToldRun[]): void {
  const byWords = new Map<string, { readonly first: ToldRun; readonly seeds: Set<unknown> }>();
  for (const one of group) {
    const words = one.rest.replace(/\d+/g, '');
    const own = byWords.get(words) ?? { first: one, seeds: new Set() };
    byWords.set(words, own);
    own.seeds.add(one.seed);
  }
  const [a, ...others] = byWords.values();
  const b = others.find(({ seeds }) => {
    const common = [...seeds].some((seed) => seed !== null && a!.seeds.has(seed));
    return !common;
  });
  if (a === undefined || b === undefined) return;
  throw requestError({
    what: 'the names of runs differ in a part that tells no known level',
    where: `${a.first.run.name} and ${b.first.run.name}`,
    value: `${a.first.rest || 'nothing'} and ${b.first.rest || 'nothing'}`,
    advice:
      "--levels 'lr_{learningRate}_{activation}_s{seed}' (`{_}` takes what means nothing), or --runs TABLE",
  });
}
