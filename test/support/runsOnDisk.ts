/** Runs of a study as files, made up: for tests of what reads them. */

import { join } from 'node:path';
import { RunFiles } from '../../src/store/node/runFiles.js';
import { writeSplit, writeStudy } from '../../src/store/node/studyFiles.js';
import type { RunRecord } from '../../src/store/records.js';
import { waitingRecord } from '../../src/store/waitingRecord.js';
import type { ResolvedStudy, Run } from '../../src/study/types.js';

export const checksum = 'sum';

/** study.yaml and split.json. */
export function writeStudyFiles(directory: string, study: ResolvedStudy): void {
  writeStudy(directory, study);
  const empty = { train: [], validation: [], test: [], notes: [] };
  writeSplit(directory, { formatVersion: 1, dataset: 'synthetic', checksum, ...empty });
}

/** A run that is done unless `changes` say otherwise; its validation accuracy is the same in every epoch. */
export function writeRun(
  directory: string,
  run: Run,
  accuracy = 0.5,
  changes: Partial<RunRecord> = {},
): void {
  const files = new RunFiles(join(directory, 'runs', run.id));
  const { epochs } = run.trial.configuration.training;
  const epochsDone = changes.epochsDone ?? epochs;
  files.writeRecord({
    ...waitingRecord(run, checksum),
    status: 'done',
    epochsDone,
    ...changes,
  });
  for (let epoch = 1; epoch <= epochsDone; epoch++) {
    files.appendMetrics({
      epoch,
      trainLoss: 1,
      trainAccuracy: 0.5,
      validLoss: 2,
      validAccuracy: accuracy,
      trainEvalLoss: null,
      trainEvalAccuracy: null,
      learningRate: 0.05,
      imagesPerSecond: 9,
      seconds: 3,
    });
  }
}
