/** What passes between the launching thread and its run workers: plain data. */
import type { CommandTrainer, MetricConfiguration, Run } from '../study/types.js';
import type { ChosenBackend } from './backend.js';
import type { Gpu } from './command/gpus.js';
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

interface SharedSetup {
  readonly studyDirectory: string;
  /** One int32 on shared memory: 1 asks every run to stop. */
  readonly stopFlag: Int32Array;
  /** Of the study file's folder, or the command's. */
  readonly gitCommit: string | null;
  /** In a cluster's job: what the records of its runs say of it. Such a job leaves to others what they work on. */
  readonly sitting?: Sitting | undefined;
}

/** Of a study that this project's engine trains. */
export interface EngineSetup extends SharedSetup {
  readonly trainer: 'engine';
  readonly dataset: SharedDataset;
  readonly allowVariantChange: boolean;
  readonly backend: ChosenBackend;
  /** sha256 of the files with initial weights, by their names. */
  readonly initialChecksums: Readonly<Record<string, string>>;
}

/** Of a study that a command trains. */
export interface CommandSetup extends SharedSetup {
  readonly trainer: CommandTrainer;
  readonly studyName: string;
  /** Where the command is called. */
  readonly folder: string;
  /** sha256 of the files that the study names (`trainer.files`). */
  readonly files: Readonly<Record<string, string>>;
  /** Outputs of the commands of `trainer.record`. */
  readonly recorded: Readonly<Record<string, string>>;
  /** The metrics that every run must have written: the study's, and that of its search. */
  readonly judged: readonly MetricConfiguration[];
  /** Several runs go side by side on the CPU: each is told how many threads it has. */
  readonly sharesCpu: boolean;
}

/** What a worker gets once. */
export type WorkerSetup = EngineSetup | CommandSetup;

/** Runs to do in lockstep: they share a groupKey. Usually one. */
export interface GroupJob {
  readonly runs: readonly Run[];
  /** Threads to begin with. */
  readonly threads: number;
  /** One int32 on shared memory: threads that the group may have by now, raised as other runs end. */
  readonly allowedThreads: Int32Array;
  /** Of a command: the GPUs that are its own; without them it sees those of the machine. */
  readonly gpus?: readonly Gpu[] | undefined;
}

/** From the launching thread: the next job, or the end. */
export type WorkerRequest = { readonly type: 'group'; readonly job: GroupJob } | { readonly type: 'exit' };

/** What a group tells. */
export type WorkerMessage = RunStartedEvent | RunProgressEvent | RunEpochEvent | RunEndedEvent;

/** To the launching thread. */
export type WorkerReply = WorkerMessage | { readonly type: 'group-ended' };
