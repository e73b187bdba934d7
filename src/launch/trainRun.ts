/** One run in memory: no study, no files. */
import { openStep } from '../backends/node/openStep.js';
import { requestError } from '../base/errors.js';
import { initialState } from '../compile/initial.js';
import type { Dataset } from '../data/dataset.js';
import type { RunConfiguration } from '../study/types.js';
import { type Outcome, startPosition, type TrainEvent } from '../train/events.js';
import { trainGroup } from '../train/trainGroup.js';
import { checkedProgram, shareDataset } from './compileRun.js';
import { nodeControl } from './control.js';
import { checkDataset } from './datasetFit.js';
import { initialFrom } from './initialWeights.js';
import { prepareSplits } from './prepare.js';

export interface TrainRunOptions {
  /** The one that the configuration describes: `loadDataset(configuration.dataset)`. */
  readonly dataset: Dataset;
  /** A study's baseline, or the `configuration` of one of its trials (`expandTrials`). */
  readonly configuration: RunConfiguration;
  /** Initial weights, order and augmentation derive from it. Default: 0. */
  readonly seed?: number | undefined;
  /** Default: 1. The result does not depend on it. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains one run and tells it as events: progress, epochs with their metrics, checkpoints whose state can be read, and
 * at the end the test split. Gives the outcome. Breaking off the loop frees the engine.
 * @throws a request error where the dataset is another one than the configuration describes, or they do not fit
 */
export async function* trainRun(options: TrainRunOptions): AsyncGenerator<TrainEvent, Outcome> {
  const { configuration, signal } = options;
  const number = options.seed ?? 0;
  if (configuration.command !== undefined) {
    throw requestError({
      what: 'a command trains this configuration, not the engine',
      where: 'configuration.command',
      rule: 'a configuration of a study without `trainer:`',
      advice: 'runStudy runs the command',
    });
  }
  checkDataset(options.dataset, configuration.dataset);
  const seed = { label: number, data: number, initial: number };
  const dataset = shareDataset(options.dataset);
  const program = checkedProgram({ trial: { configuration }, seed }, dataset);
  const { initial } = configuration.training;
  const splits = prepareSplits(dataset, configuration.dataset, seed);
  const step = await openStep(program, { backend: 'wasm', threads: options.threads ?? 1 });
  try {
    step.load(dataset);
    const start = initial === null ? initialState(program, number) : initialFrom(initial, program, undefined);
    await step.writeState(0, start);
    const [outcome] = yield* trainGroup({
      step,
      labels: dataset.labels,
      splits: [splits],
      replicas: [{ configuration, seed }],
      resume: [startPosition],
      control: nodeControl(signal),
    });
    return outcome;
  } finally {
    await step.dispose();
  }
}
