/** Made-up studies and claims: curves by formula, no file and no training. */

import { expect } from 'vitest';
import { stringify } from 'yaml';
import { type JudgedClaim, judgeClaims } from '../../src/analysis/claims/claims.js';
import { parseClaims } from '../../src/analysis/claims/parse.js';
import { groupStudy } from '../../src/analysis/trials/study.js';
import type { LoadedRun, RunStatus, StudyRecords } from '../../src/store/records.js';
import { planRuns } from '../../src/study/expand.js';
import type { Run } from '../../src/study/types.js';
import { exampleRun, exampleStudy } from './exampleStudy.js';

type Curves = Parameters<typeof exampleRun>[0];
export interface MadeUp extends Curves {
  /** `done` without it; `null`: the run is not on disk. */
  readonly status?: RunStatus | null;
}

/** A study whose runs have the given curves. */
export function madeUpStudy(
  example: Parameters<typeof exampleStudy>[0],
  make: (run: Run, levels: Run['trial']['levels']) => MadeUp,
): StudyRecords {
  const records = exampleStudy(example);
  const runs: LoadedRun[] = [];
  const missing: StudyRecords['missing'][number][] = [];
  for (const run of planRuns(records.study, 'example')) {
    const { status = 'done', ...curves } = make(run, run.trial.levels);
    if (status === null) missing.push({ id: run.id, trialName: run.trial.name, seed: run.seed });
    else runs.push(exampleRun(curves, { run, status }));
  }
  return { ...records, runs, missing };
}

/** A curve that stays where it is for 30 epochs. */
export const flat = (value: number): number[] => Array.from({ length: 30 }, () => value);

/** Judges claims, each given by what is particular about it. */
export function judge(
  records: StudyRecords,
  claims: readonly Readonly<Record<string, unknown>>[],
  more: Readonly<Record<string, unknown>> = {},
): JudgedClaim[] {
  const common = (i: number) => ({ id: `c${i}`, sentence: `Claim ${i}.`, scope: 'runs' });
  const text = stringify(
    { source: 'A report', ...more, claims: claims.map((claim, i) => ({ ...common(i), ...claim })) },
    { aliasDuplicateObjects: false },
  );
  return judgeClaims(groupStudy(records), parseClaims(text, 'c.yaml', records.study));
}

export const RATES = { learningRate: [0.01, 0.05, 0.2] } as const;
export const LOW = { learningRate: 0.01 };
export const HIGH = { learningRate: 0.2 };
export const ACCURACY = 'validAccuracy.last';
export const level = { kind: 'level', trial: 'baseline', measure: ACCURACY, reason: 'r' };
export const difference = {
  kind: 'difference',
  trial: HIGH,
  than: 'baseline',
  measure: ACCURACY,
  direction: 'higher',
};
export const same = { kind: 'same', trials: ['baseline', HIGH], measure: ACCURACY, margin: 1, reason: 'r' };
export const order = {
  kind: 'order',
  trials: [LOW, 'baseline', HIGH],
  measure: ACCURACY,
  direction: 'rising',
};
export const best = { kind: 'best', trial: HIGH, measure: ACCURACY, goal: 'highest' };
export const again = { scope: 'configurations' };

/** Accuracies by learning rate and seed; `scale` spreads the seeds. */
export function byRate(
  accuracies: Readonly<Record<string, number>>,
  scale = 0.002,
  seeds: readonly number[] = [0, 1, 2, 3, 4],
) {
  return madeUpStudy({ factors: RATES, seeds }, (run, levels) => ({
    validAccuracy: flat(accuracies[String(levels.learningRate)]! + scale * (((run.seed.label * 3) % 5) - 2)),
  }));
}
export const rising = { '0.01': 0.5, '0.05': 0.55, '0.2': 0.6 };
export const verdicts = (claims: readonly JudgedClaim[]) => claims.map(({ verdict }) => verdict);
/** The claims, once none of their sentences holds a number that is none. */
export function clean(claims: readonly JudgedClaim[]): readonly JudgedClaim[] {
  for (const { evidence, id } of claims) {
    expect(evidence, id).not.toMatch(/NaN|Infinity|undefined|null|–/);
    expect(evidence, id).toMatch(/\.$/);
  }
  return claims;
}
