/** What a study can detect with its seeds, before anything is trained. */

import { declaredMeasure } from '../analysis/measures/measures.js';
import { studyTrials } from '../analysis/trials/trials.js';
import { alphaAtLook } from '../stats/alphaSpending.js';
import { type EvenContrast, seedsForEquivalence } from '../stats/equivalencePower.js';
import { detectableDifference, neededSeeds, upperDeviation } from '../stats/power.js';
import { variance } from '../stats/summary.js';
import type { StudyRecords } from '../store/records.js';
import { metricOf } from '../study/metrics.js';
import type { ResolvedStudy } from '../study/types.js';
import { unitOf } from '../study/units.js';
import { type PlannedKind, plannedFamily } from './family.js';
import { type PowerLimits, powerLimits } from './limits.js';

/** The deviation between seeds that a plan is made with, in points for accuracies, else in the metric's unit. */
export interface PlannedDeviation {
  readonly value: number;
  readonly source: 'given' | 'default' | 'measured';
  /** Measured: the deviation itself, whose upper 80% limit `value` is, over how many trials, with its degrees of freedom. */
  readonly measured: { readonly sd: number; readonly trials: number; readonly df: number } | null;
}

export interface PowerRow extends PlannedKind {
  /** Smallest true difference that is found with chance 0.8 at Holm's first step; `null`: the reason stands beside it. */
  readonly detectable: number | null;
  /** Seeds in each cell that find `smallestEffect` so. */
  readonly neededSeeds: number | null;
  /** Seeds in each cell that call a difference of 0 equivalent with chance 0.8, at Holm's first step. */
  readonly equivalenceSeeds: number | null;
  readonly reason: string | null;
}

export interface PowerPlan extends PowerLimits {
  /** `null`: none is known for this metric. */
  readonly deviation: PlannedDeviation | null;
  readonly seeds: number;
  readonly smallestEffect: number;
  /** `points`, or empty. */
  readonly unit: string;
  /** Of the whole family at this look. */
  readonly alpha: number;
  /** `null`: the data are looked at once. */
  readonly look: number | null;
  /** Contrasts in the confirmatory family. */
  readonly contrasts: number;
  readonly rows: readonly PowerRow[];
}

/** Of final validation accuracy between seeds, in points: the middle of the 0.4 to 0.8 of docs/statistics.md. */
const defaultDeviation = 0.6;

export interface PowerRequest {
  readonly study: ResolvedStudy;
  readonly deviation: PlannedDeviation | null;
  readonly look: number | null;
}

/** Detectable differences and needed seeds for each kind of contrast of the confirmatory family. */
export function planPower({ study, deviation, look }: PowerRequest): PowerPlan {
  const kinds = plannedFamily(study);
  const contrasts = kinds.reduce((sum, kind) => sum + kind.contrasts, 0);
  const spent = look === null ? null : alphaAtLook(look);
  const alpha = spent?.status === 'ok' ? spent.alpha : 0.05;
  const options = { alpha, contrasts: Math.max(1, contrasts) };
  const rows = kinds.map((kind): PowerRow => {
    const unknown = kind.problem ?? (deviation === null ? 'no deviation is known' : null);
    if (deviation === null || unknown !== null)
      return { ...kind, detectable: null, neededSeeds: null, equivalenceSeeds: null, reason: unknown };
    const planned = plannedContrast(study, kind, deviation.value);
    const found = detectableDifference(planned, study.seeds.length, options);
    const needed = neededSeeds(planned, study.smallestEffect, options);
    const equal = seedsForEquivalence(planned, study.smallestEffect, options);
    const problems = [found, needed].flatMap((one) => (one.status === 'ok' ? [] : [one.reason]));
    return {
      ...kind,
      detectable: found.status === 'ok' ? found.difference : null,
      neededSeeds: needed.status === 'ok' ? needed.seeds : null,
      equivalenceSeeds: equal.status === 'ok' ? equal.seeds : null,
      reason: problems[0] ?? null,
    };
  });
  const unit = isAccuracy(study) ? 'points' : '';
  const { seeds, smallestEffect } = study;
  const plan = { deviation, seeds: seeds.length, smallestEffect, unit, alpha, look, contrasts, rows };
  return { ...plan, ...powerLimits(plan) };
}

/** Pairs have one deviation of their differences; planned without correlation, as if pairing gained nothing. */
function plannedContrast(study: ResolvedStudy, kind: PlannedKind, deviation: number): EvenContrast {
  const { coefficients } = kind;
  if (study.pairing === 'none') return { coefficients, deviation };
  return {
    coefficients: [1],
    deviation: deviation * Math.sqrt(coefficients.reduce((sum, c) => sum + c * c, 0)),
  };
}

/**
 * The deviation to plan with: the given one, else the upper 80% limit of the one measured in the study's finished runs
 * (root mean square over its trials with two runs or more: for planning only, no test pools), else the default for
 * accuracies, else `null`.
 */
export function plannedDeviation(
  study: ResolvedStudy,
  given: number | undefined,
  records: StudyRecords | null,
): PlannedDeviation | null {
  if (given !== undefined) return { value: given, source: 'given', measured: null };
  const measured = records === null ? null : measuredDeviation(study, records);
  if (measured !== null) {
    const upper = upperDeviation(measured.sd, measured.df);
    if (upper.status === 'ok') return { value: upper.deviation, source: 'measured', measured };
  }
  if (!isAccuracy(study)) return null;
  return { value: defaultDeviation, source: 'default', measured: null };
}

function measuredDeviation(study: ResolvedStudy, records: StudyRecords): PlannedDeviation['measured'] {
  const measure = declaredMeasure(study.metric);
  const { scale } = unitOf(measure.unit);
  let squares = 0;
  let df = 0;
  let trials = 0;
  for (const trial of studyTrials(records)) {
    const values = [...trial.valuesBySeed(measure).values()];
    const spread = variance(values);
    if (spread === null) continue;
    squares += (values.length - 1) * spread;
    df += values.length - 1;
    trials += 1;
  }
  return df === 0 ? null : { sd: scale * Math.sqrt(squares / df), trials, df };
}

function isAccuracy({ metric }: ResolvedStudy): boolean {
  return metricOf(metric.name).unit === 'accuracy';
}
