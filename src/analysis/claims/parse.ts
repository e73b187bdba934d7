/** The text of a claims file -> claims, or one error that tells all its problems. */

import { requestError } from '../../base/errors.js';
import { configurationSchema, resolvedConfiguration } from '../../study/configuration.js';
import { withLevels } from '../../study/levels.js';
import { isTestMetric } from '../../study/metrics.js';
import { isPlainObject, type PlainObject } from '../../study/paths.js';
import { check, nearestOf, type Problem, problemsError, valueText } from '../../study/problems.js';
import { readStudyText } from '../../study/read.js';
import { testRule } from '../../study/rules.js';
import { quantityOf } from './measures.js';
import { type Claim, type ClaimsFile, claimsFileSchema, claimsFormatVersion } from './schema.js';

const WORDS = {
  holds: 'claims',
  rule: 'a map of keys: source, claims, ...',
  advice: 'docs/claims.md tells the form of a claims file',
} as const;

/**
 * Reads and validates a claims file.
 * @throws one request error for everything that is wrong: each with path, rule, value, and nearest valid key
 */
export function parseClaims(text: string, file = 'the claims file'): ClaimsFile {
  const { data, lineOf } = readStudyText(text, file, WORDS);
  checkVersion(data, file);
  const checked = check(claimsFileSchema, data);
  const problems = 'problems' in checked ? checked.problems : fileProblems(checked.value);
  if (problems.length > 0) {
    const located = problems.map((problem) => {
      const line = lineOf(problem.path.split('.'));
      return line === undefined ? problem : { ...problem, line };
    });
    throw problemsError(located, file);
  }
  if ('problems' in checked) throw new Error('a file with problems was taken for a valid one');
  return checked.value;
}

function checkVersion(data: PlainObject, file: string): void {
  const version = data.formatVersion;
  if (typeof version !== 'number' || version <= claimsFormatVersion) return;
  throw requestError({
    what: `${file} was written by a newer version of Ceteris`,
    where: `${file}: formatVersion`,
    rule: `at most ${claimsFormatVersion}`,
    value: String(version),
    advice: 'update Ceteris',
  });
}

/** What is wrong with levels that stand somewhere in a file. */
type LevelCheck = typeof levelProblems;

function fileProblems(file: ClaimsFile): Problem[] {
  // A command takes any names and values.
  const checkLevels: LevelCheck = file.trainer === 'command' ? () => [] : levelProblems;
  const imported = Object.entries(file.importedAs).flatMap(([path, names]) =>
    Object.entries(names).flatMap(([name, level]) =>
      checkLevels({ [path]: level }, `importedAs.${path}.${name}`),
    ),
  );
  return [
    ...checkLevels(file.baseline, 'baseline'),
    ...imported,
    ...file.claims.flatMap((claim, i) => claimProblems(claim, `claims.${i}`, checkLevels)),
    ...referenceProblems(file.claims),
  ];
}

const base = resolvedConfiguration(configurationSchema.parse({ dataset: { name: 'cifar100' } }));

/** Levels of keys that no configuration has, and values that none can have. */
function levelProblems(levels: Readonly<Record<string, unknown>>, where: string): Problem[] {
  const result = withLevels(base, levels);
  if (!('problems' in result)) return [];
  return result.problems.map((problem) => ({ ...problem, path: `${where}.${problem.path}` }));
}

function claimProblems(claim: Claim, where: string, checkLevels: LevelCheck): Problem[] {
  const trialProblems = (trial: unknown, at: string) => (isPlainObject(trial) ? checkLevels(trial, at) : []);
  const named: [string, unknown][] = Object.entries(claim);
  const levels = named.flatMap(([name, value]): Problem[] => {
    if (name === 'trial' || name === 'than') return trialProblems(value, `${where}.${name}`);
    if ((name === 'trials' || name === 'among') && Array.isArray(value))
      return value.flatMap((one, i) => trialProblems(one, `${where}.${name}.${i}`));
    if (name === 'criterion' && isPlainObject(value))
      return trialProblems(value.than, `${where}.criterion.than`);
    return [];
  });
  return [
    ...levels,
    ...numberProblems(claim, where),
    ...unitProblems(claim, where),
    ...testProblems(claim, where),
  ];
}

