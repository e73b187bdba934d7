/** The text of a study file -> a resolved study, or one error that tells all its problems. */
import { requestError } from '../base/errors.js';
import {
  commandBaseline,
  commandNameProblems,
  commandValueProblems,
  metricGoalProblems,
  trainerProblem,
  unquotedPlaceholder,
} from './commandStudy.js';
import { baselineKeys, configurationSchema, resolvedConfiguration } from './configuration.js';
import { equalLevel } from './design.js';
import { resolveFactor } from './factors.js';
import { helpFor } from './keyReference.js';
import { metricOf } from './metrics.js';
import { applyOverrides, holds, type Override } from './overrides.js';
import { resolveMethod, resolveMetric, resolveOwnMetric, resolveSeeds, resolveSelection } from './parts.js';
import { getPath, isPlainObject, type PlainObject, setPath } from './paths.js';
import { isResolved, readStudyObject, type StudyObject } from './plain.js';
import { check, type Problem, problemsError } from './problems.js';
import { readStudyText, type StudyText } from './read.js';
import { crossChecks, testMetricProblem } from './rules.js';
import { commandFileSchema, type StudyFile, studyFileSchema, studyFormatVersion } from './schema.js';
import { resolveTrials } from './trials.js';
import type {
  Factor,
  LevelValue,
  MethodConfiguration,
  MetricConfiguration,
  ResolvedStudy,
  RunConfiguration,
} from './types.js';
import { namedValue, withValues } from './values.js';

export interface ParseOptions {
  /** What errors call the study. Default: `the study file` for a text, `the study` for an object. */
  readonly file?: string | undefined;
  /** `key=value` settings that override keys of the file. */
  readonly set?: readonly string[] | undefined;
  /** A study.yaml that was written as a record: trials that repeat each other are not told any more. */
  readonly isRecord?: boolean | undefined;
}

/**
 * Reads, overrides, validates and resolves a study: the text of a study file, or the same as a plain object. A study
 * that was resolved already is taken as well.
 * @throws one request error for everything that is wrong: each with path, rule, value, and nearest valid key
 */
export function parseStudy(
  study: string | StudyObject | ResolvedStudy,
  options: ParseOptions = {},
): ResolvedStudy {
  const isText = typeof study === 'string';
  if (isText) refusePath(study);
  const file = options.file ?? (isText ? 'the study file' : 'the study');
  const { data, lineOf } = isText ? readStudyText(study, file) : readStudyObject(study, file);
  const isRecord = options.isRecord ?? (!isText && isResolved(study));
  const overrides = applyOverrides(data, options.set ?? []);
  checkVersion(data, file);
  dropEmptyKeys(data);
  const result = resolve(data, isRecord);
  if (!('problems' in result)) return result.study;
  throw problemsError(
    result.problems.map((problem) => helped(located(problem, overrides, lineOf))),
    file,
  );
}

