/** A study -> its trials. */
import { requestError } from '../base/errors.js';
import { searchStream } from './factors.js';
import { formatLevel } from './format.js';
import { levelAt, withLevels } from './levels.js';
import { canonicalJson } from './paths.js';
import type { Factor, LevelValue, ResolvedStudy, RunConfiguration, Trial } from './types.js';

export type Levels = Readonly<Record<string, LevelValue>>;

const mostTrials = 10000;

/**
 * Every configuration that a study may train, in its order; equal ones once.
 * - `one-factor`: the baseline, then one trial per other level of each scientific factor.
 * - `grid`: every combination of the scientific levels, the first factor varying slowest.
 * - `random`: `trials` draws of all factors together; with nuisance factors, every combination of the scientific levels.
 * Within each combination of scientific levels the nuisance factors are searched with the same budget, at the same
 * points: `method.trials` draws, or every combination of their listed values where `method.trials` is not given.
 * Explicit trials follow.
 * @throws a request error above 10,000 trials
 */
export function expandTrials(study: ResolvedStudy): Trial[] {
  return trialsWith(study, designedLevels(study), study.trials);
}

/** The trials that the method makes, without the explicit ones. */
export function methodTrials(study: ResolvedStudy): Trial[] {
  return trialsWith(study, designedLevels(study), []);
}

/** Trials of given levels, then explicit ones; equal configurations once. */
export function trialsWith(
  study: ResolvedStudy,
  designed: readonly Levels[],
  explicit: readonly Levels[],
): Trial[] {
  const trials = new TrialList(study);
  for (const levels of designed) trials.add(levels, false);
  for (const levels of explicit) trials.add(levels, true);
  return trials.all;
}

function designedLevels(study: ResolvedStudy): Levels[] {
  const scientific = study.factors.filter((factor) => factor.role === 'scientific');
  const nuisance = study.factors.filter((factor) => factor.role === 'nuisance');
  const drawAll = study.method.name === 'random' && nuisance.length === 0;
  const outer = drawAll ? drawn(scientific, study) : scientificCombinations(scientific, study);
  const inner =
    study.method.trials !== undefined && nuisance.length > 0 ? drawn(nuisance, study) : product(nuisance);
  return outer.flatMap((outerLevels) => inner.map((innerLevels) => ({ ...outerLevels, ...innerLevels })));
}

function scientificCombinations(factors: readonly Factor[], study: ResolvedStudy): Levels[] {
  if (study.method.name !== 'one-factor') return product(factors);
  return [{}, ...factors.flatMap(({ path, levels }) => levels.map((level) => ({ [path]: level })))];
}

/** Every combination of the factors' levels; one empty combination of no factors. */
function product(factors: readonly Factor[]): Levels[] {
  const size = factors.reduce((all, { levels }) => all * levels.length, 1);
  if (size > mostTrials) throw tooMany(size);
  let combinations: Levels[] = [{}];
  for (const { path, levels } of factors) {
    combinations = combinations.flatMap((one) => levels.map((level) => ({ ...one, [path]: level })));
  }
  return combinations;
}

/** `method.trials` draws of all the factors together. */
function drawn(factors: readonly Factor[], study: ResolvedStudy): Levels[] {
  const { method } = study;
  if (factors.length === 0) return [{}];
  return Array.from({ length: method.trials ?? 0 }, (_, t) =>
    Object.fromEntries(
      factors.map(({ path, levels, range }) => [
        path,
        range === null ? levels[searchStream(method, path).integer(t, levels.length)] : levels[t],
      ]),
    ),
  );
}

function tooMany(size: number): Error {
  return requestError({
    what: 'the study has too many trials',
    where: 'factors',
    rule: `at most ${mostTrials}`,
    value: String(size),
    advice: 'use fewer levels, or method: { name: random, trials: 20 }',
  });
}

class TrialList {
  readonly all: Trial[] = [];
  readonly #study: ResolvedStudy;
  readonly #seen = new Set<string>();
  readonly #baseline: string;

  constructor(study: ResolvedStudy) {
    this.#study = study;
    this.#baseline = canonicalJson(study.baseline);
  }

