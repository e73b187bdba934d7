/** What the training loop works on: replicas of one network, their splits, and what it asks its surroundings. */
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

/** What the loop asks its surroundings. */
export interface TrainControl {
  readonly stopRequested: () => boolean;
  /** Lets timers and messages run; called between steps. */
  readonly breathe: () => Promise<void>;
  /** Seconds, monotonic. */
  readonly now: () => number;
}

export interface TrainGroup {
  readonly step: Step;
  readonly labels: ArrayLike<number>;
  readonly splits: TrainSplits;
  /** One per replica of the Program. Epochs, batch size, augmentation and shuffling are the group's own. */
  readonly replicas: readonly ReplicaTask[];
  readonly resume: readonly TrainPosition[];
  readonly control: TrainControl;
}
