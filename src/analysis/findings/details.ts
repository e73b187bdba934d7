/** The numbers of a finding in one line, for the report and the terminal alike. */

import { unitOf } from '../../study/units.js';
import { count, formatP, formatValue, joinWords, type Unit } from '../words/format.js';
import type { DeclaredFinding, ExploredFinding, Finding } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Estimate, interval, method, n, p, effect size, probability of improvement and what was held, in one line. */
export function findingDetails(finding: Finding): string {
  switch (finding.kind) {
    case 'difference':
      return differenceDetails(finding);
    case 'reached':
      return `${sizes(finding.n)}.`;
    case 'share': // Its sentence says all of it.
      return '';
    default:
      return finding satisfies never;
  }
}

function differenceDetails(finding: DeclaredFinding | ExploredFinding): string {
  const { estimate, interval, unit, level, method, n, improvement, effectSize, p, holmP, held } = finding;
  const { word } = unitOf(unit);
  const suffix = word === '' ? '' : ` ${word}`;
  const number = (value: number) => signedNumber(value, unit);
  const percent = (share: number) => `${Math.round(100 * share)}%`;
  const parts = [
    estimate === null ? null : `Difference ${number(estimate)}${suffix}`,
    interval === null
      ? null
      : `${percent(level)} interval [${number(interval.low)}, ${number(interval.high)}]${suffix}`,
    method === '' ? null : method.replace("'", '’'),
    n.length === 0 ? null : sizes(n),
    p === null ? null : `p ${equals(p)}`,
    holmP === null ? null : `Holm’s p ${equals(holmP)}`,
    finding.family === 'confirmatory' ? equivalenceText(finding) : null,
    effectSize === null
      ? null
      : `${effectSize.method.replace("'", '’')} = ${effectSize.value.toFixed(2).replace('-', '−')}`,
    improvement === null
      ? null
      : `better in ${improvement.won} of ${count(improvement.pairs, 'pair')}: probability of improvement ${percent(improvement.probability)}, ${improvement.method} interval ${percent(improvement.interval.low)} to ${percent(improvement.interval.high)}`,
    held === '' ? null : `held fixed: ${held}`,
  ].filter((part) => part !== null);
  if (parts.length === 0) return '';
  const text = parts.join('; ');
  // A symbol is not made large.
  return `${parts[0] === sizes(n) ? text : capital(text)}.`;
}

/** Of what was called equivalent: the test, and the interval that belongs to it. */
function equivalenceText({ equivalence, verdict, unit }: DeclaredFinding): string | null {
  if (equivalence === null || verdict !== VERDICT.equivalent) return null;
  const { p, holmP, interval, level } = equivalence;
  const { word } = unitOf(unit);
  const bounds = `[${signedNumber(interval.low, unit)}, ${signedNumber(interval.high, unit)}]${word === '' ? '' : ` ${word}`}`;
  return `two one-sided tests: p ${equals(p)}, Holm’s p ${equals(holmP)}, ${Number((100 * level).toPrecision(4))}% interval ${bounds}`;
}

const sizes = (n: readonly number[]) => `n = ${joinWords(n.map(String))}`;

const equals = (p: number) => (p < 0.001 ? formatP(p) : `= ${formatP(p)}`);

/** `+2.51`, with as many decimals as its unit has in sentences. */
export function signedNumber(value: number, unit: Unit): string {
  return `${value > 0 ? '+' : ''}${formatValue(value, unit).replace(/ points$/, '')}`;
}
