/** From a study file to what can be run: dataset, splits, runs. */
import { resolve } from 'node:path';
import { requestError } from '../base/errors.js';
import type { DatasetConfig } from '../data/config.js';
import type { DataProgress, Dataset } from '../data/dataset.js';
import { sourceOf } from '../data/datasets.js';
import { loadDataset } from '../data/node/load.js';
import { splitDataset, trainEvaluationSubset } from '../data/split.js';
import type { DatasetConfiguration, ResolvedStudy, RunSeed, Trial } from '../study/types.js';
import type { TrainSplits } from '../train/group.js';

export interface DatasetAccess {
  readonly dataDir?: string | undefined;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The one dataset of a study; a study whose trials need several is refused. */
export function studyDataset(study: ResolvedStudy, trials: readonly Trial[]): DatasetConfig {
  const wanted = sourceOf(study.baseline.dataset);
  for (const trial of trials) {
    if (JSON.stringify(sourceOf(trial.configuration.dataset)) === JSON.stringify(wanted)) continue;
    throw requestError({
      what: 'the trials of a study share one dataset',
      where: `trial ${trial.name}`,
      rule: 'dataset.name, labels and the synthetic options are the same in every trial',
      advice: 'make one study for each dataset',
    });
  }
  return wanted;
}

/** Loads the dataset of a study. */
export async function openStudyDataset(
  study: ResolvedStudy,
  trials: readonly Trial[],
  access: DatasetAccess,
): Promise<Dataset> {
  const wanted = studyDataset(study, trials);
  const options = {
    ...(access.dataDir === undefined ? {} : { dataDir: resolve(access.dataDir) }),
    ...(access.onProgress === undefined ? {} : { onProgress: access.onProgress }),
    ...(access.signal === undefined ? {} : { signal: access.signal }),
  };
  return loadDataset(wanted, options);
}

export interface PreparedSplits extends TrainSplits {
  readonly notes: readonly string[];
}

/** The splits of one run: pure, so that every worker makes its own. */
export function prepareSplits(
  dataset: Pick<Dataset, 'labels' | 'trainExamples' | 'testExamples'>,
  configuration: DatasetConfiguration,
  seed: RunSeed,
): PreparedSplits {
  const splitSeed = configuration.splitSeed === 'per-seed' ? seed.label : configuration.splitSeed;
  const { limit } = configuration;
  const options = {
    validation: configuration.validation,
    seed: splitSeed,
    ...(limit === null
      ? {}
      : { limit: typeof limit === 'number' ? limit : { ...limit, test: limit.test ?? undefined } }),
  };
  const split = splitDataset(dataset, options);
  return {
    train: split.train,
    validation: split.validation,
    test: split.test,
    trainEvaluation: trainEvaluationSubset(dataset.labels, split.train, split.validation.length, splitSeed),
    testStart: dataset.trainExamples,
    notes: split.notes,
  };
}
