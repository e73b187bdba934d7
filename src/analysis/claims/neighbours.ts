/**
 * Neighbouring readings of a claim: other limits (half, twice) and other measures of the same thing (the last epoch, the
 * last epochs, the last hundred; other thresholds of an epoch that is reached). A verdict that flips under one of them
 * rests on our reading, and not on the curves.
 */

import { curveIdOf } from '../measures/measures.js';
import { type MetricsOfStudy, measureIdOf, quantityOf } from './measures.js';
import type { Claim, MeasureSpec } from './schema.js';

export interface Neighbour {
  readonly claim: Claim;
  /** In words: `with the limits halved`, `by another measure`. */
  readonly what: string;
  /** Whether only the limits are others, and the numbers the same. */
  readonly hasOwnLimits: boolean;
}

type Measured = Extract<Claim, { readonly measure: MeasureSpec }>;

const HUNDRED = 100;

export function neighbours(claim: Claim, study: MetricsOfStudy): Neighbour[] {
  if (claim.kind === 'mechanism' || claim.kind === 'all') return [];
  return [...scaled(claim, study), ...('measure' in claim ? remeasured(claim, study) : refeatured(claim))];
}

/** The limits times 0.5 and 2; of a high share or accuracy its distance from 100%. A limit of 0 has no neighbours. */
function scaled(claim: Claim, study: MetricsOfStudy): Neighbour[] {
  const limits = ['atLeast', 'atMost', 'tolerance', 'margin'].filter(
    (key) => typeof Reflect.get(claim, key) === 'number' && Reflect.get(claim, key) !== 0,
  );
  if (limits.length === 0) return [];
  return (
    [
      [0.5, 'halved'],
      [2, 'doubled'],
    ] as const
  ).map(([factor, word]) => ({
    claim: {
      ...claim,
      ...Object.fromEntries(
        limits.map((key) => [
          key,
          nextTo(Reflect.get(claim, key) as number, factor, isShare(claim, key, study)),
        ]),
      ),
    },
    what: `with ${limits.length === 1 ? 'the limit' : 'the limits'} ${word}`,
    hasOwnLimits: true,
  }));
}

function nextTo(limit: number, factor: number, share: boolean): number {
  return share && limit > 50 ? 100 - (100 - limit) * factor : limit * factor;
}

/** Whether a limit is a share or an accuracy itself, and no difference of two. */
function isShare(claim: Claim, key: string, study: MetricsOfStudy): boolean {
  if (key !== 'atLeast' && key !== 'atMost') return false;
  const spec = claim.kind === 'level' ? claim.measure : claim.kind === 'curve' ? claim.criterion : null;
  const unit = spec === null ? null : quantityOf(spec, study).unit;
  return unit === 'accuracy' || unit === 'share';
}

function remeasured(claim: Measured, study: MetricsOfStudy): Neighbour[] {
  const { measure } = claim;
  const others: readonly MeasureSpec[] =
    typeof measure === 'string' ? likeMeasures(measureIdOf(measure, study)) : likeFeatures(measure);
  return others.map((other) => ({ claim: { ...claim, measure: other }, ...otherMeasure }));
}

function refeatured(claim: Extract<Claim, { kind: 'curve' }>): Neighbour[] {
  const { criterion } = claim;
  if (criterion.feature !== 'fluctuation') return [];
  return likeFeatures(criterion).map((other) => ({ claim: { ...claim, criterion: other }, ...otherMeasure }));
}

/** Which one, its numbers say. */
const otherMeasure = { what: 'by another measure', hasOwnLimits: false };

type Feature = Exclude<MeasureSpec, string>;

const TO_ACCURACY = ['epochsTo50', 'epochsTo90', 'epochsTo99'] as const;

function likeMeasures(measure: string): MeasureSpec[] {
  if (TO_ACCURACY.some((one) => one === measure)) return TO_ACCURACY.filter((one) => one !== measure);
  if (measure === 'stability') return [{ feature: 'fluctuation', of: 'validAccuracy', over: HUNDRED }];
  const [name, at] = curveIdOf(measure);
  if (at !== 'last' && at !== 'final') return [];
  const hundred = { feature: 'mean', of: name, over: HUNDRED } as Feature;
  return [`${name}.${at === 'last' ? 'final' : 'last'}`, hundred];
}

function likeFeatures(feature: Feature): Feature[] {
  return feature.feature === 'fluctuation' ? [{ ...feature, over: HUNDRED }] : [];
}
