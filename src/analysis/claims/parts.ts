/** A claim -> what has to hold: statements about sums of cells, the same for every kind. */

import { metricOf } from '../../study/metrics.js';
import type { LevelValue } from '../../study/types.js';
import { unitOf } from '../../study/units.js';
import type { RunGroup } from '../trials/runGroup.js';
import type { GroupedStudy } from '../trials/study.js';
import type { Unit } from '../words/format.js';
import { type Quantity, quantityOf } from './measures.js';
import type { Claim, MeasureSpec, TrialSpec } from './schema.js';
import { allTrials, type ClaimTrials, findTrials } from './trials.js';

/** One quantity over the runs of one trial, and its weight in the sum. */
export interface ClaimCell {
  readonly trial: RunGroup;
  readonly quantity: Quantity;
  readonly coefficient: 1 | -1;
}

/** `sum of coefficient * value - offset` is above 0, below 0, or within `margin` of it. */
export interface Part {
  readonly cells: readonly ClaimCell[];
  /** `interaction`: only asked whether the effect depends on a factor. */
  readonly role: 'claim' | 'interaction';
  readonly want: 'above' | 'below' | 'within';
  readonly offset: number;
  /** 0 itself does not count. */
  readonly strict: boolean;
  /** Differences below it count as none; `null` where the claim and the study declare none for this unit. */
  readonly margin: number | null;
  /** Of the sum. */
  readonly unit: Unit;
  /** The level of `across` at which this part holds, `null` without. */
  readonly at: LevelValue;
}

export interface ClaimParts {
  readonly parts: readonly Part[];
  /** Trials without which the claim cannot be judged, beside those of the parts. */
  readonly needs: readonly RunGroup[];
  /** Said with the evidence. */
  readonly notes: readonly string[];
}

type Of<K extends Claim['kind']> = Extract<Claim, { kind: K }>;

/** What has to hold for a claim; nothing for a mechanism. */
export function claimParts(context: ClaimTrials, claim: Claim): ClaimParts {
  const alone = (parts: readonly Part[]): ClaimParts => ({ parts, needs: [], notes: [] });
  switch (claim.kind) {
    case 'level':
      return alone(levelParts(context, claim));
    case 'curve':
      return curveParts(context, claim);
    case 'difference':
      return differenceParts(context, claim);
    case 'same':
      return alone(sameParts(context, claim));
    case 'order':
      return alone(orderParts(context, claim));
    case 'best':
      return bestParts(context, claim);
    case 'all':
    case 'mechanism':
      return alone([]);
    default:
      return claim satisfies never;
  }
}

const part = (cells: readonly ClaimCell[], unit: Unit, more: Partial<Part>): Part => ({
  cells,
  unit,
  role: 'claim',
  want: 'above',
  offset: 0,
  strict: false,
  margin: null,
  at: null,
  ...more,
});

/** The parts that `atLeast` and `atMost` make of one cell. */
function boundedParts(cell: ClaimCell, { atLeast, atMost }: Pick<Of<'curve'>, 'atLeast' | 'atMost'>): Part[] {
  const { unit } = cell.quantity;
  const { scale } = unitOf(unit);
  const of = (want: 'above' | 'below', bound: number | undefined) =>
    bound === undefined ? [] : [part([cell], unit, { want, offset: bound / scale })];
  return [...of('above', atLeast), ...of('below', atMost)];
}

function levelParts(context: ClaimTrials, claim: Of<'level'>): Part[] {
  const [trial] = findTrials(context, [claim.trial]);
  const quantity = quantityOf(claim.measure, context.study.records.study);
  const cell = { trial: trial!, quantity, coefficient: 1 } as const;
  const { value, tolerance } = claim;
  if (value === undefined || tolerance === undefined) return boundedParts(cell, claim);
  const { scale } = unitOf(quantity.unit);
  const within = { want: 'within', offset: value / scale, margin: tolerance / scale } as const;
  return [part([cell], quantity.unit, within)];
}

function curveParts(context: ClaimTrials, claim: Of<'curve'>): ClaimParts {
  const { criterion } = claim;
  const specs = criterion.feature === 'lead' ? [claim.trial, criterion.than] : [claim.trial];
  const [trial, rival] = findTrials(context, specs);
  const cell = {
    trial: trial!,
    quantity: quantityOf(criterion, context.study.records.study, rival),
    coefficient: 1,
  } as const;
  return { parts: boundedParts(cell, claim), needs: rival === undefined ? [] : [rival], notes: [] };
}

function contrastCells(
  { records }: GroupedStudy,
  pair: readonly RunGroup[],
  measure: MeasureSpec,
  other = measure,
): ClaimCell[] {
  return [
    { trial: pair[0]!, quantity: quantityOf(measure, records.study), coefficient: 1 },
    { trial: pair[1]!, quantity: quantityOf(other, records.study), coefficient: -1 },
  ];
}

/** The study's smallest effect, where it is declared for numbers of this unit. */
function smallestEffect({ records: { study } }: GroupedStudy, unit: Unit): number | null {
  const { difference, scale } = unitOf(metricOf(study.metric.name).unit);
  return unit === difference ? study.smallestEffect / scale : null;
}

