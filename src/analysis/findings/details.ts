/** The numbers of a finding in one line, for the report and the terminal alike. */

import { count, formatNumber, formatP, formatValue, joinWords } from '../words/format.js';
import type { Finding } from '../words/results.js';

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Estimate, interval, method, n, p, effect size, probability of improvement and what was held, in one line. */
export function findingDetails(finding: Finding): string {
  const { estimate, interval, unit, level, method, n, improvement, effectSize, p, holmP, held } = finding;
  const suffix = unit === '' ? '' : ` ${unit}`;
  // The sentence about a share says all of it.
  if (unit === '%') return '';
  const number = (value: number) => signedNumber(value, unit);
  const percent = (share: number) => `${Math.round(100 * share)}%`;
  const parts = [
    estimate === null ? null : `Difference ${number(estimate)}${suffix}`,
    interval === null
      ? null
      : `${percent(level)} interval [${number(interval.low)}, ${number(interval.high)}]${suffix}`,
    method === '' ? null : method.replace("'", '’'),
    n.length === 0 ? null : `n = ${joinWords(n.map(String))}`,
    p === null ? null : `p ${equals(formatP(p))}`,
    holmP === null ? null : `Holm’s p ${equals(formatP(holmP))}`,
    effectSize === null
      ? null
      : `${effectSize.method.replace("'", '’')} = ${effectSize.value.toFixed(2).replace('-', '−')}`,
    improvement === null
      ? null
      : `better in ${improvement.won} of ${count(improvement.pairs, 'pair')}: probability of improvement ${percent(improvement.probability)}, ${improvement.method} interval ${percent(improvement.interval.low)} to ${percent(improvement.interval.high)}`,
    held === '' ? null : `held fixed: ${held}`,
  ];
  const text = parts.filter((part) => part !== null).join('; ');
  return text === '' ? '' : `${text.startsWith('n = ') ? text : capital(text)}.`;
}

const equals = (p: string) => (p.startsWith('<') ? p : `= ${p}`);

/** `+2.51`, with as many decimals as its unit has in sentences. */
export function signedNumber(value: number, unit: string): string {
  return `${value > 0 ? '+' : ''}${plainNumber(value, unit)}`;
}

/** Two decimals of points, three of losses, one of epochs. */
function plainNumber(value: number, unit: string): string {
  switch (unit) {
    case 'points':
      return formatValue(value / 100, 'points').replace(/ points$/, '');
    case 'nats':
      return formatValue(value, 'loss');
    case 'epochs':
      return formatValue(value, 'epoch');
    default:
      return formatNumber(value);
  }
}
