import type { Run } from '../../study/types.js';
import type { CommandSetup, WorkerMessage } from '../jobs.js';
import type { Gpu } from './gpus.js';

/** One run that a command is to train. */
export interface CommandRunRequest {
  readonly run: Run;
  readonly setup: CommandSetup;
  /** GPUs that are the run's own; `null`: those that this process sees. */
  readonly gpus: readonly Gpu[] | null;
  /** Threads of the CPU, where several runs share it; `null`: as many as the command takes. */
  readonly threads: number | null;
  readonly send: (message: WorkerMessage) => void;
}
