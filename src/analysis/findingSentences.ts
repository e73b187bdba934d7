/**
 * The words of findings, for the report and the terminal alike: one verb for one strength. "gives": confirmed;
 * "suggest": exploratory; "is not decided": inconclusive; "in these runs": no verdict.
 */

import type { DeclaredContrast } from './findingsFamily.js';
import { count, formatNumber, formatP, formatValue } from './format.js';
import { factorLabel, levelLabel } from './labels.js';
import { type Measure, measurePhrase } from './summaryMeasures.js';
import type { Bounds, Finding } from './types.js';

/** A difference without its sign: `2.51 points`, `0.123`, `12 epochs`. */
export function amount(value: number, measure: Measure): string {
  const size = Math.abs(value);
  switch (measure.unit) {
    case 'accuracy':
    case 'points':
    case 'share':
      return formatValue(size / 100, 'points');
    case 'epoch':
      return `${formatValue(size, 'epoch')} ${size === 1 ? 'epoch' : 'epochs'}`;
    case 'loss':
    case 'number':
      return formatValue(size, measure.unit);
    default:
      return measure.unit satisfies never;
  }
}

/** `+2.51 points`, `−0.120`. */
export function signed(value: number, measure: Measure): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return `${sign}${amount(value, measure)}`;
}

