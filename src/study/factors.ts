/** Factors of a study file -> levels that are known to be possible. */
import { hashName, RandomStream } from '../base/random.js';
import { configurationSchema } from './configuration.js';
import { listKeys } from './keys.js';
import { canonicalLevel, withLevels } from './levels.js';
import { canonicalJson } from './paths.js';
import { nearestOf, type Problem, valueText } from './problems.js';
import type { FactorInput } from './schema.js';
import type { Factor, FactorRange, LevelValue, MethodConfiguration, RunConfiguration } from './types.js';

const keys = listKeys(configurationSchema);

/** Paths that can be factors, in the schema's order. */
export const factorPaths: readonly string[] = keys.filter((one) => one.changesResults).map((one) => one.path);

/** A hyperparameter of imported runs that has no key here: `imported.dropout`. */
export function isImportedPath(path: string): boolean {
  return /^imported\.[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(path);
}

/** What is wrong with a path as a factor, or `null`. */
export function checkFactorPath(path: string, where: string): Problem | null {
  if (factorPaths.includes(path) || isImportedPath(path)) return null;
  if (keys.some((one) => one.path === path)) {
    return {
      path: where,
      what: `${path} changes no result`,
      rule: 'a key that changes results',
      value: path,
    };
  }
  const tail = factorPaths.find((one) => one.endsWith(`.${path.slice(path.lastIndexOf('.') + 1)}`));
  const nearest = tail ?? nearestOf(path, factorPaths);
  return {
    path: where,
    what: `there is no key ${path} that could be varied`,
    rule: 'the path of a key of dataset, network, training or baseline, as training.batchSize',
    value: path,
    ...(nearest === undefined ? {} : { nearest }),
  };
}

/** A factor with its levels, or what is wrong with it. */
export function resolveFactor(
  path: string,
  input: FactorInput,
  base: RunConfiguration,
  method: MethodConfiguration,
): { readonly factor: Factor } | { readonly problems: Problem[] } {
  const where = `factors.${path}`;
  const bad = checkFactorPath(path, where);
  if (bad !== null) return { problems: [bad] };
  const role = Array.isArray(input) ? 'scientific' : input.role;
  const range = Array.isArray(input) || 'values' in input ? null : rangeOf(input);
  if (range !== null) {
    const problems = rangeProblems(path, range, role, method);
    if (problems.length > 0) return { problems };
  }
  const written = range === null ? listed(input) : drawRange(path, range, method);
  if (role === 'fixed' && written.length !== 1) {
    return {
      problems: [
        { path: where, what: 'a fixed factor is held', rule: 'one value', value: valueText(written) },
      ],
    };
  }
  const problems: Problem[] = [];
  const levels = new Map<string, LevelValue>();
  for (const [i, level] of written.entries()) {
    const result = withLevels(base, { [path]: level });
    if ('problems' in result) problems.push(...result.problems.map((one) => atLevel(one, path, i)));
    else {
      const canonical = canonicalLevel(result.configuration, path, level);
      levels.set(canonicalJson(canonical), canonical);
    }
  }
  if (problems.length > 0) return { problems };
  // Draws are kept as drawn, repeats included: draw t of every factor belongs to trial t.
  const all = range === null ? [...levels.values()] : (written as LevelValue[]);
  return { factor: { path, role, levels: all, range } };
}

function listed(input: FactorInput): readonly unknown[] {
  if (Array.isArray(input)) return input;
  return 'values' in input ? input.values : [];
}

function rangeOf(input: {
  readonly min: number;
  readonly max: number;
  readonly distribution: FactorRange['distribution'];
}): FactorRange {
  return { min: input.min, max: input.max, distribution: input.distribution };
}

/** Tells a level's problem where the level stands in the file. */
export function atLevel(problem: Problem, factor: string, index: number): Problem {
  const inside = problem.path === factor || problem.path.startsWith(`${factor}.`);
  if (inside) return { ...problem, path: `factors.${factor}.${index}${problem.path.slice(factor.length)}` };
  return {
    ...problem,
    path: `factors.${factor}.${index}`,
    what: `with this level, ${problem.path}: ${problem.what}`,
  };
}

function rangeProblems(
  path: string,
  range: FactorRange,
  role: Factor['role'],
  method: MethodConfiguration,
): Problem[] {
  const where = `factors.${path}`;
  const value = valueText(range);
  const problems: Problem[] = [];
  const add = (what: string, rule: string) => problems.push({ path: where, what, rule, value });
  if (!(range.min < range.max)) add('this range is empty', 'min below max');
  if (range.distribution === 'log-uniform' && range.min <= 0)
    add('this range has no logarithm', 'min above 0');
  if (range.distribution === 'int' && !(Number.isInteger(range.min) && Number.isInteger(range.max))) {
    add('the bounds are not whole', 'whole numbers for min and max');
  }
  if (role === 'fixed') add('a fixed factor is held', 'one value');
  if (role === 'scientific' && method.name !== 'random') {
    add('a range is drawn from', 'method random, or role nuisance; else list the values');
  }
  if (problems.length === 0 && method.trials === undefined) {
    problems.push({
      path: 'method.trials',
      what: `${path} is drawn from a range, and the number of draws is missing`,
      rule: 'method: { name, trials, seed }',
      value: null,
    });
  }
  return problems;
}

/** The stream that a factor's draws come from: another factor more or less changes no draw. */
export function searchStream(method: MethodConfiguration, path: string): RandomStream {
  return new RandomStream(method.seed ?? 0, 'search', hashName(path));
}

/**
 * Draws of a range, one per trial. Rounded to 4 significant digits of the range, which keeps them readable and the same
 * on machines whose logarithms differ in the last place.
 */
export function drawRange(path: string, range: FactorRange, method: MethodConfiguration): number[] {
  const stream = searchStream(method, path);
  const { min, max, distribution } = range;
  return Array.from({ length: method.trials ?? 0 }, (_, t) => {
    if (distribution === 'int') return min + stream.integer(t, max - min + 1);
    const u = stream.uniform(t);
    const value = distribution === 'uniform' ? min + u * (max - min) : min * (max / min) ** u;
    const narrow = Math.ceil(Math.log10(Math.max(Math.abs(min), Math.abs(max)) / (max - min)));
    const rounded = Number(value.toPrecision(Math.min(15, 4 + Math.max(0, narrow))));
    return Math.min(max, Math.max(min, rounded));
  });
}
