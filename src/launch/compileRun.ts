/** A run's Program, and what can be checked of the run before anything is trained. */

import { requestError } from '../base/errors.js';
import { maxOf } from '../base/extremes.js';
import { compile } from '../compile/compile.js';
import type { Program } from '../compile/program.js';
import type { Dataset } from '../data/dataset.js';
import { activationsFor } from '../nn/activations.js';
import { buildNetwork } from '../nn/build.js';
import { canonicalJson } from '../study/paths.js';
import type { RunConfiguration, RunSeed } from '../study/types.js';
import { estimateRunMemory } from './allotment.js';
import { initialFrom } from './initialWeights.js';
import type { SharedDataset } from './jobs.js';
import { prepareSplits } from './prepare.js';

/** The Program of a run on a dataset, or of so many runs of its group. */
export function compileRun(configuration: RunConfiguration, dataset: SharedDataset, replicas = 1): Program {
  const { network, training } = configuration;
  const { height, width, channels, classes } = dataset;
  return compile(buildNetwork(network, { height, width, channels, classes }), {
    batch: training.batchSize,
    replicas,
  });
}

/** What of a run is checked. */
interface CheckedRun {
  readonly trial: { readonly configuration: RunConfiguration };
  readonly seed: RunSeed;
}

/** The same, with what is impossible refused. @throws a request error */
export function checkedProgram(
  { trial: { configuration }, seed }: CheckedRun,
  dataset: SharedDataset,
): Program {
  const program = compileRun(configuration, dataset);
  activationsFor(program.network, configuration.activation);
  const { train, validation } = prepareSplits(dataset, configuration.dataset, seed);
  if (train.length < program.batch) {
    throw requestError({
      what: 'the training split is smaller than one batch',
      where: 'training.batchSize',
      rule: `at most ${train.length}`,
      value: String(program.batch),
      advice: 'lower training.batchSize or raise dataset.limit',
    });
  }
  if (validation.length === 0) {
    throw requestError({
      what: 'the validation split is empty',
      where: 'dataset.validation',
      rule: 'at least one example: every epoch is measured on the validation split',
      value: `${configuration.dataset.validation} of ${train.length} examples`,
      advice: 'raise dataset.validation or dataset.limit',
    });
  }
  const { initial } = configuration.training;
  if (initial !== null) initialFrom(initial, program, undefined);
  return program;
}

/**
 * Checks every run before anything is trained, those alike once. @returns bytes of the largest run beside the dataset
 * @throws a request error where one is impossible
 */
export function checkedMemory(runs: readonly CheckedRun[], dataset: SharedDataset): number {
  const distinct = new Map<string, CheckedRun>();
  for (const run of runs) {
    const { network, training, activation, dataset: part } = run.trial.configuration;
    const { batchSize, initial } = training;
    distinct.set(canonicalJson([network, batchSize, initial, activation, part]), run);
  }
  return maxOf([...distinct.values()].map((run) => estimateRunMemory(checkedProgram(run, dataset))));
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
