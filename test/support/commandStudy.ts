/** Studies of runs that a command trained, made up: curves by formula, nothing is called. */

import { stringify } from 'yaml';
import type { LoadedRun, StudyRecords } from '../../src/store/records.js';
import { planRuns } from '../../src/study/expand.js';
import { parseStudy } from '../../src/study/parse.js';
import type { Run } from '../../src/study/types.js';
import { exampleRun } from './exampleStudy.js';

export interface CommandExample {
  readonly metric: { readonly name: string; readonly goal: string; readonly at?: string };
  /** Further columns of the file of metrics, by the names that they get here. */
  readonly columns?: Readonly<Record<string, string>>;
  /** The metrics of a run, the first value at epoch 1. */
  readonly curves: (run: Run) => Readonly<Record<string, readonly (number | null)[]>>;
}

/** Learning rates 0.1 and 0.2, optimizers sgd and adamw; three seeds, all runs done. */
export function commandStudy({ metric, columns = {}, curves }: CommandExample): StudyRecords {
  const study = parseStudy(
    stringify({
      name: 'mine',
      trainer: {
        command: ['./train', '{learningRate}', '{optimizer}', '{seed}', '{run}'],
        metrics: { columns },
      },
      baseline: { learningRate: 0.1, optimizer: 'sgd' },
      factors: { learningRate: [0.1, 0.2], optimizer: ['sgd', 'adamw'] },
      seeds: 3,
      metric,
      smallestEffect: 0.01,
    }),
  );
  const runs = planRuns(study, '').map((run): LoadedRun => {
    const own = curves(run);
    const made = exampleRun(own, { run });
    const record = { ...made.record, configuration: null };
    const metrics = made.metrics.map((row, i) => ({
      ...row,
      ...Object.fromEntries(Object.entries(own).map(([name, values]) => [name, values[i] ?? null])),
    }));
    return { ...made, record, metrics };
  });
  return { directory: 'mine', study, runs, missing: [], outside: [], looks: [], split: null };
}

/** Six epochs that rise to about `end`, a little otherwise for each seed. */
export function risingTo(end: number, seed: number): number[] {
  return Array.from({ length: 6 }, (_, i) => end * (1 - 2 ** -(i + 1)) + 0.004 * Math.sin(5 * seed + i));
}
