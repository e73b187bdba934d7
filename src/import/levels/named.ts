/** The hyperparameters that a file or a row of a table tells, where several names may mean one key. */

import { levelKey } from '../../analysis/words/labels.js';
import type { LevelValue } from '../../study/types.js';
import { hyperparameterName } from './files.js';
import { isUsualName, levelOf, levelPath } from './hyperparameters.js';
import { typedLevel } from './template.js';

type Values = Readonly<Record<string, LevelValue>>;

interface Named {
  /** As the file writes it, and without what says that a thing is named (`optimizer.name`). */
  readonly name: string;
  readonly kept: string;
  readonly level: LevelValue;
}

/**
 * Hyperparameters by their paths, without what tells where and how a run was executed. Of names that mean one path the
 * usual one has it, else the first that is not nested; the others keep their own name where they differ in any run.
 * @param apart what `namesApart` gives for all runs
 */
export function named(
  values: Values,
  seeds: string | undefined,
  apart: ReadonlySet<string>,
): Record<string, LevelValue> {
  const own: Record<string, LevelValue> = {};
  for (const [path, all] of byPath(values, seeds)) {
    const first = firstOf(path, all);
    own[path] = first.level;
    if (path === 'seed') continue;
    for (const one of all) {
      if (one === first || !(apart.has(one.name) || !sameValue(one.level, first.level))) continue;
      own[one.kept === path || one.kept === first.kept ? one.name : one.kept] = one.level;
    }
  }
  return own;
}

/** Names that tell another level than the first of their path in at least one run: `head.lr` beside `optimizer.lr`. */
export function namesApart(all: Iterable<Values>, seeds: string | undefined): ReadonlySet<string> {
  const apart = new Set<string>();
  for (const values of all)
    for (const [path, own] of byPath(values, seeds)) {
      if (own.length === 1) continue;
      const { level } = firstOf(path, own);
      for (const one of own) if (!sameValue(one.level, level)) apart.add(one.name);
    }
  return apart;
}

function byPath(values: Values, seeds: string | undefined): Map<string, Named[]> {
  const paths = new Map<string, Named[]>();
  for (const [name, value] of Object.entries(values)) {
    const kept = name === seeds ? 'seed' : hyperparameterName(name);
    if (kept === null) continue;
    const path = levelPath(kept);
    if (path === 'seed' && seeds !== undefined && name !== seeds) continue;
    const level = typeof value === 'string' ? typedLevel(path, value) : levelOf(path, value);
    const others = paths.get(path);
    if (others === undefined) paths.set(path, [{ name, kept, level }]);
    else others.push({ name, kept, level });
  }
  return paths;
}

function firstOf(path: string, all: readonly Named[]): Named {
  return (
    all.find(({ kept }) => isUsualName(path, kept)) ?? all.find(({ kept }) => !/[./]/.test(kept)) ?? all[0]!
  );
}

/** Equal to single precision: event files hold 0.1 as 0.10000000149. A seed may be `0` and 0.0. */
export function sameValue(a: LevelValue, b: LevelValue): boolean {
  if (levelKey(a) === levelKey(b)) return true;
  const [x, y] = [a, b].map((one) => (typeof one === 'string' && one.trim() !== '' ? Number(one) : one));
  if (typeof x !== 'number' || typeof y !== 'number') return false;
  return x === y || Math.fround(x) === Math.fround(y);
}
