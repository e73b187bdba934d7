/** What a study on a cluster tells the command that submits or follows it. */
import type { JobEnd } from '../../store/cluster.js';
import type { RunStatus } from '../../store/records.js';
import type { ResolvedStudy, RunStage } from '../../study/types.js';

/** Tasks that wait for one reason. */
export interface Waiting {
  readonly runs: number;
  readonly words: string;
  /** Where they will not begin before somebody does something. */
  readonly advice: string | null;
}

/** How far the study is: the store's truth, and the queue's hint. */
export interface ClusterState {
  readonly type: 'cluster-state';
  readonly study: ResolvedStudy;
  readonly stage: RunStage;
  readonly directory: string;
  readonly total: number;
  /** Runs that ended, by status. */
  readonly done: number;
  readonly diverged: number;
  readonly failed: number;
  /** Runs of tasks that run now, and where. */
  readonly running: number;
  readonly nodes: readonly string[];
  /**
   * How far those are, as they wrote it last (`of`: their length, where it is declared); `null` where that is not known, or
   * too many run to look into their files.
   */
  readonly epochs: { readonly least: number; readonly most: number; readonly of: number | null } | null;
  readonly waiting: readonly Waiting[];
  /** Runs that another process works on, none of the queue's. */
  readonly elsewhere: number;
  /** Runs that nothing works on and that the queue does not have. */
  readonly missing: number;
  /** Job arrays of it in the queue. */
  readonly jobs: readonly number[];
}

/** Runs were handed over as a job array; `job` is `null` where the cluster gave no answer. */
export interface SubmittedEvent {
  readonly type: 'submitted';
  readonly job: number | null;
  readonly runs: number;
  readonly tasks: number;
}

/** A job ended, and its run with it or before its end. */
export interface JobEndedEvent {
  readonly type: 'job-ended';
  readonly runId: string;
  readonly status: RunStatus;
  readonly end: JobEnd;
  readonly reason: string | null;
}

export interface ClusterNote {
  readonly type: 'cluster-note';
  readonly text: string;
}

export type ClusterEvent = ClusterState | SubmittedEvent | JobEndedEvent | ClusterNote;
