/** How long epochs and studies take, from the time of a step. Pure. */
import { cifar10, cifar100 } from '../data/cifar.js';
import { splitSizes } from '../data/split.js';
import { syntheticDefaults } from '../data/synthetic.js';
import type { DatasetConfiguration, RunConfiguration } from '../study/types.js';

/** Milliseconds of a training and of an evaluation step of one batch. */
export interface StepTimes {
  readonly trainMs: number;
  readonly evaluateMs: number;
}

/** Examples of each split. */
export interface SplitExamples {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** The source study's splits of CIFAR-100's training file, and its test file. */
export const publishedSplits: SplitExamples = { train: 40_000, validation: 10_000, test: 10_000 };

/** Epochs between measurements of the training split in evaluation mode: see train/trainGroup.ts. */
const trainEvaluationEvery = 10;

/** One epoch and its validation: the last partial training batch is dropped, the last validation batch is padded. */
export function epochSeconds(splits: SplitExamples, batch: number, times: StepTimes): number {
  const training = Math.floor(splits.train / batch) * times.trainMs;
  return (training + evaluationMs(splits.validation, batch, times)) / 1000;
}

/** A whole run: its epochs, the training split in evaluation mode every tenth epoch, validation and test at the end. */
export function runSeconds(configuration: RunConfiguration, times: StepTimes): number {
  const { epochs, batchSize } = configuration.training;
  const splits = splitExamples(configuration.dataset);
  const again = Math.floor(epochs / trainEvaluationEvery) + (epochs % trainEvaluationEvery === 0 ? 0 : 1);
  const part = Math.min(splits.train, splits.validation);
  const evaluations =
    again * evaluationMs(part, batchSize, times) +
    evaluationMs(splits.validation, batchSize, times) +
    evaluationMs(splits.test, batchSize, times);
  return epochs * epochSeconds(splits, batchSize, times) + evaluations / 1000;
}

function evaluationMs(examples: number, batch: number, { evaluateMs }: StepTimes): number {
  return Math.ceil(examples / batch) * evaluateMs;
}

/** How many examples each split of a configuration has, without loading it. */
export function splitExamples(dataset: DatasetConfiguration): SplitExamples {
  const files = fileExamples(dataset);
  const { limit } = dataset;
  const options = { validation: dataset.validation, seed: 0 };
  const sizes =
    limit === null
      ? splitSizes(files.train, options)
      : splitSizes(files.train, {
          ...options,
          limit: typeof limit === 'number' ? limit : { train: limit.train, validation: limit.validation },
        });
  const test = typeof limit === 'object' ? (limit?.test ?? files.test) : files.test;
  return { ...sizes, test };
}

function fileExamples(dataset: DatasetConfiguration): { train: number; test: number } {
  if (dataset.name === 'synthetic') {
    return { train: dataset.train ?? syntheticDefaults.train, test: dataset.test ?? syntheticDefaults.test };
  }
  const format = dataset.name === 'cifar10' ? cifar10 : cifar100;
  const sum = (files: typeof format.train) => files.reduce((total, { published }) => total + published, 0);
  return { train: sum(format.train), test: sum(format.test) };
}

/** Classes of a configuration's dataset. */
export function classesOf(dataset: DatasetConfiguration): number {
  if (dataset.name === 'synthetic') return dataset.classes ?? syntheticDefaults.classes;
  if (dataset.name === 'cifar10') return 10;
  return dataset.labels === 'coarse' ? 20 : 100;
}
