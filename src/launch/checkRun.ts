/** What can be checked of a run before anything is trained. */
import { requestError } from '../base/errors.js';
import type { Dataset } from '../data/dataset.js';
import { activationsFor } from '../nn/activations.js';
import type { Run } from '../study/types.js';
import { estimateRunMemory } from './allotment.js';
import { compileRun } from './executeRun.js';
import { initialFrom } from './initialWeights.js';
import type { SharedDataset } from './jobs.js';
import { prepareSplits } from './prepare.js';

/** Compiles the run, so that what is impossible is refused before anything is trained; gives its memory in bytes. */
export function checkedMemory(run: Run, dataset: SharedDataset): number {
  const program = compileRun(run, dataset);
  activationsFor(program.network, run.trial.configuration.activation);
  const { train } = prepareSplits(dataset, run.trial.configuration.dataset, run.seed);
  if (train.length < program.batch) {
    throw requestError({
      what: 'the training split is smaller than one batch',
      where: 'training.batchSize',
      rule: `at most ${train.length}`,
      value: String(program.batch),
      advice: 'lower training.batchSize or raise dataset.limit',
    });
  }
  const { initial } = run.trial.configuration.training;
  if (initial !== null) initialFrom(initial, program, undefined);
  return estimateRunMemory(program);
}

/** The part of a dataset that workers need. */
export function shareDataset(dataset: Dataset): SharedDataset {
  const { pixels, labels, channels, height, width, mean, deviation, trainExamples, testExamples, checksum } =
    dataset;
  const classes = dataset.classes.length;
  return {
    pixels,
    labels,
    channels,
    height,
    width,
    mean,
    deviation,
    classes,
    trainExamples,
    testExamples,
    checksum,
  };
}
