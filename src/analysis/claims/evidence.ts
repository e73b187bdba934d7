/** What the data show of a claim, in one or two sentences with numbers. */

import { unitOf } from '../../study/units.js';
import { shapeText } from '../findings/doubt.js';
import {
  capital,
  count,
  formatInterval,
  formatP,
  formatValue,
  joinWords,
  type Unit,
} from '../words/format.js';
import type { CellValues } from './cells.js';
import type { MemberDecision } from './family.js';
import type { Part } from './parts.js';
import { estimateOf } from './runs.js';
import type { Claim } from './schema.js';

/** A part with its numbers and, of configurations, its decision. */
export interface Judged {
  readonly part: Part;
  readonly cells: readonly CellValues[];
  readonly decision: MemberDecision | null;
}

/** The values of all cells, the differences, what was claimed, and how it was decided. */
export function evidenceOf(claim: Claim, judged: readonly Judged[], notes: readonly string[]): string {
  const cells = distinctCells(
    claim,
    judged.map((one) => one.cells),
  );
  const sentences = [
    `${valuesText(claim, cells)}${judged.length === 0 ? '' : differencesText(judged)}.`,
    ...judged.flatMap((one) => decisionText(one)),
    ...notes,
  ];
  return sentences.join(' ');
}

/** What the runs show where no verdict can be given; empty where there are no numbers either. */
export function valuesOf(claim: Claim, cells: readonly (readonly CellValues[])[]): string {
  const known = distinctCells(claim, cells).filter(({ mean }) => mean !== null);
  if (known.length === 0) return '';
  const isAbsent = claim.kind === 'best' && cells[0]?.[0]?.mean === null;
  return `${valuesText(claim, isAbsent ? bestFirst(claim.goal, known) : known)}.`;
}

/** Each cell once, in the order of the claim. */
function distinctCells(claim: Claim, cells: readonly (readonly CellValues[])[]): CellValues[] {
  const seen = new Map<string, CellValues>();
  // A part of an order is a later trial minus the one before it.
  for (const one of cells.flatMap((own) => (claim.kind === 'order' ? own.toReversed() : own))) {
    const name = `${one.cell.quantity.phrase} ${one.cell.trial.label}`;
    if (!seen.has(name)) seen.set(name, one);
  }
  return [...seen.values()];
}

const MOST_VALUES = 4;

function valuesText(claim: Claim, cells: readonly CellValues[]): string {
  const phrases = [...new Set(cells.map(({ cell }) => cell.quantity.phrase))];
  if (phrases.length > 1) {
    const parts = cells.map(
      (one) => `${one.cell.quantity.phrase} ${valueText(one)} (${one.cell.trial.label})`,
    );
    return capital(joinWords(parts));
  }
  // Of many trials, only the one that is claimed and the best of the others.
  const shown = claim.kind === 'best' && cells.length > MOST_VALUES ? ends(claim.goal, cells) : cells;
  const values = shown.map((one) => `${valueText(one)} (${one.cell.trial.label})`);
  const more = shown.length < cells.length ? `, of ${cells.length} trials` : '';
  return `${capital(phrases[0] ?? '')}: ${joinWords(values)}${more}`;
}

function ends(goal: 'highest' | 'lowest', cells: readonly CellValues[]): CellValues[] {
  return [cells[0]!, ...bestFirst(goal, cells.slice(1)).slice(0, 2)];
}

function bestFirst(goal: 'highest' | 'lowest', cells: readonly CellValues[]): CellValues[] {
  const sign = goal === 'highest' ? 1 : -1;
  return [...cells].sort((a, b) => sign * ((b.mean ?? 0) - (a.mean ?? 0)));
}

function valueText({ cell, values, mean, isBound }: CellValues): string {
  const { unit } = cell.quantity;
  if (isBound) return values.length === 1 ? 'not reached' : `more than ${formatValue(mean, unit)} on average`;
  return values.length > 1
    ? `${formatValue(mean, unit)}, mean of ${count(values.length, 'run')}`
    : formatValue(mean, unit);
}