function differenceParts(context: ClaimTrials, claim: Of<'difference'>): ClaimParts {
  const { across } = claim;
  if (across === undefined) return { parts: simpleParts(context, claim), needs: [], notes: [] };
  const levels = crossedLevels(context, claim, across);
  if (levels.length < 2) {
    const note = `Whether it depends on ${across} was not examined: this study does not cross the two`;
    return { parts: simpleParts(context, claim), needs: [], notes: [note] };
  }
  const simple = levels.map((level) => simpleParts(context, claim, { [across]: level }, level));
  const [first, ...others] = simple.map((parts) => parts[0]!);
  const interactions = others.map((other) => {
    const opposite = first!.cells.map((cell) => ({ ...cell, coefficient: -cell.coefficient as 1 | -1 }));
    return { ...other, cells: [...other.cells, ...opposite], role: 'interaction', offset: 0 } as const;
  });
  return { parts: [...simple.flat(), ...interactions], needs: [], notes: [] };
}

/** The levels of a factor at which both trials of a difference have a run, the study's order. */
function crossedLevels(context: ClaimTrials, claim: Of<'difference'>, path: string): LevelValue[] {
  const factor = context.study.records.study.factors.find((one) => one.path === path);
  return (factor?.levels ?? []).filter((level) =>
    findTrials(context, [withLevel(claim.trial, path, level), withLevel(claim.than, path, level)]).every(
      ({ runs }) => runs.length > 0,
    ),
  );
}

function withLevel(spec: TrialSpec, path: string, level: LevelValue): TrialSpec {
  return { ...(spec === 'baseline' ? {} : spec), [path]: level };
}

function simpleParts(
  context: ClaimTrials,
  claim: Of<'difference'>,
  extra: Readonly<Record<string, LevelValue>> = {},
  at: LevelValue = null,
): Part[] {
  const specs = [claim.trial, claim.than].map((spec) =>
    Object.entries(extra).reduce((made, [path, level]) => withLevel(made, path, level), spec),
  );
  const cells = contrastCells(context.study, findTrials(context, specs), claim.measure, claim.thanMeasure);
  const unit = unitOf(cells[0]!.quantity.unit).difference;
  const higher = claim.direction === 'higher';
  const [want, opposite] = higher ? (['above', 'below'] as const) : (['below', 'above'] as const);
  const signed = (size: number) => (higher ? 1 : -1) * (size / unitOf(unit).scale);
  const { atLeast, atMost } = claim;
  const margin = atLeast === undefined ? smallestEffect(context.study, unit) : null;
  const direction = { want, offset: signed(atLeast ?? 0), strict: atLeast === undefined, margin, at };
  return [
    part(cells, unit, direction),
    ...(atMost === undefined ? [] : [part(cells, unit, { want: opposite, offset: signed(atMost), at })]),
  ];
}

function sameParts(context: ClaimTrials, claim: Of<'same'>): Part[] {
  const trials = findTrials(context, claim.trials);
  return trials.flatMap((a, i) =>
    trials.slice(i + 1).map((b) => {
      const cells = contrastCells(context.study, [a, b], claim.measure);
      const unit = unitOf(cells[0]!.quantity.unit).difference;
      return part(cells, unit, { want: 'within', margin: claim.margin / unitOf(unit).scale });
    }),
  );
}

function orderParts(context: ClaimTrials, claim: Of<'order'>): Part[] {
  const trials = findTrials(context, claim.trials);
  const want = claim.direction === 'rising' ? 'above' : 'below';
  return trials.slice(1).map((later, i) => strictPart(context, [later, trials[i]!], claim.measure, want));
}

function strictPart(
  { study }: ClaimTrials,
  pair: readonly RunGroup[],
  measure: MeasureSpec,
  want: 'above' | 'below',
): Part {
  const cells = contrastCells(study, pair, measure);
  const unit = unitOf(cells[0]!.quantity.unit).difference;
  return part(cells, unit, { want, strict: true, margin: smallestEffect(study, unit) });
}

function bestParts(context: ClaimTrials, claim: Of<'best'>): ClaimParts {
  const want = claim.goal === 'highest' ? 'above' : 'below';
  const { trial, others } = bestTrials(context, claim);
  return {
    parts: others.map((other) => strictPart(context, [trial, other], claim.measure, want)),
    needs: [trial],
    notes: [],
  };
}

function bestTrials(context: ClaimTrials, claim: Of<'best'>): { trial: RunGroup; others: RunGroup[] } {
  if (claim.among !== undefined) {
    const [trial, ...others] = findTrials(context, [claim.trial, ...claim.among]);
    const own = new Set(trial!.runs);
    return {
      trial: trial!,
      others: others.filter((one) => one.label !== trial!.label && !one.runs.some((run) => own.has(run))),
    };
  }
  const [trial] = findTrials(context, [claim.trial]);
  const own = new Set(trial!.runs);
  return {
    trial: trial!,
    others: allTrials(context).filter(({ runs }) => !runs.some((run) => own.has(run))),
  };
}