/** A path in place of the text that lies there would be read as a text of one word. */
function refusePath(text: string): void {
  if (!/^\S[^\n:{]*\.ya?ml$/i.test(text.trim())) return;
  throw requestError({
    what: 'this is the path of a study file, and not its text',
    rule: 'the text of a study file, or an object with its keys',
    value: text,
    advice: 'readStudyFile(path) reads the file; runStudy takes its path as studyFile',
  });
}

/** Where a problem comes from: a `--set`, or a line of the file. */
function located(problem: Problem, overrides: readonly Override[], lineOf: StudyText['lineOf']): Problem {
  const { path } = problem;
  const set =
    overrides.find((one) => holds(one.path, path)) ?? overrides.find((one) => holds(path, one.path));
  if (set !== undefined) return { ...problem, setting: set.setting };
  const line = lineOf(path.split('.'));
  return line === undefined ? problem : { ...problem, line };
}

/** Something to do about each: at least the command that tells what its key may be. */
function helped(problem: Problem): Problem {
  if (problem.advice !== undefined || problem.nearest !== undefined) return problem;
  return { ...problem, advice: helpFor(problem.path) };
}

function checkVersion(data: PlainObject, file: string): void {
  const version = data.formatVersion;
  if (typeof version !== 'number' || version <= studyFormatVersion) return;
  throw requestError({
    what: `${file} was written by a newer version of Ceteris`,
    where: `${file}: formatVersion`,
    rule: `at most ${studyFormatVersion}`,
    value: String(version),
    advice: 'update Ceteris',
  });
}

/** A key without a value (`baseline:`) is a key that is not there. */
function dropEmptyKeys(data: PlainObject): void {
  const { baseline } = data;
  // To a command null may be a value as others are.
  const inner = isPlainObject(baseline) && !isPlainObject(data.trainer) ? [baseline] : [];
  for (const part of [data, ...inner]) {
    for (const [name, value] of Object.entries(part)) if (value === null) delete part[name];
  }
}

type Outcome<T> = T | { readonly problems: Problem[] };

function resolve(data: PlainObject, isRecord: boolean): Outcome<{ readonly study: ResolvedStudy }> {
  const wrongTrainer = trainerProblem(data);
  if (wrongTrainer !== null) return { problems: [wrongTrainer] };
  const isCommand = isPlainObject(data.trainer);
  const checked: Outcome<{ readonly value: StudyFile }> = isCommand
    ? check(commandFileSchema, data)
    : check(studyFileSchema, data);
  const base = isCommand ? commandBaseline(data) : baseConfiguration(data);
  if ('problems' in checked) {
    // Levels are checked as far as they can be read, so that all problems are told at once.
    const more = base === null ? [] : loneFactorProblems(data, base);
    if (isCommand)
      return { problems: [...commandNameProblems(data), ...checked.problems.map(unquotedPlaceholder)] };
    return { problems: [...checked.problems.map(testMetricProblem), ...more] };
  }
  const strange = isCommand ? commandValueProblems(data) : [];
  if (strange.length > 0) return { problems: strange };
  if (base === null) throw new Error('a valid file has a valid configuration');
  return resolveFile(checked.value, data, base, isRecord);
}

/** The file's configuration; `null` where it has problems (which the file's own schema tells). */
function baseConfiguration(data: PlainObject): RunConfiguration | null {
  const { dataset, network, training, imported } = data;
  const baseline = isPlainObject(data.baseline) ? data.baseline : {};
  const input = Object.fromEntries(
    Object.entries({ dataset, network, training, imported, ...baseline }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const parsed = configurationSchema.safeParse(input);
  return parsed.success ? resolvedConfiguration(parsed.data) : null;
}

function loneFactorProblems(data: PlainObject, base: RunConfiguration): Problem[] {
  const lone = check(studyFileSchema.shape.factors, data.factors, ['factors']);
  const method = check(studyFileSchema.shape.method, data.method);
  if ('problems' in lone || 'problems' in method) return [];
  const resolved = resolveFactors(lone.value, base, resolveMethod(method.value));
  return 'problems' in resolved ? resolved.problems : [];
}

function resolveFactors(
  input: StudyFile['factors'],
  base: RunConfiguration,
  method: MethodConfiguration,
): Outcome<{ readonly factors: Factor[] }> {
  const results = Object.entries(input).map(([path, one]) => resolveFactor(path, one, base, method));
  const problems = results.flatMap((one) => ('problems' in one ? one.problems : []));
  if (problems.length > 0) return { problems };
  return { factors: results.flatMap((one) => ('factor' in one ? [one.factor] : [])) };
}

function resolveFile(
  file: StudyFile,
  data: PlainObject,
  base: RunConfiguration,
  isRecord: boolean,
): Outcome<{ study: ResolvedStudy }> {
  const method = resolveMethod(file.method);
  const resolved = resolveFactors(file.factors, base, method);
  if ('problems' in resolved) {
    const alone = resolveTrials(file.trials, base, [], isRecord);
    return { problems: [...resolved.problems, ...('problems' in alone ? alone.problems : [])] };
  }
  const { factors } = resolved;
  const isCommand = base.command !== undefined;
  const toMetric = isCommand ? resolveOwnMetric : resolveMetric;
  const placed = placeBaseline(data, base, factors, method);
  if ('problems' in placed) return placed;
  const { baseline } = placed;
  const trials = resolveTrials(file.trials, baseline, factors, isRecord);
  if ('problems' in trials) return trials;
  const scientific = factors.filter((factor) => factor.role === 'scientific').map((factor) => factor.path);
  const pairs = scientific.flatMap((a, i) => scientific.slice(i + 1).map((b) => [a, b] as const));
  const seeds = resolveSeeds(file.seeds ?? (factors.length === 0 ? 1 : 3));
  const metric = toMetric(file.metric);
  const selects = factors.some((factor) => factor.role === 'nuisance');
  if (!selects && file.selection !== undefined) return { problems: [nothingToSelect] };
  const study: ResolvedStudy = {
    formatVersion: studyFormatVersion,
    name: file.name,
    question: file.question,
    trainer: file.trainer,
    method,
    baseline,
    factors,
    trials: trials.trials,
    ...seeds,
    metric,
    selection: selects ? resolveSelection(file.selection, metric, seeds, toMetric) : null,
    smallestEffect: file.smallestEffect ?? 1,
    pairing: file.pairing,
    interactions: file.interactions ?? (method.name === 'grid' ? pairs : []),
    launcher: file.launcher ?? null,
    report: file.report,
  };
  const withoutEffect = metricOf(metric.name).unit !== 'accuracy' && file.smallestEffect === undefined;
  const problems = [
    ...(isCommand ? [...commandNameProblems(data), ...metricGoalProblems(file.metric)] : []),
    ...crossChecks(study),
    ...(withoutEffect ? [lossWithoutEffect(metric)] : []),
  ];
  return problems.length > 0 ? { problems } : { study };
}

/** One point is small among accuracies; no number is small for losses of every size. */
function lossWithoutEffect({ name }: MetricConfiguration): Problem {
  const isLoss = metricOf(name).unit === 'loss';
  return {
    path: 'smallestEffect',
    what: `${name} is ${isLoss ? 'a loss' : 'no accuracy'}, and the smallest difference of it that is worth knowing is not given`,
    rule: `a number${isLoss ? ' of nats' : ''} above 0, such as smallestEffect: 0.05; only accuracies have a default, 1 point`,
    value: null,
  };
}

const nothingToSelect: Problem = {
  path: 'selection',
  what: 'there is nothing to select from',
  rule: 'a study with a factor of role nuisance',
  value: null,
};

/**
 * The baseline: what the file gives, then the defaults; a crossed factor that has no baseline in the file takes its
 * first level, and a fixed factor its one level always.
 */
function placeBaseline(
  data: PlainObject,
  base: RunConfiguration,
  factors: readonly Factor[],
  method: MethodConfiguration,
): Outcome<{ readonly baseline: RunConfiguration }> {
  const input = configurationParts(data);
  const first: Record<string, LevelValue> = {};
  const problems: Problem[] = [];
  for (const factor of factors) {
    const { path, role, levels } = factor;
    const crossed = isCrossed(factor, factors, method);
    const written = writtenAt(data, base, path);
    const given = written !== undefined;
    const where = filePathOf(path, base).join('.');
    if (!given && base.command !== undefined && method.name === 'one-factor' && role === 'scientific') {
      problems.push(withoutBaseline(path, levels));
    }
    if (role === 'fixed' && given && !equalLevel(base, path, levels[0])) {
      const rule = `${JSON.stringify(levels[0])}, the one value of this fixed factor`;
      problems.push({
        path: where,
        what: 'the baseline differs',
        rule,
        value: JSON.stringify(written),
      });
    }
    if (crossed && given && !levels.some((level) => equalLevel(base, path, level))) {
      problems.push({
        path: where,
        what: 'where levels are combined the baseline is one of them',
        rule: `one of ${levels.map((level) => JSON.stringify(level)).join(', ')}`,
        value: JSON.stringify(written),
      });
    }
    if (!given && (role === 'fixed' || crossed)) first[path] = structuredClone(levels[0]);
  }
  if (problems.length > 0) return { problems };
  if (base.command !== undefined) {
    const values = withValues(base.command.values, first);
    return { baseline: { ...base, command: { ...base.command, values } } };
  }
  for (const [path, level] of Object.entries(first)) setPath(input, path.split('.'), level);
  const checked = check(configurationSchema, input);
  return 'problems' in checked ? checked : { baseline: resolvedConfiguration(checked.value) };
}

/**
 * Whether every combination of this factor's listed levels with the others' is a trial, and the baseline one of them: in
 * a grid; in a random search with nuisance factors, whose draws are made within each combination of scientific levels.
 */
function isCrossed(
  { role, range }: Factor,
  factors: readonly Factor[],
  { name }: MethodConfiguration,
): boolean {
  if (range !== null) return false;
  if (name === 'grid') return true;
  const searched = factors.some((factor) => factor.role === 'nuisance');
  return name === 'random' && searched && role === 'scientific';
}

/** The file's configuration as written, with the parts that a factor's path may reach into. */
function configurationParts(data: PlainObject): PlainObject {
  const { dataset, network = { name: 'mobilenet' }, training, imported, baseline } = data;
  const written = isPlainObject(training) ? training : {};
  const parts = { optimizer: { name: 'sgd' }, ...written };
  return structuredClone({
    dataset,
    network,
    training: parts,
    ...(imported === undefined ? {} : { imported }),
    ...(isPlainObject(baseline) ? baseline : {}),
  });
}

/** What the file says of a key; `undefined` where it leaves the key to its default. */
function writtenAt(data: PlainObject, base: RunConfiguration, path: string): unknown {
  if (base.command !== undefined) return namedValue(base.command.values, path);
  return getPath(data, filePathOf(path));
}

/** A command's names have no defaults. */
function withoutBaseline(path: string, levels: readonly LevelValue[]): Problem {
  return {
    path: 'baseline',
    what: `the baseline has no value for the factor ${path}`,
    rule: 'in a one-factor study the level of each factor while another one is varied',
    value: null,
    advice: `write baseline: { ${path}: ${JSON.stringify(levels[0])} }, or method: grid`,
  };
}

/** Where the file keeps a key of the configuration. */
export function filePathOf(path: string, base?: RunConfiguration): string[] {
  if (base?.command !== undefined) return ['baseline', path];
  const parts = path.split('.');
  return Object.hasOwn(baselineKeys, parts[0]) ? ['baseline', ...parts] : parts;
}
