/** What lies on disk of a study whose runs a cluster's jobs train: cluster/NAME.json, one file for each submission. */
import * as z from 'zod';
import { workError } from '../base/errors.js';

/** How a job, or one sitting of a job that was requeued, ended. */
export type JobEnd =
  | 'finished'
  | 'time limit'
  | 'out of memory'
  | 'node failure'
  | 'preempted'
  | 'requeued'
  | 'cancelled'
  | 'exit code'
  | 'launch failed'
  | 'unknown';

/** One stretch of work on a run by one job on one node; in run.json, in order. */
export interface SittingRecord {
  /** As Slurm calls it: `17_3`. */
  readonly job: string;
  readonly node: string | null;
  /** ISO 8601; `null` where the job never began. */
  readonly startedAt: string | null;
  /** `null`: under way, or not known yet. */
  readonly end: JobEnd | null;
}

/** In run.json of a run that a cluster's job trained. */
export interface ClusterRecord {
  readonly launcher: 'slurm';
  readonly sittings: readonly SittingRecord[];
}

/** A run as a submission names it. */
export interface SubmittedRun {
  readonly id: string;
  readonly trial: string;
  /** The seed's label. */
  readonly seed: number;
}

/** What the jobs of a submission were told beside their runs; paths are absolute. */
export interface JobSettings {
  /** study.yaml of the study's directory. */
  readonly studyFile: string;
  /** The folder of the study file that a person wrote. */
  readonly home: string;
  readonly dataDir: string | null;
  readonly device: string;
  readonly cpuVectors: 128 | 256 | null;
  /** Of a GPU; left out: the default. */
  readonly precision?: string;
  readonly allowVariantChange: boolean;
  /** As it was asked for: whether the runs of a task are trained together, its node decides where nobody said. */
  readonly lockstep: 'auto' | 'off' | number;
  /** GPUs of a job; left out: as many as `device` means. */
  readonly gpus?: number;
  /** Cores of a job. */
  readonly cpus: number;
}

/** One job array, from before it was handed over to the cluster. */
export interface SubmissionRecord {
  readonly formatVersion: 1;
  /** The job's name, which no other submission has: by it a submission is found whose answer was lost. */
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
  /** Number of the user who handed it over; a record without it is taken as one's own. */
  readonly user?: number | undefined;
  /** The array's job; `null`: handed over, with no answer yet. */
  readonly job: number | null;
  /** The cluster has nothing of it any more. */
  readonly closed: boolean;
  readonly settings: JobSettings;
  /** Runs of each task, trained together or one after another. */
  readonly tasks: readonly (readonly SubmittedRun[])[];
}

const text = z.string();
const submission = z.looseObject({
  formatVersion: z.literal(1),
  name: text,
  at: text,
  user: z.int().optional(),
  job: z.int().nullable(),
  closed: z.boolean(),
  settings: z.looseObject({ studyFile: text, home: text, device: text, cpus: z.int().min(1) }),
  tasks: z.array(z.array(z.looseObject({ id: text, trial: text, seed: z.int() })).min(1)).min(1),
});

export function formatSubmission(record: SubmissionRecord): string {
  const { tasks, ...head } = record;
  const lines = tasks.map((task) => `    ${JSON.stringify(task)}`).join(',\n');
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "tasks": [\n${lines}\n  ]\n}\n`;
}

/** @throws a work error where the text is damaged or of a newer version */
export function parseSubmission(contents: string, file: string): SubmissionRecord {
  let data: unknown = null;
  try {
    data = JSON.parse(contents) as unknown;
  } catch {
    // Told below.
  }
  const result = submission.safeParse(data);
  if (result.success) return data as SubmissionRecord;
  throw workError({
    what: 'the record of a submission to a cluster is damaged, or of a newer version of Ceteris',
    where: file,
    rule: 'as Ceteris wrote it: formatVersion 1, name, job, tasks',
    advice: 'end its jobs by their name (scancel --name), then remove the file',
    cause: result.error,
  });
}
