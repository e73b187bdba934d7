/** What a study directory says about the study before its runs are trained. */
import type { Dataset } from '../data/dataset.js';
import { claimRuns } from '../store/node/runDirectories.js';
import { readSelections, readStudy, writeSplit, writeStudy } from '../store/node/studyFiles.js';
import { planRuns } from '../study/expand.js';
import type { ResolvedStudy } from '../study/types.js';
import { addLook, extensionOf } from './looks.js';
import { prepareSplits } from './prepare.js';

export interface Recorded {
  /** Remarks about the dataset and the split, for the user. */
  readonly notes: readonly string[];
  /** Results had been seen, and the study has grown. */
  readonly looked: boolean;
}

/**
 * Writes study.yaml and split.json, and a look where the study grows after results were seen; gives runs on disk the
 * names that the study has for them. To be called under the study's lock.
 */
export function recordStudy(directory: string, study: ResolvedStudy, dataset: Dataset): Recorded {
  const before = readStudy(directory);
  const choices = readSelections(directory).at(-1)?.levels ?? [];
  const { checksum } = dataset;
  const extension =
    before === null ? null : extensionOf({ directory, before, after: study, checksum, choices });
  if (extension !== null) addLook(directory, extension);
  const splits = prepareSplits(dataset, study.baseline.dataset, study.seeds[0]);
  writeStudy(directory, study);
  writeSplit(directory, {
    formatVersion: 1,
    dataset: dataset.name,
    checksum,
    train: [...splits.train],
    validation: [...splits.validation],
    test: Array.from(splits.test, (index) => index - splits.testStart),
    notes: splits.notes,
  });
  claimRuns(directory, planRuns(study, checksum, choices));
  return { notes: [...dataset.notes, ...splits.notes], looked: extension !== null };
}
