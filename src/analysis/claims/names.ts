/** What claims name, held against what there is: measures, curves and levels of the engine, or of the study that a command trains. */

import { configurationSchema, resolvedConfiguration } from '../../study/configuration.js';
import { withLevels } from '../../study/levels.js';
import { curveMetrics } from '../../study/metrics.js';
import { isPlainObject } from '../../study/paths.js';
import { nearestOf, type Problem, valueText } from '../../study/problems.js';
import { ownMetricNames } from '../../study/studyMetrics.js';
import type { ResolvedStudy } from '../../study/types.js';
import { namedValue } from '../../study/values.js';
import { CURVE_VALUES, MEASURES } from '../measures/measures.js';
import type { Claim, ClaimsFile } from './schema.js';

/** The study that claims are held against, as far as names go; `null` where it is not known yet. */
export type NamingStudy = Pick<
  ResolvedStudy,
  'trainer' | 'baseline' | 'factors' | 'trials' | 'metric' | 'selection'
> | null;

/** What is wrong with the measures, curves and levels that a claims file names. */
export function nameProblems(file: ClaimsFile, study: NamingStudy): Problem[] {
  const checkLevels = levelCheck(file, study);
  const imported = Object.entries(file.importedAs).flatMap(([path, names]) =>
    Object.entries(names).flatMap(([name, level]) =>
      checkLevels({ [path]: level }, `importedAs.${path}.${name}`),
    ),
  );
  const known = knownNames(file, study);
  return [
    ...checkLevels(file.baseline, 'baseline'),
    ...imported,
    ...file.claims.flatMap((claim, i) => [
      ...claimLevels(claim, `claims.${i}`, checkLevels),
      ...(known === null ? [] : measureProblems(claim, `claims.${i}`, known)),
    ]),
  ];
}

/** What is wrong with levels that stand somewhere in a file. */
type LevelCheck = (levels: Readonly<Record<string, unknown>>, where: string) => Problem[];

function levelCheck({ trainer }: ClaimsFile, study: NamingStudy): LevelCheck {
  if (study !== null && study.trainer !== 'engine')
    return (levels, where) => commandProblems(levels, where, study);
  // A command takes any names and values, and which study it is of is not known.
  return trainer === 'command' ? () => [] : engineProblems;
}

const base = resolvedConfiguration(configurationSchema.parse({ dataset: { name: 'cifar100' } }));

/** Levels of keys that no configuration has, and values that none can have. */
function engineProblems(levels: Readonly<Record<string, unknown>>, where: string): Problem[] {
  const result = withLevels(base, levels);
  if (!('problems' in result)) return [];
  return result.problems.map((problem) => ({ ...problem, path: `${where}.${problem.path}` }));
}

/** Names that neither the baseline nor a factor of the study has; a value is any, and one that was not run is told so. */
function commandProblems(
  levels: Readonly<Record<string, unknown>>,
  where: string,
  { baseline, factors, trials }: NonNullable<NamingStudy>,
): Problem[] {
  const values = baseline.command?.values ?? {};
  const named = [
    ...factors.map(({ path }) => path),
    ...trials.flatMap((trial) => Object.keys(trial)),
    ...Object.keys(values),
  ];
  const known = [...new Set(named)];
  return Object.entries(levels)
    .filter(([name]) => !known.includes(name) && namedValue(values, name) === undefined)
    .map(([name, value]) => {
      const nearest = nearestOf(name, known);
      return {
        path: `${where}.${name}`,
        what: 'the study has no value of this name',
        rule: known.length === 0 ? 'a name of its baseline or factors' : `one of ${known.join(', ')}`,
        value: valueText(value),
        ...(nearest === undefined ? {} : { nearest }),
      };
    });
}

function claimLevels(claim: Claim, where: string, check: LevelCheck): Problem[] {
  const trialProblems = (trial: unknown, at: string) => (isPlainObject(trial) ? check(trial, at) : []);
  const named: [string, unknown][] = Object.entries(claim);
  return named.flatMap(([name, value]): Problem[] => {
    if (name === 'trial' || name === 'than') return trialProblems(value, `${where}.${name}`);
    if ((name === 'trials' || name === 'among') && Array.isArray(value))
      return value.flatMap((one, i) => trialProblems(one, `${where}.${name}.${i}`));
    if (name === 'criterion' && isPlainObject(value))
      return trialProblems(value.than, `${where}.criterion.than`);
    return [];
  });
}

interface KnownNames {
  readonly measures: readonly string[];
  readonly curves: readonly string[];
}

/** `null` where a command's metrics are spoken of, and the study that tells their names is not known. */
function knownNames({ trainer }: ClaimsFile, study: NamingStudy): KnownNames | null {
  if (study === null && trainer === 'command') return null;
  const own = study === null ? [] : ownMetricNames(study);
  const values = own.flatMap((name) => CURVE_VALUES.map((value) => `${name}.${value}`));
  return {
    measures: [...own, ...values, ...MEASURES.map(({ id }) => id)],
    curves: [...own, ...curveMetrics],
  };
}

function measureProblems(claim: Claim, where: string, known: KnownNames): Problem[] {
  const specs = [
    ['measure', 'measure' in claim ? claim.measure : undefined],
    ['thanMeasure', claim.kind === 'difference' ? claim.thanMeasure : undefined],
    ['criterion', claim.kind === 'curve' ? claim.criterion : undefined],
  ] as const;
  return specs.flatMap(([name, spec]) => {
    if (spec === undefined) return [];
    return typeof spec === 'string'
      ? unknownName(spec, `${where}.${name}`, known.measures)
      : unknownName(spec.of, `${where}.${name}.of`, known.curves);
  });
}

function unknownName(name: string, path: string, known: readonly string[]): Problem[] {
  if (known.includes(name)) return [];
  const nearest = nearestOf(name, known);
  return [
    {
      path,
      what: 'this value is not possible',
      rule: `one of ${known.join(', ')}`,
      value: valueText(name),
      ...(nearest === undefined ? {} : { nearest }),
    },
  ];
}