/** `−1.00 to +2.60 points`. */
export function range({ low, high }: Bounds, measure: Measure): string {
  const first = signed(low, measure).replace(/ \w+$/, '');
  return `${first} to ${signed(high, measure)}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const sides = ({ subject, reference }: DeclaredContrast) => `${subject} and ${reference}`;

export interface Seen {
  readonly estimate: number | null;
  readonly interval: Bounds | null;
}

/** A contrast confirmed by Holm's p. */
export function supportedSentence(contrast: DeclaredContrast, estimate: number, measure: Measure): string {
  if (contrast.kind === 'interaction') return interactionSentence(contrast, estimate, measure);
  const which = estimate > 0 ? 'a higher' : 'a lower';
  return `${capital(contrast.subject)} gives ${which} ${measurePhrase(measure)} than ${contrast.reference}, by ${amount(estimate, measure)}.`;
}

function interactionSentence(contrast: DeclaredContrast, estimate: number, measure: Measure): string {
  const [first, second] = contrast.steps;
  if (first === undefined || second === undefined) return '';
  const size = `${signed(estimate, measure)}`;
  return `${capital(stepText(second))} changes the effect of ${stepText(first)} on the ${measurePhrase(measure)}, by ${size}.`;
}

/** `weight decay 0.005 against 0`. */
function stepText({ path, level, reference }: DeclaredContrast['steps'][number]): string {
  return `${factorLabel(path)} ${levelLabel(level)} against ${levelLabel(reference)}`;
}

/** Two simple effects, confirmed to differ in sign, or one confirmed and the other equivalent to zero. */
export function dependsSentence(
  step: DeclaredContrast['steps'][number],
  at: readonly { readonly where: string; readonly estimate: number }[],
  measure: Measure,
  by: string,
): string {
  const parts = at.map(({ where, estimate }) => `${signed(estimate, measure)} at ${where}`);
  return `The effect of ${stepText(step)} on the ${measurePhrase(measure)} depends on the ${factorLabel(by)}: ${parts.join(', but ')}.`;
}

export function equivalentSentence(contrast: DeclaredContrast, margin: number, measure: Measure): string {
  const within = `to within ${amount(margin, measure)}`;
  if (contrast.kind === 'interaction') {
    const [first, second] = contrast.steps;
    return `The effect of ${stepText(first!)} on the ${measurePhrase(measure)} is the same for ${stepText(second!)}, ${within}.`;
  }
  return `${capital(sides(contrast))} give the same ${measurePhrase(measure)}, ${within}.`;
}

export function inconclusiveSentence(contrast: DeclaredContrast, seen: Seen, measure: Measure): string {
  const { estimate, interval } = seen;
  const data =
    estimate === null || interval === null
      ? ''
      : `: the difference is ${signed(estimate, measure)}, and the data fit anything from ${range(interval, measure)}`;
  return `${question(contrast, measure)} is not decided${data}.`;
}

function question(contrast: DeclaredContrast, measure: Measure): string {
  if (contrast.kind === 'interaction') {
    const [first, second] = contrast.steps;
    return `Whether ${stepText(second!)} changes the effect of ${stepText(first!)} on the ${measurePhrase(measure)}`;
  }
  return `Whether ${contrast.subject} changes the ${measurePhrase(measure)} against ${contrast.reference}`;
}

/** No verdict: what these runs show, and why it is no more than that. */
export function runsSentence(
  contrast: DeclaredContrast,
  estimate: number | null,
  measure: Measure,
  why: string,
): string {
  return `${described(contrast, estimate, measure, 'In these runs')}; ${why}.`;
}

export function provisionalSentence(
  contrast: DeclaredContrast,
  estimate: number | null,
  measure: Measure,
): string {
  return `${described(contrast, estimate, measure, 'So far')}; the declared seeds are not complete.`;
}

/** Of a cell with diverged runs. */
export function finishedSentence(
  contrast: DeclaredContrast,
  estimate: number | null,
  measure: Measure,
  diverged: string,
): string {
  if (estimate === null) return `${capital(sides(contrast))} cannot be compared: ${diverged}.`;
  return `${described(contrast, estimate, measure, 'Of the runs that finished')}; ${diverged}.`;
}

function described(
  contrast: DeclaredContrast,
  estimate: number | null,
  measure: Measure,
  start: string,
): string {
  if (contrast.kind === 'interaction') {
    const [first, second] = contrast.steps;
    const data = estimate === null ? 'cannot be compared' : `differs by ${signed(estimate, measure)}`;
    return `${start}, the effect of ${stepText(first!)} on the ${measurePhrase(measure)} ${data} for ${stepText(second!)}`;
  }
  if (estimate === null) return `${start}, ${sides(contrast)} cannot be compared`;
  if (estimate === 0) return `${start}, ${sides(contrast)} have the same ${measurePhrase(measure)}`;
  const where = estimate > 0 ? 'above' : 'below';
  return `${start}, ${contrast.subject} lies ${amount(estimate, measure)} ${where} ${contrast.reference} in ${measurePhrase(measure)}`;
}

export function notRunSentence(contrast: DeclaredContrast, names: readonly string[]): string {
  const missing =
    names.length === 1 ? `no run of ${names[0]} exists` : `no runs of ${names.join(' and ')} exist`;
  return `${capital(sides(contrast))} have not been compared: ${missing}.`;
}

export function notTestableSentence(contrast: DeclaredContrast, problem: string): string {
  return `${capital(sides(contrast))} cannot be compared: ${problem}.`;
}

/** An exploratory measure. */
export function exploratorySentence(
  contrast: DeclaredContrast,
  seen: Seen,
  measure: Measure,
  suggests: boolean,
): string {
  const { estimate, interval } = seen;
  if (estimate === null) return `${capital(measurePhrase(measure))}: ${sides(contrast)} cannot be compared.`;
  if (suggests) {
    const which = estimate > 0 ? 'a higher' : 'a lower';
    return `The data suggest ${which} ${measurePhrase(measure)} for ${contrast.subject} than for ${contrast.reference}, by ${amount(estimate, measure)}.`;
  }
  const data = interval === null ? '' : `; its interval, ${range(interval, measure)}, includes 0`;
  return `${capital(measurePhrase(measure))}: ${contrast.subject} against ${contrast.reference} ${signed(estimate, measure)}${data}.`;
}

/** `2 of 3 runs diverged`. */
export function divergedText(diverged: number, ended: number): string {
  return `${diverged} of ${count(ended, 'run')} diverged`;
}

/** Estimate, interval, method, n, p, probability of improvement and what was held, in one line. */
export function findingDetails(finding: Finding): string {
  const { estimate, interval, unit, level, method, n, improvement, p, holmP, held } = finding;
  const suffix = unit === '' ? '' : ` ${unit}`;
  const number = (value: number) =>
    `${value > 0 ? '+' : ''}${formatNumber(Number(value.toFixed(value !== 0 && Math.abs(value) < 0.1 ? 4 : 2)))}`;
  const percent = (share: number) => `${Math.round(100 * share)}%`;
  const parts = [
    estimate === null ? null : `Difference ${number(estimate)}${suffix}`,
    interval === null
      ? null
      : `${percent(level)} interval [${number(interval.low)}, ${number(interval.high)}]${suffix}`,
    method === '' ? null : method,
    n.length === 0 ? null : `n = ${n.join(n.length > 2 ? ', ' : ' and ')}`,
    p === null ? null : `p ${equals(formatP(p))}`,
    holmP === null ? null : `after Holm ${equals(formatP(holmP))}`,
    improvement === null
      ? null
      : `better in ${improvement.won} of ${count(improvement.pairs, 'pair')}: probability of improvement ${percent(improvement.probability)}, ${improvement.method} interval ${percent(improvement.interval.low)} to ${percent(improvement.interval.high)}`,
    held === '' ? null : `held fixed: ${held}`,
  ];
  const text = parts.filter((part) => part !== null).join('; ');
  return text === '' ? '' : `${capital(text)}.`;
}

const equals = (p: string) => (p.startsWith('<') ? p : `= ${p}`);