/**
 * How a claim was read: the measure and what it has to be, then why. The source's own words stand in its sentence,
 * and these never pass for them.
 */
export function readingOf(claim: Claim, parts: readonly Part[]): string | null {
  if (claim.kind === 'mechanism' || claim.kind === 'all') return null;
  const reason = claim.reason === undefined ? '' : ` Our reason: ${claim.reason.trim().replace(/\.$/, '')}.`;
  const phrase = parts[0]?.cells[0]?.quantity.phrase ?? '';
  const what = phrase === '' ? '' : `${phrase}, `;
  return `Read as: ${what}${limitsText(claim, parts)}.${reason}`;
}

/** What a claim asks of its measure: `higher by at least 1.00 points`. */
export function limitsText(claim: Claim, parts: readonly Part[]): string {
  const unit = parts[0]?.unit ?? 'number';
  const size = (value: number, of: Unit = unit) => formatValue(value / unitOf(of).scale, of);
  switch (claim.kind) {
    case 'level':
    case 'curve':
      if (claim.kind === 'level' && claim.value !== undefined && claim.tolerance !== undefined)
        return `${size(claim.value)} ± ${size(claim.tolerance, unitOf(unit).difference)}`;
      return boundsText(claim.atLeast, claim.atMost, size);
    case 'difference': {
      const bounds = boundsText(claim.atLeast, claim.atMost, size);
      return `${claim.direction}${bounds === '' ? '' : ` by ${bounds}`}`;
    }
    case 'same':
      return `within ${size(claim.margin)} of each other`;
    case 'order':
      return `${claim.direction} in this order`;
    case 'best':
      return `the first is the ${claim.goal}`;
    case 'all':
    case 'mechanism':
      return '';
    default:
      return claim satisfies never;
  }
}

function boundsText(
  atLeast: number | undefined,
  atMost: number | undefined,
  size: (value: number) => string,
): string {
  const parts = [
    ...(atLeast === undefined ? [] : [`at least ${size(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${size(atMost)}`]),
  ];
  return joinWords(parts);
}

/** `; difference +1.32 points`: of one pair, where the numbers are the runs' own. */
function differencesText(judged: readonly Judged[]): string {
  const { part, cells, decision } = judged[0]!;
  const pairs = new Set(judged.map((one) => one.cells.map(({ cell }) => cell.trial.label).join('|')));
  if (pairs.size > 1 || part.cells.length !== 2 || decision !== null || cells.some(({ isBound }) => isBound))
    return '';
  return `; difference ${signed(estimateOf(part, cells), part.unit)}`;
}

function signed(value: number | null, unit: Unit): string {
  const text = formatValue(value, unit);
  return value !== null && value > 0 && text !== formatValue(0, unit) ? `+${text}` : text;
}

function decisionText({ part, cells, decision }: Judged): string[] {
  if (decision === null) return [];
  const { test, interval, equivalenceP } = decision;
  const name = nameOf(part, cells);
  if (test.status === 'undefined') return [`${name}: no test, ${test.reason}.`];
  const range =
    interval === null ? '' : `, 95% interval ${formatInterval(interval.low, interval.high, part.unit)}`;
  const within = part.want === 'within' ? 'against the margin' : 'after Holm';
  const equivalence = equivalenceP === null ? '' : `, p of equivalence ${formatP(equivalenceP)}`;
  const method = part.cells.length === 1 ? 't' : test.method;
  const doubt = shapeText(test);
  return [
    `${name} ${signed(estimateOf(part, cells), part.unit)}${range} (${method}, n = ${test.n.join(' and ')}), p ${within} ${formatP(test.holmP)}${equivalence}.`,
    ...(doubt === '' ? [] : [`Not to be trusted as it stands: ${doubt}`]),
  ];
}

function nameOf(part: Part, cells: readonly CellValues[]): string {
  const labels = cells.map(({ cell }) => cell.trial.label);
  if (part.role === 'interaction') return 'Difference of the differences';
  if (part.cells.length === 1) return `Mean of ${labels[0]}`;
  return `${capital(labels[0]!)} minus ${labels[1]}`;
}
