/** How many images a run sees, known without the dataset being there. */
import type { DatasetConfig } from '../data/config.js';
import { datasetOutline } from '../data/datasets.js';
import type { SharedDataset } from '../launch/jobs.js';
import { prepareSplits } from '../launch/prepare.js';
import { canonicalJson } from '../study/paths.js';
import type { Run } from '../study/types.js';
import { trainEvaluationEvery } from '../train/replica.js';

/** Labels and sizes of a dataset without its images. Real classes are equally large, so that split sizes are exact. */
export function outlineOf(dataset: DatasetConfig): SharedDataset {
  const { classes, trainExamples, testExamples } = datasetOutline(dataset);
  const labels = Uint16Array.from({ length: trainExamples + testExamples }, (_, i) =>
    i < trainExamples ? i % classes : (i - trainExamples) % classes,
  );
  const image = { channels: 3, height: 32, width: 32, mean: [0, 0, 0], deviation: [1, 1, 1] };
  return { pixels: new Uint8Array(0), labels, ...image, classes, trainExamples, testExamples, checksum: '' };
}

/** Images in each split. */
export interface SplitSizes {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly trainEvaluation: number;
}

/** Split sizes of runs; each dataset configuration is split once, since another seed gives splits of the same size. */
export function splitSizes(outline: SharedDataset): (run: Pick<Run, 'trial' | 'seed'>) => SplitSizes {
  const known = new Map<string, SplitSizes>();
  return ({ trial, seed }) => {
    const { dataset } = trial.configuration;
    const key = canonicalJson(dataset);
    const before = known.get(key);
    if (before !== undefined) return before;
    const { train, validation, test, trainEvaluation } = prepareSplits(outline, dataset, seed);
    const sizes = {
      train: train.length,
      validation: validation.length,
      test: test.length,
      trainEvaluation: trainEvaluation.length,
    };
    known.set(key, sizes);
    return sizes;
  };
}

/** Training and evaluation steps that a run makes from one epoch to its end. */
export interface RunSteps {
  readonly train: number;
  readonly evaluate: number;
}

/** One epoch and its validation: the last partial training batch is dropped, the last validation batch is padded. */
export function epochSteps(sizes: Pick<SplitSizes, 'train' | 'validation'>, batchSize: number): RunSteps {
  return {
    train: Math.floor(sizes.train / batchSize),
    evaluate: Math.ceil(sizes.validation / batchSize),
  };
}

/** Steps of a run that has `epochsDone` epochs behind it. */
export function stepsOf({ trial }: Pick<Run, 'trial'>, sizes: SplitSizes, epochsDone: number): RunSteps {
  const { epochs, batchSize } = trial.configuration.training;
  const batches = (images: number) => Math.ceil(images / batchSize);
  const epoch = epochSteps(sizes, batchSize);
  const left = Math.max(0, epochs - epochsDone);
  const every = trainEvaluationEvery;
  const tenths = Math.floor(epochs / every) - Math.floor(Math.min(epochs, epochsDone) / every);
  const last = left > 0 && epochs % every !== 0 ? 1 : 0;
  return {
    train: left * epoch.train,
    evaluate:
      left * epoch.evaluate +
      (tenths + last) * batches(sizes.trainEvaluation) +
      batches(sizes.validation) +
      batches(sizes.test),
  };
}
