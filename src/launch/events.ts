/** What a study tells while it runs: plain data, in order. */
import type { MetricsRow, RunStatus } from '../store/records.js';
import type { ResolvedStudy, RunStage } from '../study/types.js';

/** What will be done: the first event, and in a study with nuisance factors once more when its search has ended. */
export interface StudyStartedEvent {
  readonly type: 'study-started';
  readonly study: ResolvedStudy;
  readonly stage: RunStage;
  readonly directory: string;
  readonly runs: readonly {
    readonly id: string;
    readonly name: string;
    readonly status: RunStatus;
    /** `null` where it is not known: of a command. */
    readonly epochs: number | null;
  }[];
  /** Images in each split; `null` where they are not known: of a command. */
  readonly examples: { readonly train: number; readonly validation: number; readonly test: number } | null;
  readonly workers: number;
  readonly threads: number;
  /** `CPU`, the GPU's name, or the command. */
  readonly device: string;
  /** Runs in the largest group that is trained in lockstep; 1: each run alone. */
  readonly lockstep: number;
  /** Remarks about the dataset and the split, for the user. */
  readonly notes: readonly string[];
}

export interface RunStartedEvent {
  readonly type: 'run-started';
  readonly runId: string;
  /** Epochs that were already done. */
  readonly epochsDone: number;
  readonly threads: number;
}

export interface RunProgressEvent {
  readonly type: 'run-progress';
  readonly runId: string;
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
}

export interface RunEpochEvent {
  readonly type: 'run-epoch';
  readonly runId: string;
  readonly row: MetricsRow;
}

export interface RunEndedEvent {
  readonly type: 'run-ended';
  readonly runId: string;
  readonly status: RunStatus;
  readonly reason: string | null;
}

export interface StudyEndedEvent {
  readonly type: 'study-ended';
  readonly directory: string;
  readonly done: number;
  readonly diverged: number;
  readonly failed: number;
  readonly interrupted: number;
}

export type StudyEvent =
  | StudyStartedEvent
  | RunStartedEvent
  | RunProgressEvent
  | RunEpochEvent
  | RunEndedEvent
  | StudyEndedEvent;
