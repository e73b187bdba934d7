/**
 * The words of findings, for the report and the terminal alike: one verb for one strength. "gives": confirmed;
 * "suggest": exploratory; "is not decided": inconclusive; "in these runs": no verdict.
 */

import { unitOf } from '../../study/units.js';
import { type Measure, measurePhrase } from '../measures/measures.js';
import { capital, count, formatNumber, formatP, formatValue, joinWords } from '../words/format.js';
import { factorLabel, type LevelValue, levelKey, levelLabel } from '../words/labels.js';
import type { Bounds } from '../words/results.js';
import type { DeclaredContrast } from './family.js';
import type { SimpleEffects } from './simple.js';

/** A margin, as it was declared: `1 point`, `0.5 points`, `0.05`. */
export function margin(value: number, measure: Measure): string {
  const unit =
    measure.unit === 'loss' || measure.unit === 'number'
      ? ''
      : measure.unit === 'epoch'
        ? ' epoch'
        : ' point';
  return `${formatNumber(value)}${unit}${unit === '' || value === 1 ? '' : 's'}`;
}

/** `higher`, `lower`; `later`, `earlier` of epochs; `larger`, `smaller` of sizes. */
function comparative(estimate: number, { id, unit }: Measure): string {
  const up = estimate > 0;
  if (unit === 'epoch') return up ? 'a later' : 'an earlier';
  if (['generalizationGap', 'overfittingRise', 'calibrationError', 'stability'].includes(id))
    return up ? 'a larger' : 'a smaller';
  return up ? 'a higher' : 'a lower';
}

/** A difference without its sign: `2.51 points`, `0.123`, `12 epochs`. */
export function amount(value: number, measure: Measure): string {
  const size = Math.abs(value);
  const text = formatValue(size, unitOf(measure.unit).difference);
  return measure.unit === 'epoch' ? `${text} ${size === 1 ? 'epoch' : 'epochs'}` : text;
}

/** `+2.51 points`, `−0.120`. */
function signed(value: number, measure: Measure): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return `${sign}${amount(value, measure)}`;
}

/** `−1.00 to +2.60 points`. */
export function range({ low, high }: Bounds, measure: Measure): string {
  const first = signed(low, measure).replace(/ \w+$/, '');
  return `${first} to ${signed(high, measure)}`;
}

const sides = ({ subject, reference }: DeclaredContrast) => `${subject} and ${reference}`;

export interface Seen {
  readonly estimate: number | null;
  readonly interval: Bounds | null;
}