/** An accuracy below 1% is seldom claimed; 0.46 is more likely a fraction. */
function unitProblems(claim: Claim, where: string): Problem[] {
  if (claim.kind !== 'level' || quantityOf(claim.measure).unit !== 'accuracy') return [];
  return (['value', 'atLeast', 'atMost'] as const).flatMap((name): Problem[] => {
    const value = claim[name];
    if (value !== undefined && value > 100)
      return [
        {
          path: `${where}.${name}`,
          what: 'an accuracy is above 100%',
          rule: 'accuracies stand in per cent: 46 for 46%',
          value: String(value),
        },
      ];
    if (claim.unit === 'percent' || value === undefined || value <= 0 || value >= 1) return [];
    const percent = Number((100 * value).toPrecision(6));
    return [
      {
        path: `${where}.${name}`,
        what: 'the unit of this value has two readings',
        rule: `accuracies stand in per cent: ${percent} for ${percent}%; for ${value}% write unit: percent beside it`,
        value: String(value),
      },
    ];
  });
}

/** The best of many trials by their test results would be a selection on the test split. */
function testProblems(claim: Claim, where: string): Problem[] {
  if (claim.kind !== 'best' || typeof claim.measure !== 'string' || !isTestMetric(claim.measure)) return [];
  return [
    {
      path: `${where}.measure`,
      what: 'the best trial is not chosen by its test results',
      rule: testRule,
      value: valueText(claim.measure),
      nearest: `${claim.measure.replace('test', 'valid')}.last`,
    },
  ];
}

function numberProblems(claim: Claim, where: string): Problem[] {
  const fail = (path: string, rule: string): Problem[] => [
    { path: `${where}.${path}`, what: 'the numbers of this claim do not fit together', rule, value: null },
  ];
  if (claim.kind === 'level' || claim.kind === 'curve') {
    const { atLeast, atMost } = claim;
    const bounded = atLeast !== undefined || atMost !== undefined;
    if (atLeast !== undefined && atMost !== undefined && atLeast > atMost)
      return fail('atLeast', `at most atMost, ${atMost}`);
    if (claim.kind === 'curve') return bounded ? [] : fail('atLeast', 'atLeast, atMost or both are given');
    const { value, tolerance } = claim;
    const whole = value !== undefined && tolerance !== undefined;
    const none = value === undefined && tolerance === undefined;
    if (!(bounded ? none : whole))
      return fail('value', 'either value with tolerance, or atLeast, atMost or both');
  }
  if (claim.kind === 'difference') {
    const { atLeast, atMost, reason } = claim;
    if (atLeast !== undefined && atMost !== undefined && atLeast > atMost)
      return fail('atLeast', `at most atMost, ${atMost}`);
    if ((atLeast !== undefined || atMost !== undefined) && reason === undefined)
      return fail('reason', 'a size needs its reason');
  }
  return [];
}

function referenceProblems(claims: readonly Claim[]): Problem[] {
  const ids = claims.map(({ id }) => id);
  return claims.flatMap((claim, i) => {
    const problems: Problem[] = [];
    if (ids.indexOf(claim.id) < i)
      problems.push({
        path: `claims.${i}.id`,
        what: 'this id stands twice',
        rule: 'each id once',
        value: valueText(claim.id),
      });
    for (const [j, id] of (claim.kind === 'all' ? claim.of : []).entries()) {
      const part = claims.find((one) => one.id === id);
      if (part !== undefined && part !== claim && part.kind !== 'all') continue;
      const nearest = nearestOf(id, ids);
      problems.push({
        path: `claims.${i}.of.${j}`,
        what: 'there is no such part',
        rule: 'the id of another claim of this file, which has no parts itself',
        value: valueText(id),
        ...(nearest === undefined || nearest === claim.id ? {} : { nearest }),
      });
    }
    for (const [j, id] of claim.excludes.entries()) {
      const other = claims.find((one) => one.id === id);
      const path = `claims.${i}.excludes.${j}`;
      const nearest = nearestOf(id, ids);
      if (other === undefined || other === claim)
        problems.push({
          path,
          what: 'there is no such other claim',
          rule: 'the id of another claim of this file',
          value: valueText(id),
          ...(nearest === undefined || nearest === claim.id ? {} : { nearest }),
        });
      else if (other.group === null || other.group !== claim.group)
        problems.push({
          path,
          what: 'claims that exclude each other stand in different groups',
          rule: 'the same group, so that they are listed together',
          value: valueText(id),
        });
    }
    return problems;
  });
}
