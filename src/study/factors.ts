/** Factors of a study file -> levels that are known to be possible. */
import { hashName, RandomStream } from '../base/random.js';
import { configurationSchema } from './configuration.js';
import { listKeys, namesAt } from './keys.js';
import { canonicalLevel, withLevels } from './levels.js';
import { canonicalJson } from './paths.js';
import { nearestOf, type Problem, valueText } from './problems.js';
import type { FactorInput } from './schema.js';
import type { Factor, FactorRange, LevelValue, MethodConfiguration, RunConfiguration } from './types.js';
import { keyOfOtherTools } from './usualNames.js';
import { valueText as argumentText } from './values.js';

const keys = listKeys(configurationSchema);

/** Paths that can be factors, in the schema's order. */
export const factorPaths: readonly string[] = keys.filter((one) => one.changesResults).map((one) => one.path);

/** A hyperparameter of imported runs that has no key here: `imported.dropout`. */
function isImportedPath(path: string): boolean {
  return /^imported\.[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(path);
}

/** What is wrong with a path as a factor, or `null`. A command takes any names. */
export function checkFactorPath(path: string, where: string, base?: RunConfiguration): Problem | null {
  if (base?.command !== undefined) return null;
  if (factorPaths.includes(path) || isImportedPath(path)) return null;
  if (keys.some((one) => one.path === path)) {
    return {
      path: where,
      what: `${path} changes no result`,
      rule: 'a key that changes results',
      value: path,
    };
  }
  const nearest = nearestPath(path);
  const isSeed = keyOfOtherTools(path) === 'seeds' || path === 'seeds';
  return {
    path: where,
    what: `there is no key ${path} that could be varied`,
    rule: 'the path of a key of dataset, network, training or baseline, as training.batchSize',
    value: path,
    ...(isSeed
      ? { advice: 'seeds are repeats and no factor: seeds: 5, or seeds: [0, 1, 2]' }
      : nearest === undefined
        ? {}
        : { nearest }),
  };
}

/** `lr` -> learningRate; `batchSize` -> training.batchSize; `schedule.name` -> schedule. */
function nearestPath(path: string): string | undefined {
  const last = path.slice(path.lastIndexOf('.') + 1);
  const usual = keyOfOtherTools(last)?.replace(/^baseline\./, '');
  if (usual !== undefined && factorPaths.includes(usual)) return usual;
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  if (last === 'name' && factorPaths.includes(parent)) return parent;
  return factorPaths.find((one) => one.endsWith(`.${last}`)) ?? nearestOf(path, factorPaths);
}

/** A factor with its levels, or what is wrong with it. */
export function resolveFactor(
  path: string,
  input: FactorInput,
  base: RunConfiguration,
  method: MethodConfiguration,
): { readonly factor: Factor } | { readonly problems: Problem[] } {
  const where = `factors.${path}`;
  const bad = checkFactorPath(path, where, base);
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
  const checked = checkLevels(path, written, base, range === null);
  if ('problems' in checked) return { problems: nameProblem(where, path, written, base) ?? checked.problems };
  // Draws are kept as drawn, repeats included: draw t of every factor belongs to trial t.
  return {
    factor: { path, role, levels: range === null ? checked.levels : (written as LevelValue[]), range },
  };
}

/** The levels in their canonical form; or what is wrong with them, a level that stands twice included. */
function checkLevels(
  path: string,
  written: readonly unknown[],
  base: RunConfiguration,
  isListed: boolean,
): { readonly levels: LevelValue[] } | { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const levels = new Map<string, { readonly level: LevelValue; readonly index: number }>();
  for (const [i, level] of written.entries()) {
    const result = withLevels(base, { [path]: level });
    if ('problems' in result) {
      for (const one of result.problems) problems.push(atLevel(one, path, i));
      continue;
    }
    const canonical = canonicalLevel(result.configuration, path, level);
    // A command gets 0.1 and '0.1' as the same argument.
    const key = base.command === undefined ? canonicalJson(canonical) : argumentText(canonical);
    const before = levels.get(key);
    if (before === undefined) levels.set(key, { level: canonical, index: i });
    else if (isListed) problems.push(repeatedLevel(path, canonical, i, before.index));
  }
  return problems.length > 0 ? { problems } : { levels: [...levels.values()].map(({ level }) => level) };
}

function repeatedLevel(path: string, level: LevelValue, i: number, before: number): Problem {
  return {
    path: `factors.${path}.${i}`,
    what: `this level is the same as factors.${path}.${before}`,
    rule: 'each level once; more runs of one level are more seeds',
    value: valueText(level),
    advice: typeof level === 'number' ? 'take one away; decimals have a point: 0.05' : 'take one away',
  };
}

/**
 * A choice with keys of its own (an optimizer, a network) varied by its name only: the baseline's keys do not fit the
 * other levels, and nobody wrote them. `null` where that is not what is wrong.
 */
export function nameProblem(
  where: string,
  path: string,
  names: readonly unknown[],
  base: RunConfiguration,
): Problem[] | null {
  const choice = path.slice(0, -'.name'.length);
  const possible = namesAt(configurationSchema, choice.split('.'));
  if (!path.endsWith('.name') || !names.every((name) => possible.some((one) => one === name))) return null;
  if (names.every((name) => 'configuration' in withLevels(base, { [path]: name }))) return null;
  const whole = names.map((name) => `{ name: ${String(name)} }`).join(', ');
  return [
    {
      path: where,
      what: `the levels of ${choice} have keys of their own, so its name cannot be varied alone`,
      rule: `the levels of ${choice} as a whole, each with its name`,
      value: valueText(names),
      advice: `write ${choice}: ${names.length === 1 ? whole : `[${whole}]`}`,
    },
  ];
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
function atLevel(problem: Problem, factor: string, index: number): Problem {
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
function drawRange(path: string, range: FactorRange, method: MethodConfiguration): number[] {
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