/** A contrast confirmed by Holm's p. */
export function supportedSentence(contrast: DeclaredContrast, estimate: number, measure: Measure): string {
  if (contrast.kind === 'interaction') return interactionSentence(contrast, estimate, measure);
  return `${capital(contrast.subject)} gives ${comparative(estimate, measure)} ${measurePhrase(measure)} than ${contrast.reference}, by ${amount(estimate, measure)}.`;
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

/** `+0.90 points [+0.31, +1.49] at weight decay 0 and +11.90 points [+10.20, +13.60] at weight decay 0.01`. */
function effectsText(
  contrast: DeclaredContrast,
  { at, depends, on }: SimpleEffects,
  measure: Measure,
): string {
  const own = contrast.steps.find(({ path }) => path === on);
  const parts = at.map(({ where, level, estimate, interval, untrained }) => {
    // Runs of the contrast's own cells that did not learn are told before its sentence.
    const isOwn = contrast.kind !== 'interaction' || own === undefined || isOneOf(own, level);
    const dead = isOwn || untrained.length === 0 ? '' : ' (with runs that did not learn)';
    return `${signed(estimate, measure)} [${bound(interval.low, measure)}, ${bound(interval.high, measure)}] at ${where}${dead}`;
  });
  return depends && parts.length === 2 ? parts.join(', but ') : joinWords(parts);
}

const isOneOf = (step: DeclaredContrast['steps'][number], level: LevelValue) =>
  [step.level, step.reference].some((one) => levelKey(one) === levelKey(level));

/** An end of an interval of a difference, with its sign, as of all differences. */
const bound = (value: number, measure: Measure) => signed(value, measure).replace(/ points$/, '');

/** Of a main effect, or of an interaction (`estimate`: the difference of the two effects): the simple effects first. */
export function dependsSentence(
  contrast: DeclaredContrast,
  effects: SimpleEffects,
  estimate: number,
  measure: Measure,
): string {
  if (contrast.kind !== 'interaction') {
    return `The effect of ${stepText(effects.step)} on the ${measurePhrase(measure)} depends on the ${factorLabel(effects.on)}: ${effectsText(contrast, effects, measure)}.`;
  }
  return `${capital(stepText(effects.step))} changes the ${measurePhrase(measure)} by ${effectsText(contrast, effects, measure)}. ${interactionSentence(contrast, estimate, measure)}`;
}

/** A main effect beside a confirmed interaction: what it averages. */
export function averagedSentence(
  sentence: string,
  contrast: DeclaredContrast,
  effects: SimpleEffects,
  measure: Measure,
): string {
  return `${sentence.replace(/\.$/, '')}: it averages ${effectsText(contrast, effects, measure)}.`;
}

export function equivalentSentence(contrast: DeclaredContrast, smallest: number, measure: Measure): string {
  const within = `to within ${margin(smallest, measure)}`;
  if (contrast.kind === 'interaction') {
    const [first, second] = contrast.steps;
    return `The effect of ${stepText(first!)} on the ${measurePhrase(measure)} is the same for ${stepText(second!)}, ${within}.`;
  }
  return `${capital(sides(contrast))} give the same ${measurePhrase(measure)}, ${within}.`;
}

/** What the plain interval would have decided and the test did not: the correction, the careful p, or the look's level. */
export interface Deciders {
  readonly comparisons: number;
  /** Of the family at this look. */
  readonly alpha: number;
  /** The look, where it is not the first. */
  readonly look: number | null;
  readonly plainP: number;
  readonly testedP: number;
  readonly holmP: number;
}

/** An inconclusive comparison names what decided, where its plain interval leaves out 0. */
export function inconclusiveSentence(
  contrast: DeclaredContrast,
  { estimate, interval }: { readonly estimate: number; readonly interval: Bounds },
  measure: Measure,
  deciders: Deciders,
): string {
  const seen = `the difference is ${signed(estimate, measure)}`;
  if (interval.low > 0 || interval.high < 0) {
    return `${question(contrast, measure)} is not decided${deciderText(deciders)}: ${seen}, its plain interval ${range(interval, measure)}.`;
  }
  return `${question(contrast, measure)} is not decided: ${seen}, and the data fit anything from ${range(interval, measure)}.`;
}

function deciderText({ comparisons, alpha, look, plainP, testedP, holmP }: Deciders): string {
  const level = `${formatNumber(100 * alpha)}%`;
  if (look !== null && plainP > alpha)
    return ` at the level of look ${look} (p ${formatP(plainP)}, level ${level})`;
  if (testedP > alpha)
    return `, because this level scatters more than the baseline that it shares with others (careful p ${formatP(testedP)})`;
  const at = look === null ? '' : ` at the level of look ${look}, ${level}`;
  return ` after Holm’s correction for ${count(comparisons, 'comparison')}${at} (p ${formatP(testedP)}, corrected ${formatP(holmP)})`;
}

function question(contrast: DeclaredContrast, measure: Measure): string {
  if (contrast.kind === 'interaction') {
    const [first, second] = contrast.steps;
    return `Whether ${stepText(second!)} changes the effect of ${stepText(first!)} on the ${measurePhrase(measure)}`;
  }
  return `Whether ${contrast.subject} changes the ${measurePhrase(measure)} against ${contrast.reference}`;
}

/** No verdict: what these runs show, and why it is no more than that, unless that is said once for all. */
export function runsSentence(
  contrast: DeclaredContrast,
  estimate: number | null,
  measure: Measure,
  why: string | null,
): string {
  return `${described(contrast, estimate, measure, 'In these runs')}${why === null ? '' : `; ${why}`}.`;
}

export function provisionalSentence(
  contrast: DeclaredContrast,
  estimate: number | null,
  measure: Measure,
): string {
  return `${described(contrast, estimate, measure, 'So far')}; the declared seeds are not complete.`;
}

/** Of a cell with runs that diverged or collapsed. */
export function finishedSentence(
  contrast: DeclaredContrast,
  estimate: number | null,
  measure: Measure,
  lost: { readonly what: 'diverged' | 'collapsed'; readonly text: string },
): string {
  if (estimate === null) return `${capital(sides(contrast))} cannot be compared: ${lost.text}.`;
  const rest = lost.what === 'diverged' ? 'Of the runs that finished' : 'Of the runs that did not collapse';
  return `${described(contrast, estimate, measure, rest)}; ${lost.text}.`;
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
    return `The data suggest ${comparative(estimate, measure)} ${measurePhrase(measure)} for ${contrast.subject} than for ${contrast.reference}, by ${amount(estimate, measure)}.`;
  }
  const data = interval === null ? '' : `; ${intervalText(interval, measure)}`;
  return `${capital(measurePhrase(measure))}: ${contrast.subject} against ${contrast.reference} ${signed(estimate, measure)}${data}.`;
}

/** `its interval, −1.00 to +2.60 points, includes 0`; only where it does. */
function intervalText(interval: Bounds, measure: Measure): string {
  const bounds = range(interval, measure);
  return interval.low <= 0 && interval.high >= 0
    ? `its interval, ${bounds}, includes 0`
    : `its interval: ${bounds}`;
}

/** `2 of 3 runs diverged`, `2 of 3 runs of learning rate 0.2 diverged`. */
export function lostText(
  lost: number,
  ended: number,
  what: 'diverged' | 'collapsed',
  whose: string | null = null,
): string {
  return `${lost} of ${count(ended, 'run')}${whose === null ? '' : ` of ${whose}`} ${what}`;
}