  /** Adds the baseline with some levels set, unless its configuration is already there. */
  add(set: Levels, isExplicit: boolean): void {
    const configuration = trialConfiguration(this.#study.baseline, set);
    const text = canonicalJson(configuration);
    if (this.#seen.has(text)) return;
    this.#seen.add(text);
    if (this.all.length >= mostTrials) throw tooMany(this.all.length + 1);
    const levels = this.#levels(set, configuration);
    const searched = this.#study.selection !== null && !isExplicit;
    this.all.push({
      index: this.all.length,
      name: trialName(this.#study, levels, isExplicit),
      levels,
      isBaseline: searched ? !differs(this.#study, levels) : text === this.#baseline,
      isExplicit,
      configuration,
    });
  }

  /** Every factor's level, as its list of levels has it where it has it; then what an explicit trial sets besides. */
  #levels(set: Levels, configuration: RunConfiguration): Levels {
    const { factors, baseline } = this.#study;
    const known = factors.map(({ path, levels }) => {
      const level = path in set ? set[path] : baselineLevel(baseline, path, levels);
      return [path, level] as const;
    });
    const extra = Object.keys(set).filter((path) => !factors.some((factor) => factor.path === path));
    return Object.fromEntries([
      ...known,
      ...extra.map((path) => [path, levelAt(configuration, path)] as const),
    ]);
  }
}

/** Readable levels: in a one-factor study those that differ from the baseline; nuisance levels always, fixed ones never. */
export function trialName(study: ResolvedStudy, levels: Levels, isExplicit = false): string {
  const { factors, baseline, method } = study;
  const onlyDifferences = method.name === 'one-factor';
  const parts: string[] = [];
  for (const [path, level] of Object.entries(levels)) {
    const role = factors.find((one) => one.path === path)?.role;
    if (role === 'fixed') continue;
    if (!onlyDifferences || role === 'nuisance' || !equalLevel(baseline, path, level))
      parts.push(`${shortPath(path, Object.keys(levels))}=${formatLevel(level)}`);
  }
  const isNamedBaseline = (onlyDifferences && !differs(study, levels)) || (parts.length === 0 && !isExplicit);
  return [...(isNamedBaseline || parts.length === 0 ? ['baseline'] : []), ...parts].join(',');
}

/** Whether a level other than those of nuisance and fixed factors is not the baseline's. */
function differs({ factors, baseline }: ResolvedStudy, levels: Levels): boolean {
  return Object.entries(levels).some(([path, level]) => {
    const role = factors.find((one) => one.path === path)?.role;
    return role !== 'nuisance' && role !== 'fixed' && !equalLevel(baseline, path, level);
  });
}

/** The last part of a path, where it tells enough by itself. */
function shortPath(path: string, all: readonly string[]): string {
  const last = path.slice(path.lastIndexOf('.') + 1);
  const alike = all.filter((one) => one === last || one.endsWith(`.${last}`)).length;
  return alike > 1 || last === 'name' || last === 'seed' ? path : last;
}

/** The configuration of the baseline with some levels set. The study's levels have been checked one by one. */
function trialConfiguration(baseline: RunConfiguration, set: Levels): RunConfiguration {
  const result = withLevels(baseline, set);
  if ('configuration' in result) return result.configuration;
  const [first] = result.problems;
  throw requestError({
    what: 'a combination of levels is not possible',
    where: `trial ${Object.entries(set)
      .map(([path, level]) => `${path}=${formatLevel(level)}`)
      .join(',')}`,
    rule: `${first.path}: ${first.rule}`,
    ...(first.value === null ? {} : { value: first.value }),
  });
}

/** Whether a level leaves the configuration as it is. */
export function equalLevel(configuration: RunConfiguration, path: string, level: LevelValue): boolean {
  const result = withLevels(configuration, { [path]: level });
  return 'configuration' in result && canonicalJson(result.configuration) === canonicalJson(configuration);
}

/** The baseline's level of a factor, in the words of the factor's list where it is listed. */
export function baselineLevel(
  baseline: RunConfiguration,
  path: string,
  levels: readonly LevelValue[],
): LevelValue {
  return levels.find((level) => equalLevel(baseline, path, level)) ?? levelAt(baseline, path);
}
