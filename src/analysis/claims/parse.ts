/** The text of a claims file -> claims, or one error that tells all its problems. */

import { requestError } from '../../base/errors.js';
import { isTestMetric } from '../../study/metrics.js';
import type { PlainObject } from '../../study/paths.js';
import { check, nearestOf, type Problem, problemsError, valueText } from '../../study/problems.js';
import { readStudyText } from '../../study/read.js';
import { testRule } from '../../study/rules.js';
import type { ResolvedStudy } from '../../study/types.js';
import { curveIdOf, isMeasureId } from '../measures/measures.js';
import { quantityOf } from './measures.js';
import { type NamingStudy, nameProblems } from './names.js';
import {
  type Claim,
  type ClaimsFile,
  claimsFileSchema,
  claimsFormatVersion,
  type MeasureSpec,
} from './schema.js';

const WORDS = {
  holds: 'claims',
  rule: 'a map of keys: source, claims, ...',
  advice: 'docs/claims.md tells the form of a claims file',
} as const;

/**
 * Reads and validates a claims file.
 * @param study that it is held against: of runs that a command trains, only it tells the names of levels and metrics
 * @throws one request error for everything that is wrong: each with path, rule, value, and nearest valid key
 */
export function parseClaims(
  text: string,
  file = 'the claims file',
  study: ResolvedStudy | null = null,
): ClaimsFile {
  const { data, lineOf } = readStudyText(text, file, WORDS);
  checkVersion(data, file);
  const checked = check(claimsFileSchema, data);
  const problems = 'problems' in checked ? checked.problems : fileProblems(checked.value, study);
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

function fileProblems(file: ClaimsFile, study: NamingStudy): Problem[] {
  const names = nameProblems(file, study);
  return [
    ...names,
    ...file.claims.flatMap((claim, i) => [
      ...numberProblems(claim, `claims.${i}`),
      ...testProblems(claim, `claims.${i}`),
      // The unit of a measure is known where the measure is.
      ...(names.length > 0 ? [] : unitProblems(claim, `claims.${i}`, study)),
    ]),
    ...referenceProblems(file.claims),
  ];
}

/** Sizes of differences below this many points are seldom claimed; 0.02 is more likely a fraction. */
const LEAST_POINTS = 0.1;

/** An accuracy below 1% is seldom claimed; 0.46 is more likely a fraction. */
function unitProblems(claim: Claim, where: string, study: NamingStudy): Problem[] {
  if (claim.kind !== 'level' && claim.kind !== 'difference' && claim.kind !== 'same') return [];
  if (!isKnown(claim.measure, study)) return [];
  if (quantityOf(claim.measure, study).unit !== 'accuracy') return [];
  const isSure = claim.unit === 'percent';
  const { values, sizes } = numbersOf(claim);
  const told = (numbers: Numbers) =>
    Object.entries(numbers).flatMap(([name, value]) =>
      value === undefined ? [] : [{ path: `${where}.${name}`, value }],
    );
  return [
    ...told(values).flatMap(({ path, value }): Problem[] => {
      if (value > 100) return [aboveAll(path, value)];
      return isSure || value <= 0 || value >= 1 ? [] : [twoReadings(path, value, '%')];
    }),
    ...told(sizes).flatMap(({ path, value }) =>
      isSure || value >= LEAST_POINTS ? [] : [twoReadings(path, value, ' points')],
    ),
  ];
}

type Numbers = Readonly<Record<string, number | undefined>>;

/** What a claim says of accuracies themselves, and of their differences. */
function numbersOf(claim: Extract<Claim, { kind: 'level' | 'difference' | 'same' }>): {
  readonly values: Numbers;
  readonly sizes: Numbers;
} {
  if (claim.kind === 'same') return { values: {}, sizes: { margin: claim.margin } };
  const { atLeast, atMost } = claim;
  if (claim.kind === 'difference') return { values: {}, sizes: { atLeast, atMost } };
  return { values: { value: claim.value, atLeast, atMost }, sizes: { tolerance: claim.tolerance } };
}

function aboveAll(path: string, value: number): Problem {
  return {
    path,
    what: 'an accuracy is above 100%',
    rule: 'accuracies stand in per cent: 46 for 46%',
    value: String(value),
  };
}

function twoReadings(path: string, value: number, unit: '%' | ' points'): Problem {
  const percent = Number((100 * value).toPrecision(6));
  return {
    path,
    what: 'the unit of this value has two readings',
    rule: `accuracies stand in per cent: ${percent} for ${percent}${unit}; for ${value}${unit} write unit: percent beside it`,
    value: String(value),
  };
}

/** Of a command's own metric only the study knows. */
function isKnown(measure: MeasureSpec, study: NamingStudy): boolean {
  return study !== null || typeof measure !== 'string' || isMeasureId(measure);
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
      nearest: `${curveIdOf(claim.measure)[0].replace('test', 'valid')}.last`,
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
