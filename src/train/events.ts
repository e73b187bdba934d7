/** What the training loop tells: typed events, in order, for each replica of the group. */
import type { ReplicaState } from '../compile/step.js';
import type { CalibrationRecord, MetricsRow } from '../store/records.js';

/** Where a run stands: everything beside the state that going on needs. Sums are exact float64. */
export interface TrainPosition {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps completed in the epoch under way; 0 at an epoch's border. */
  readonly stepInEpoch: number;
  /** Sum of the batch losses, and of the correct predictions, of the epoch under way. */
  readonly lossSum: number;
  readonly correct: number;
  /** Seconds spent in the epoch under way. */
  readonly epochSeconds: number;
  /** Gradient norms of the epoch's last step, once it is done and its evaluation is not. */
  readonly norms: readonly number[] | null;
}

export const startPosition: TrainPosition = {
  epoch: 0,
  stepInEpoch: 0,
  lossSum: 0,
  correct: 0,
  epochSeconds: 0,
  norms: null,
};

/** A few times a second: for progress displays. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly replica: number;
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** Training images per second since the last event, of this replica. */
  readonly imagesPerSecond: number;
}

/** Losses of every N-th step (`training.logSteps`). */
export interface StepsEvent {
  readonly type: 'steps';
  readonly replica: number;
  readonly epoch: number;
  /** Steps of the run, counted from 1, and their batch losses. */
  readonly steps: readonly number[];
  readonly losses: readonly number[];
}

export interface EpochEvent {
  readonly type: 'epoch';
  readonly replica: number;
  readonly row: MetricsRow;
  /** L2 norms by parameter name at the epoch's last step. */
  readonly gradientNorms: Readonly<Record<string, number>>;
}

/** A training or validation loss is no finite number: the replica ends here; its curve is kept. `ended` follows. */
export interface DivergedEvent {
  readonly type: 'diverged';
  readonly replica: number;
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
}

/** State and position that a checkpoint holds: at epoch's ends (the driver decides which it writes) and on stop. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly replica: number;
  readonly reason: 'epoch' | 'stop' | 'end';
  readonly position: TrainPosition;
  /** To be called before the next event is asked for. */
  readState(): Promise<ReplicaState>;
}

export interface Prediction {
  readonly split: 'validation' | 'test';
  /** Index into the training file (validation) or the test file (test). */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  readonly loss: number;
}

/** All epochs are done: the test split evaluated, once. `ended` follows. */
export interface EndEvent {
  readonly type: 'end';
  readonly replica: number;
  readonly test: { readonly loss: number; readonly accuracy: number } | null;
  readonly predictions: readonly Prediction[];
  readonly calibration: CalibrationRecord | null;
}

/** How a replica ended. `stopped`: on request; it goes on from its last checkpoint. */
export type Outcome = 'done' | 'stopped' | 'diverged';

/** The last event of a replica. The others of its group may go on. */
export interface EndedEvent {
  readonly type: 'ended';
  readonly replica: number;
  readonly outcome: Outcome;
  /** To be called before the next event is asked for. */
  readState(): Promise<ReplicaState>;
}

export type TrainEvent =
  | ProgressEvent
  | StepsEvent
  | EpochEvent
  | DivergedEvent
  | CheckpointEvent
  | EndEvent
  | EndedEvent;
