/** What passes between the launching thread and its run workers: plain data. */
import type { Run } from '../study/types.js';
import type { ChosenBackend } from './backend.js';
import type { RunEndedEvent, RunEpochEvent, RunProgressEvent, RunStartedEvent } from './events.js';
import type { Sitting } from './sittings.js';

/** The dataset as workers share it: bytes on SharedArrayBuffers, so that all see one copy. */
export interface SharedDataset {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array | Uint16Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly classes: number;
  readonly trainExamples: number;
  readonly testExamples: number;
  readonly checksum: string;
}

/** What a worker gets once. */
export interface WorkerSetup {
  readonly studyDirectory: string;
  readonly dataset: SharedDataset;
  /** One int32 on shared memory: 1 asks every run to stop. */
  readonly stopFlag: Int32Array;
  readonly allowVariantChange: boolean;
  readonly backend: ChosenBackend;
  readonly gitCommit: string | null;
  /** sha256 of the files with initial weights, by their names. */
  readonly initialChecksums: Readonly<Record<string, string>>;
  /** In a cluster's job: what the records of its runs say of it. Such a job leaves to others what they work on. */
  readonly sitting?: Sitting | undefined;
}

/** Runs to do in lockstep: they share a groupKey. Usually one. */
export interface GroupJob {
  readonly runs: readonly Run[];
  /** Threads to begin with. */
  readonly threads: number;
  /** One int32 on shared memory: threads that the group may have by now, raised as other runs end. */
  readonly allowedThreads: Int32Array;
}

/** From the launching thread: the next job, or the end. */
export type WorkerRequest = { readonly type: 'group'; readonly job: GroupJob } | { readonly type: 'exit' };

/** What a group tells. */
export type WorkerMessage = RunStartedEvent | RunProgressEvent | RunEpochEvent | RunEndedEvent;

/** To the launching thread. */
export type WorkerReply = WorkerMessage | { readonly type: 'group-ended' };
