/** Made-up studies and claims: curves by formula, no file and no training. */

import { stringify } from 'yaml';
import { parseClaims } from '../../src/analysis/claimParse.js';
import { type JudgedClaim, judgeClaims } from '../../src/analysis/claims.js';
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
  return judgeClaims(records, parseClaims(text));
}
