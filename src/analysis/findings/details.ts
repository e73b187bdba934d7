/** The numbers of a finding in one line, for the report and the terminal alike. */

import { unitOf } from '../../study/units.js';
import { capital, count, formatP, formatValue, joinWords, type Unit } from '../words/format.js';
import type { DeclaredFinding, ExploredFinding, Finding } from '../words/results.js';
import { VERDICT } from '../words/verdicts.js';

/** `own`: what is said once for all findings (the test, what is held fixed) is left out. */
export type Detail = 'all' | 'own';

/** Estimate, interval, method, n, p, effect size, probability of improvement and what was held, in one line. */
export function findingDetails(finding: Finding, detail: Detail = 'all'): string {
  switch (finding.kind) {
    case 'difference':
      // Without an interval its sentence says all of it.
      return detail === 'own' && finding.interval === null && finding.tuned === ''
        ? ''
        : differenceDetails(finding, detail);
    case 'reached':
      return `${sizes(finding.n)}.`;
    case 'share': // Its sentence says all of it.
      return '';
    default:
      return finding satisfies never;
  }
}

function differenceDetails(finding: DeclaredFinding | ExploredFinding, detail: Detail): string {
  const { estimate, interval, unit, level, method, n, improvement, effectSize, p, holmP } = finding;
  const { word } = unitOf(unit);
  const suffix = word === '' ? '' : ` ${word}`;
  const number = (value: number) => signedNumber(value, unit);
  const percent = (share: number) => `${Math.round(100 * share)}%`;
  // An inconclusive finding's sentence has them.
  const isTold = detail === 'own' && finding.verdict === VERDICT.inconclusive;
  const parts = [
    estimate === null || isTold ? null : `Difference ${number(estimate)}${suffix}`,
    interval === null || isTold
      ? null
      : `${percent(level)} interval [${number(interval.low)}, ${number(interval.high)}]${suffix}`,
    method === '' || detail === 'own' ? null : method.replace("'", '’'),
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
    heldDetail(finding, detail),
  ].filter((part) => part !== null);
  if (parts.length === 0) return '';
  const text = parts.join('; ');
  // A symbol is not made large.
  return `${parts[0] === sizes(n) ? text : capital(text)}.`;
}

function heldDetail({ held, tuned }: DeclaredFinding | ExploredFinding, detail: Detail): string | null {
  if (detail === 'own') return tuned === '' ? null : tuned;
  return held === '' ? null : `held fixed: ${held}`;
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

/** `+2.51`, with as many decimals as its unit has in sentences, or as its column has. */
export function signedNumber(value: number, unit: Unit, decimals: number | null = null): string {
  const text = formatValue(value, unit, decimals).replace(/ points$/, '');
  return value > 0 && !text.startsWith('>') ? `+${text}` : text;
}

/** `+2.51 points`, `−0.120`, `+12 epochs`. */
export function withUnit(value: number, unit: Unit): string {
  const word =
    unit === 'points' ? ' points' : unit === 'epoch' ? (Math.abs(value) === 1 ? ' epoch' : ' epochs') : '';
  return `${signedNumber(value, unit)}${word}`;
}
