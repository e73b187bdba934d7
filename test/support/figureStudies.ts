/** Studies as figures meet them: many levels, crossed factors, a cell that did not learn, one seed, one epoch. */

import { type Analysis, analyse } from '../../src/analysis/analyse.js';
import type { LoadedRun, StudyRecords } from '../../src/store/records.js';
import { exampleStudy } from './exampleStudy.js';

/** Learning rate and weight decay, three seeds. */
export const crossedStudy = (rates: readonly number[] = [0.01, 0.05, 0.2]): StudyRecords =>
  exampleStudy({
    method: 'grid',
    factors: { learningRate: rates, weightDecay: [0, 0.01] },
    seeds: [0, 1, 2],
    more: { interactions: [['learningRate', 'weightDecay']] },
  });

/** The runs of a trial whose curves become those of guessing. */
export function withDeadTrial(
  records: StudyRecords,
  trialName: string,
  lossOf: (epoch: number) => number = () => 3,
): StudyRecords {
  const runs = records.runs.map((run) => (run.record.trialName === trialName ? deadRun(run, lossOf) : run));
  return { ...records, runs };
}

function deadRun(run: LoadedRun, lossOf: (epoch: number) => number): LoadedRun {
  const metrics = run.metrics.map((row) => ({
    ...row,
    trainAccuracy: 0.05,
    validAccuracy: 0.05,
    trainLoss: lossOf(row.epoch),
    validLoss: lossOf(row.epoch),
  }));
  return { ...run, metrics, predictedClasses: 1 };
}

export const analysed = (records: StudyRecords): Analysis => analyse(records, { plan: false });
