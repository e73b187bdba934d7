/** What trains the runs of a study, made ready: how they are known, what is recorded of it, and how they reach workers. */
import type { RunInputs } from '../study/fingerprint.js';
import type { ResolvedStudy, Run } from '../study/types.js';
import type { Allotment } from './allotment.js';
import type { HostKind } from './hosts.js';
import type { WorkerSetup } from './jobs.js';
import type { RunStudyOptions } from './options.js';
import type { HostPlace } from './pool.js';

export interface TrainerRequest {
  readonly study: ResolvedStudy;
  readonly options: RunStudyOptions;
  readonly directory: string;
  /** One int32 on shared memory: 1 asks every run to stop. */
  readonly stopFlag: Int32Array;
  /** The runs are trained on other machines: what only those have is not looked for here. */
  readonly elsewhere?: boolean;
  /** Which runs are looked at before any begins; without it, all that are known. */
  readonly runsOf?: (inputs: RunInputs) => readonly Run[];
}

export interface PreparedTrainer {
  /** What identifies runs beside their configuration and seed. */
  readonly inputs: RunInputs;
  /** Images in each split; `null` where they are not known. */
  readonly examples: { readonly train: number; readonly validation: number; readonly test: number } | null;
  /** Remarks for the user. */
  readonly notes: readonly string[];
  /** Writes what the study's directory keeps of it. To be called under the study's lock. */
  record(): void;
  /** Epochs that a run will have; `null` where that is not known. */
  epochsOf(run: Run): number | null;
  /** Whether the metrics of a run that has ended were read otherwise than the study reads them now. */
  isReadOtherwise?(run: Run): boolean;
  /** How the runs that are left are brought to workers. */
  arrange(runs: readonly Run[]): Promise<Arrangement>;
}

export interface Arrangement {
  /** Runs that go together, in order. */
  readonly groups: readonly (readonly Run[])[];
  readonly allotment: Allotment;
  readonly host: HostKind;
  readonly setup: WorkerSetup;
  readonly places: readonly HostPlace[];
  /** `CPU`, the GPUs' names, or the command. */
  readonly device: string;
  readonly notes: readonly string[];
}
