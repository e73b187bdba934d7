/** Study -> trials -> runs. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { dependsOnTotal } from '../optim/schedule.js';
import { formatLevel } from './format.js';
import { withLevels } from './parse.js';
import { keyMarks } from './schema.js';
import type { Factor, LevelValue, ResolvedStudy, Run, RunConfiguration, RunSeed, Trial } from './types.js';

type Levels = Readonly<Record<string, LevelValue>>;

/** Text of a value with sorted keys: equal values give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
    .join(',')}}`;
}

export function levelAt(configuration: RunConfiguration, path: string): LevelValue {
  let at: unknown = configuration;
  for (const key of path.split('.')) at = (at as Record<string, unknown>)[key];
  return at as LevelValue;
}

/** One-factor: the baseline once, then one trial per other level. Grid: all combinations. Then `trials:`. */
export function expandTrials(study: ResolvedStudy): Trial[] {
  const chosen = designLevels(study);
  const trials: Trial[] = [];
  const known = new Set<string>();
  const add = (levels: Levels, isExplicit: boolean) => {
    const configuration = withLevels(study.baseline, levels, 'trials');
    const key = canonical(configuration);
    if (known.has(key)) return;
    known.add(key);
    trials.push(makeTrial(study, configuration, levels, { index: trials.length, isExplicit }));
  };
  for (const levels of chosen) add(levels, false);
  for (const levels of study.trials) add(levels, true);
  return trials;
}

function designLevels({ method, factors }: ResolvedStudy): Levels[] {
  if (method.name === 'one-factor') {
    return [{}, ...factors.flatMap(({ path, levels }) => levels.map((level) => ({ [path]: level })))];
  }
  const crossed =
    method.name === 'grid'
      ? factors
      : factors.filter((factor) => factor.role !== 'nuisance' && factor.range === null);
  const sampled = factors.filter((factor) => !crossed.includes(factor));
  const combinations = crossed.reduce<Levels[]>(
    (all, { path, levels }) => all.flatMap((one) => levels.map((level) => ({ ...one, [path]: level }))),
    [{}],
  );
  if (sampled.length === 0) return combinations;
  const draws = Math.max(
    ...sampled.map(({ levels, range }) =>
      range === null ? (method.trials ?? levels.length) : levels.length,
    ),
  );
  return combinations.flatMap((one) =>
    Array.from({ length: draws }, (_, i) => ({ ...one, ...drawn(sampled, i) })),
  );
}

function drawn(factors: readonly Factor[], index: number): Levels {
  return Object.fromEntries(factors.map(({ path, levels }) => [path, levels[index % levels.length]]));
}

function makeTrial(
  study: ResolvedStudy,
  configuration: RunConfiguration,
  given: Levels,
  place: { readonly index: number; readonly isExplicit: boolean },
): Trial {
  const paths = [...new Set([...study.factors.map(({ path }) => path), ...Object.keys(given)])];
  const levels = Object.fromEntries(paths.map((path) => [path, levelAt(configuration, path)]));
  const isBaseline = canonical(configuration) === canonical(study.baseline);
  const differing = paths.filter(
    (path) => canonical(levelAt(configuration, path)) !== canonical(levelAt(study.baseline, path)),
  );
  const named = study.method.name === 'one-factor' ? differing : paths;
  const name =
    named.length === 0
      ? 'baseline'
      : named.map((path) => `${lastKey(path)}=${formatLevel(levels[path])}`).join(',');
  return { ...place, name, levels, isBaseline, configuration };
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/**
 * sha256 over what decides a run's result: configuration, seed, checksum of the dataset. Left out are keys that change
 * no result, and the number of epochs where the schedule does not depend on it: such a run continues with more epochs.
 */
export function fingerprint(configuration: RunConfiguration, seed: RunSeed, checksum: string): string {
  const counted = structuredClone(configuration) as unknown as Record<string, Record<string, unknown>>;
  for (const [path, { result }] of Object.entries(keyMarks)) {
    const [section, key] = path.split('.');
    if (result === false) delete counted[section][key];
  }
  if (!dependsOnTotal(configuration.schedule)) delete counted.training.epochs;
  const streams = { data: seed.data, initial: seed.initial };
  return bytesToHex(
    sha256(utf8ToBytes(canonical({ configuration: counted, seed: streams, dataset: checksum }))),
  );
}

/** Every trial with every seed. */
export function planRuns(study: ResolvedStudy, checksum: string): Run[] {
  return expandTrials(study).flatMap((trial) =>
    study.seeds.map((seed) => {
      const print = fingerprint(trial.configuration, seed, checksum);
      const readable = `${trial.name},seed=${seed.label}`.replace(/[^A-Za-z0-9=.,+_-]+/g, '_').slice(0, 80);
      return { id: `${readable}-${print.slice(0, 8)}`, trial, seed, fingerprint: print };
    }),
  );
}
