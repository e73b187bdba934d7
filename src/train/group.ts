/** What the training loop works on: replicas of one network, their splits, and what it asks its surroundings. */
import { requestError } from '../base/errors.js';
import type { Step } from '../compile/step.js';
import type { RunConfiguration, RunSeed } from '../study/types.js';
import type { TrainPosition } from './events.js';

export interface ReplicaTask {
  readonly configuration: RunConfiguration;
  readonly seed: RunSeed;
}

/** Index lists into the dataset: the training file's examples first, then the test file's. */
export interface TrainSplits {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
  /** Fixed stratified part of the training split, for the metrics in evaluation mode. */
  readonly trainEvaluation: Int32Array;
  /** First index of the test file. */
  readonly testStart: number;
}

/** A Step, and which replica of the group each replica of its Program is. */
export interface Seats {
  readonly step: Step;
  readonly replicas: readonly number[];
}

/** What the loop asks its surroundings. */
export interface TrainControl {
  /** Whether a replica is to stop: seen within an epoch; where all are to stop, within a step. */
  readonly stopRequested: (replica: number) => boolean;
  /** Lets timers and messages run; called between steps. */
  readonly breathe: () => Promise<void>;
  /** Seconds, monotonic. */
  readonly now: () => number;
  /**
   * Asked between two epochs, when nothing is waited for, with the replicas that go on: the Step to go on with. It is
   * the present one, or another that holds their states by then: with more threads, or without the replicas that ended.
   */
  readonly reseat?: (live: readonly number[], seats: Seats) => Promise<Seats>;
}

export interface TrainGroup {
  /** Holds the replicas' states, in their order. */
  readonly step: Step;
  readonly labels: ArrayLike<number>;
  /** One per replica, of equal sizes; the same object where replicas share a split (what they share is made once). */
  readonly splits: readonly TrainSplits[];
  /** One per replica. Epochs, batch size, augmentation and shuffling are alike. */
  readonly replicas: readonly ReplicaTask[];
  /** One per replica. Their epochs may differ, the step within it may not. */
  readonly resume: readonly TrainPosition[];
  readonly control: TrainControl;
}

/** @throws a request error where the replicas cannot be trained in lockstep */
export function checkGroup({ step, splits, replicas, resume }: TrainGroup): void {
  const alike = (what: string, values: readonly unknown[]) => {
    const distinct = [...new Set(values.map((value) => JSON.stringify(value)))];
    if (distinct.length === 1 && values.length === step.program.replicas) return;
    throw requestError({
      what: 'these replicas cannot be trained in lockstep',
      where: what,
      rule: `the same for each of the ${step.program.replicas} replicas of the Program`,
      value: `${values.length} replicas: ${distinct.join(', ')}`,
    });
  };
  const training = replicas.map(({ configuration }) => configuration.training);
  alike(
    'epochs, batch size, shuffling',
    training.map(({ epochs, batchSize, shuffle }) => [epochs, batchSize, shuffle]),
  );
  alike(
    'augmentation',
    replicas.map(({ configuration }) => configuration.dataset.augment),
  );
  alike(
    'sizes of the splits',
    splits.map((one) => [
      one.train.length,
      one.validation.length,
      one.test.length,
      one.trainEvaluation.length,
      one.testStart,
    ]),
  );
  alike(
    'step within the epoch',
    resume.map(({ stepInEpoch }) => stepInEpoch),
  );
}
