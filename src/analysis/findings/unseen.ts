/** What collapses that no run of a study showed would do to a confirmed difference or equivalence. */

import { undoingShare, unseenShare } from '../../stats/collapse.js';
import type { Decided } from '../../stats/decision.js';
import type { GroupedStudy } from '../trials/study.js';
import { classesIn } from '../trials/troubles.js';
import { count, formatNumber, formatValue } from '../words/format.js';
import { factorLevelLabel } from '../words/labels.js';
import type { UnseenCollapse } from '../words/results.js';
import { familyOptions } from './decide.js';
import type { DeclaredContrast, WeightedCell } from './family.js';

/**
 * Where no run collapsed, a confirmed difference speaks of runs that train: the share of collapsed runs that would undo it
 * (of an interaction, in the one trial where the fewest would), and the share that its seeds cannot exclude. A confirmed
 * equivalence is undone where they carry the difference to the smallest effect of interest, on either side. An accuracy
 * falls to that of guessing, 1 / classes, or to 0 where the classes are not known. A loss ends at least at the one of
 * guessing, ln(classes), that of equal probabilities for all classes; how far above it is not bounded, so that where this
 * would not do it, the value is told at which the unseen share would. So too of metrics without a known bound.
 * `null`: not confirmed, runs of the comparison collapsed, or its seeds exclude such a share.
 */
export function unseenCollapse(
  study: GroupedStudy,
  contrast: DeclaredContrast,
  decided: Decided | null,
): UnseenCollapse | null {
  const { metric, records, troubles } = study;
  const { cells } = contrast;
  if (decided === null || decided.outcome === 'inconclusive') return null;
  if (cells.some(({ cell }) => cell.runs.some((run) => troubles.collapsed.has(run)))) return null;
  const worse = records.study.metric.goal === 'maximize' ? -1 : 1;
  const end = boundOf(study);
  const all = groupsOf(contrast, decided.outcome, worse * decided.estimate).flatMap(({ own, where }) => {
    const side = sideOf(own, metric);
    // Worse runs there move the estimate this way.
    const way = Math.sign(own[0]!.coefficient) * worse;
    const distance =
      decided.outcome === 'different'
        ? Math.abs(decided.estimate)
        : familyOptions(records).smallestEffect - way * decided.estimate;
    return side === null ? [] : undoneBy({ ...side, where }, distance, worse, end);
  });
  const first = (a: UnseenCollapse, b: UnseenCollapse) =>
    a.share / a.unseen - b.share / b.unseen || worse * (a.end - b.end);
  return all.sort(first)[0] ?? null;
}

interface CellGroup {
  readonly own: readonly WeightedCell[];
  /** `null`: the better side of a difference. */
  readonly where: string | null;
}

/** The cells that could collapse together. `towards`: the estimate, turned so that worse runs in cells of the opposite sign undo it. */
function groupsOf(
  { cells, kind, steps }: DeclaredContrast,
  outcome: 'different' | 'equivalent',
  towards: number,
): CellGroup[] {
  const moving =
    outcome === 'equivalent' ? cells : cells.filter(({ coefficient }) => coefficient * towards < 0);
  if (kind === 'interaction') return moving.map((one) => ({ own: [one], where: one.cell.fullLabel }));
  if (outcome === 'different') return moving.length === 0 ? [] : [{ own: moving, where: null }];
  const [step] = steps;
  return [1, -1].flatMap((sign) => {
    const own = moving.filter(({ coefficient }) => coefficient * sign > 0);
    if (own.length === 0) return [];
    const isOne = own.length === 1 || step === undefined;
    const level = sign > 0 ? step?.level : step?.reference;
    return [{ own, where: isOne ? own[0]!.cell.fullLabel : factorLevelLabel(step.path, level ?? null) }];
  });
}

interface Side {
  /** Sum of the coefficients' sizes: what a fall of all its runs by 1 does to the estimate. */
  readonly weight: number;
  /** Weighted mean of the metric. */
  readonly mean: number;
  readonly runs: number;
}

function sideOf(cells: readonly WeightedCell[], metric: GroupedStudy['metric']): Side | null {
  let [weight, sum, runs] = [0, 0, 0];
  for (const { cell, coefficient } of cells) {
    const { mean, n } = cell.summary(metric);
    if (mean === null) return null;
    weight += Math.abs(coefficient);
    sum += Math.abs(coefficient) * mean;
    runs += n;
  }
  return weight === 0 ? null : { weight, mean: sum / weight, runs };
}

interface Bound {
  readonly end: number;
  readonly kind: NonNullable<UnseenCollapse['bound']>;
}

/** Where a collapsed run ends; `null` where no bound is known. */
function boundOf({ metric, records }: GroupedStudy): Bound | null {
  const classes = classesIn(records);
  if (metric.unit === 'accuracy')
    return classes === null ? { end: 0, kind: 'zero' } : { end: 1 / classes, kind: 'guess' };
  return metric.unit === 'loss' && classes !== null
    ? { end: Math.log(classes), kind: 'guessing loss' }
    : null;
}

function undoneBy(
  { weight, mean, runs, where }: Side & { readonly where: string | null },
  distance: number,
  worse: 1 | -1,
  bound: Bound | null,
): UnseenCollapse[] {
  const unseen = unseenShare(runs);
  const shared = { where, runs, unseen };
  const share = bound === null ? null : undoingShare(distance / weight, worse * (bound.end - mean));
  if (bound !== null && share !== null && share <= unseen)
    return [{ ...shared, share, end: bound.end, bound: bound.kind }];
  if (bound !== null && bound.kind !== 'guessing loss') return [];
  const end = mean + (worse * distance) / weight / unseen;
  return [{ ...shared, share: unseen, end, bound: null }];
}

/** The finding's sentence on it, or none. */
export function unseenNotes({ metric, records }: GroupedStudy, found: UnseenCollapse | null): string[] {
  if (found === null) return [];
  const { where, runs, unseen, share, end, bound } = found;
  const side = where === null ? 'on the better side' : `of ${where}`;
  const seen = `which ${where === null ? '' : 'its '}${count(runs, 'run')} cannot exclude (up to ${formatValue(unseen, 'share')})`;
  const percent = `${formatNumber(100 * share)}% of runs`;
  const text = (what: string) => `To be trusted of runs that train only: ${what}, ${seen}.`;
  switch (bound) {
    case 'guess':
      return [text(`${percent} ${side} collapsing would undo it`)];
    case 'zero':
      return [text(`${percent} ${side} collapsing to 0% would undo it`)];
    case 'guessing loss':
      return [
        text(
          `${percent} ${side} ending at the loss of guessing (${formatValue(end, 'loss')}) would undo it, fewer where they end above`,
        ),
      ];
    case null: {
      const beyond = records.study.metric.goal === 'maximize' ? 'below' : 'above';
      return [
        `To be trusted of runs that train only: ${formatValue(share, 'share')} of runs ${side}, which ${where === null ? '' : 'its '}${count(runs, 'run')} cannot exclude, would undo it if they ended at ${formatValue(end, metric.unit)} or ${beyond}.`,
      ];
    }
    default:
      return bound satisfies never;
  }
}
