/** Claims about what would happen again: one confirmatory family over all of them, decided by `decideFamily`. */

import { type Decision, decideFamily, type FamilyContrast } from '../../stats/decision.js';
import { variance } from '../../stats/summary.js';
import type { StudyRecords } from '../../store/records.js';
import { familyOptions } from '../findings/decide.js';
import type { CellValues } from './cells.js';
import type { Part } from './parts.js';
import { estimateOf } from './runs.js';

/** A part with the numbers of its cells; without them it cannot be tested, and still counts in the family. */
export interface FamilyMember {
  readonly part: Part;
  readonly cells: readonly CellValues[];
}

export type Outcome = 'holds' | 'fails' | 'equivalent' | 'open' | 'untestable';

export interface MemberDecision {
  readonly outcome: Outcome;
  /** The difference's test; of a `same` or a value with tolerance, the test against the nearer end of the margin. */
  readonly test: Decision;
  /** Interval of the sum itself, in its unit. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Holm's p of the equivalence tests, where there is a margin. */
  readonly equivalenceP: number | null;
}

/**
 * Decides about all parts together. Two families as in `decideFamily`: of differences (each against its offset, or, where
 * the claim is that there is none, against the end of the margin on its side) and of equivalences (within the margin).
 * Units differ, so that each contrast is divided by its margin: that changes no t and no p.
 */
export function decideParts(records: StudyRecords, members: readonly FamilyMember[]): MemberDecision[] {
  const options = { ...familyOptions(records), smallestEffect: 1, siblings: false, plan: false };
  const shifts = members.map(marginShift);
  const differences = decideFamily(
    members.map((member, i) => contrastOf(member, i, shifts[i]!, 1)),
    options,
  ).map((decision, i) => (isTurned(members[i]!) ? turned(decision) : decision));
  const withMargin = members.flatMap((member, i) => (member.part.margin === null ? [] : [{ member, i }]));
  const equivalences = decideFamily(
    withMargin.map(({ member, i }) => contrastOf(member, i, 0, member.part.margin!)),
    options,
  );
  const equivalenceOf = new Map(equivalences.map((one) => [one.id, one]));
  return members.map((member, i) =>
    decide(member.part, shifts[i]!, differences[i]!, equivalenceOf.get(String(i))),
  );
}

/** The end of the margin on the estimate's side, for claims that there is no difference. */
function marginShift({ part, cells }: FamilyMember): number {
  if (part.want !== 'within' || part.margin === null || cells.length === 0) return 0;
  const estimate = (estimateOf(part, cells) ?? 0) - part.offset;
  return estimate < 0 ? -part.margin : part.margin;
}

function contrastOf({ part, cells }: FamilyMember, i: number, shift: number, scale: number): FamilyContrast {
  const scaled = cells.map(({ values, cell }, k) => ({
    values: values.map((value) => (k === 0 ? value - part.offset - shift : value) / scale),
    coefficient: cell.coefficient,
    name: cell.trial.label,
  }));
  const id = String(i);
  const [first, second] = scaled;
  if (!isPair(cells)) return { id, cells: scaled };
  const [treated, baseline] = isTurned({ part, cells }) ? [second!, first!] : [first!, second!];
  return { id, treated: treated.values, baseline: baseline.values };
}

function isPair(cells: readonly CellValues[]): boolean {
  return cells.length === 2 && cells[0]!.cell.coefficient === 1 && cells[1]!.cell.coefficient === -1;
}

/**
 * Where claims share a trial, `decideFamily` is careful about the noisier side if that side is the one called treated. A
 * claim may name the two in either order, so the noisier one is put there, and the result turned back.
 */
function isTurned({ cells }: FamilyMember): boolean {
  const error = ({ values }: CellValues) => (variance(values) ?? 0) / values.length;
  return isPair(cells) && error(cells[1]!) > error(cells[0]!);
}

function turned(decision: Decision): Decision {
  if (decision.status === 'undefined') return decision;
  const { estimate, t, low, high, n } = decision;
  return { ...decision, estimate: -estimate, t: -t, low: -high, high: -low, n: n.toReversed() };
}

function decide(
  part: Part,
  shift: number,
  test: Decision,
  equivalence: Decision | undefined,
): MemberDecision {
  if (test.status === 'undefined') return { outcome: 'untestable', test, interval: null, equivalenceP: null };
  const back = part.offset + shift;
  const interval = { low: test.low + back, high: test.high + back };
  const equivalenceP = equivalence?.status === 'ok' ? equivalence.equivalenceHolmP : null;
  const isEquivalent = equivalenceP !== null && equivalenceP <= test.alpha;
  const isDifferent = test.outcome === 'different';
  const outcome = (): Outcome => {
    if (part.want === 'within') {
      if (isEquivalent) return 'holds';
      return isDifferent && Math.sign(test.estimate) === Math.sign(shift) ? 'fails' : 'open';
    }
    if (isDifferent) return test.estimate > 0 === (part.want === 'above') ? 'holds' : 'fails';
    return isEquivalent ? 'equivalent' : 'open';
  };
  return { outcome: outcome(), test, interval, equivalenceP };
}
