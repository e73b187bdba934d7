/** Study file (YAML) -> ResolvedStudy: validated, with every default written out. */
import { closest } from 'fastest-levenshtein';
import { parseDocument } from 'yaml';
import { requestError } from '../base/errors.js';
import { parseSchedule } from '../optim/schedule.js';
import { schemaError } from './problems.js';
import { sampledValues } from './sample.js';
import { configurationSchema, type StudyFile, studyFileSchema } from './schema.js';
import type { Factor, LevelValue, ResolvedStudy, RunConfiguration, RunSeed } from './types.js';

export interface ParseOptions {
  /** Named in errors. */
  readonly file?: string;
  /** Overrides: `training.epochs=2`; the value is any YAML. */
  readonly set?: readonly string[];
}

/** @throws a request error that names every problem: path, rule, value, nearest valid key */
export function parseStudy(text: string, options: ParseOptions = {}): ResolvedStudy {
  const file = options.file ?? 'the study file';
  const input = readYaml(text, file);
  for (const assignment of options.set ?? []) applySet(input, assignment);
  const result = studyFileSchema.safeParse(input);
  if (!result.success) throw schemaError(result.error, studyFileSchema, input, file);
  return resolve(result.data, file);
}

function readYaml(text: string, where: string): Record<string, unknown> {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    const at = problem.linePos?.[0];
    throw requestError({
      what: 'this is not YAML',
      where: at === undefined ? where : `${where}, line ${at.line}, column ${at.col}`,
      rule: problem.message.split('\n')[0],
    });
  }
  const value: unknown = document.toJS();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw requestError({
      what: 'a study file is a list of keys and values',
      where,
      value: JSON.stringify(value),
    });
  }
  return value as Record<string, unknown>;
}

function applySet(target: Record<string, unknown>, assignment: string): void {
  const [, path, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
  if (path === undefined) {
    throw requestError({ what: '--set needs a key and a value', rule: 'key=value', value: assignment });
  }
  const keys = path.split('.');
  let at = target;
  for (const key of keys.slice(0, -1)) {
    if (at[key] === null || typeof at[key] !== 'object') at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  at[keys[keys.length - 1]] = parseDocument(text).toJS();
}

function resolve(file: StudyFile, where: string): ResolvedStudy {
  const method = typeof file.method === 'string' ? { name: file.method } : file.method;
  const draft = {
    dataset: file.dataset,
    network: file.network,
    training: file.training,
    ...file.baseline,
  };
  const factors = Object.entries(file.factors).map(([path, factor]) =>
    resolveFactor(path, factor, draft, method),
  );
  const base = checkConfiguration(draft, where);
  const baseline = method.name === 'one-factor' ? base : withLevels(base, firstLevels(factors), where);
  for (const factor of factors) {
    for (const level of factor.levels)
      withLevels(baseline, { [factor.path]: level }, `${where}, factors.${factor.path}`);
  }
  const { seeds, streams } = resolveSeeds(file.seeds);
  return {
    formatVersion: 1,
    name: file.name,
    question: file.question,
    method: { name: method.name, ...defined({ trials: method.trials, seed: method.seed }) },
    baseline,
    factors,
    trials: file.trials as ResolvedStudy['trials'],
    seeds,
    seedStreams: streams,
    metric: file.metric,
    smallestEffect: file.smallestEffect,
    pairing: file.pairing,
    interactions: file.interactions ?? defaultInteractions(method.name, factors),
    report: file.report,
  };
}

function defined<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept = Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== null);
  return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> };
}

function firstLevels(factors: readonly Factor[]): Record<string, LevelValue> {
  return Object.fromEntries(factors.map(({ path, levels }) => [path, levels[0]]));
}

function defaultInteractions(method: string, factors: readonly Factor[]): [string, string][] {
  if (method !== 'grid') return [];
  const paths = factors.filter(({ role }) => role === 'scientific').map(({ path }) => path);
  return paths.flatMap((a, i) => paths.slice(i + 1).map((b): [string, string] => [a, b]));
}

function resolveFactor(
  path: string,
  factor: StudyFile['factors'][string],
  draft: object,
  method: { readonly trials?: number | undefined; readonly seed?: number | undefined },
): Factor {
  checkPath(path, draft);
  if (Array.isArray(factor)) return { path, role: 'scientific', levels: factor as LevelValue[], range: null };
  if ('values' in factor)
    return { path, role: factor.role, levels: factor.values as LevelValue[], range: null };
  const { min, max, distribution, role } = factor;
  if (!(min < max) || (distribution === 'log-uniform' && min <= 0)) {
    throw requestError({
      what: 'the range of a factor is empty',
      where: `factors.${path}`,
      rule: distribution === 'log-uniform' ? '0 < min < max' : 'min < max',
      value: `min ${min}, max ${max}`,
    });
  }
  const range = { min, max, distribution };
  return { path, role, range, levels: sampledValues(path, range, method.trials ?? 8, method.seed ?? 0) };
}

/** Every path of a configuration that has a value. */
function pathsOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const nested = inner !== null && typeof inner === 'object' && !Array.isArray(inner);
    return [prefix + key, ...(nested ? pathsOf(inner, `${prefix}${key}.`) : [])];
  });
}

function checkPath(path: string, draft: object): void {
  const paths = pathsOf(draft);
  if (paths.includes(path)) return;
  throw requestError({
    what: 'a factor is no key of the configuration',
    where: `factors.${path}`,
    rule: `one of ${paths.join(', ')}`,
    value: path,
    advice: `did you mean ${closest(path, paths)}?`,
  });
}

function checkConfiguration(draft: unknown, where: string): RunConfiguration {
  const result = configurationSchema.safeParse(draft);
  if (!result.success) throw schemaError(result.error, configurationSchema, draft, where);
  const configuration = result.data as unknown as RunConfiguration;
  parseSchedule(configuration.schedule);
  return configuration;
}

/**
 * A configuration with some levels, by path.
 * @throws a request error where a level is impossible for its key
 */
export function withLevels(
  base: RunConfiguration,
  levels: Readonly<Record<string, LevelValue>>,
  where: string,
): RunConfiguration {
  const draft = structuredClone(base) as unknown as Record<string, unknown>;
  for (const [path, level] of Object.entries(levels)) {
    checkPath(path, base);
    const keys = path.split('.');
    let at = draft;
    for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[keys[keys.length - 1]] = level;
  }
  return checkConfiguration(draft, where);
}

function resolveSeeds(seeds: StudyFile['seeds']): {
  seeds: RunSeed[];
  streams: ResolvedStudy['seedStreams'];
} {
  const all = (label: number): RunSeed => ({ label, data: label, initial: label });
  if (typeof seeds === 'number')
    return { seeds: Array.from({ length: seeds }, (_, i) => all(i)), streams: 'all' };
  if (Array.isArray(seeds)) return { seeds: [...new Set(seeds)].map(all), streams: 'all' };
  const { data, initial } = seeds;
  if (Array.isArray(data) === Array.isArray(initial)) {
    throw requestError({
      what: 'seeds by stream vary one stream',
      where: 'seeds',
      rule: 'one of data and initial is a list, the other one number',
      value: JSON.stringify(seeds),
    });
  }
  if (Array.isArray(data)) {
    return {
      seeds: data.map((label) => ({ label, data: label, initial: initial as number })),
      streams: 'data',
    };
  }
  const labels = initial as number[];
  return { seeds: labels.map((label) => ({ label, data, initial: label })), streams: 'initial' };
}
