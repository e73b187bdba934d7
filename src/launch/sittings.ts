/** Sittings of a run on a cluster: what run.json says of the jobs that worked on it. */
import { join } from 'node:path';
import type { JobEnd, SittingRecord } from '../store/cluster.js';
import { acquireLock, isLocked } from '../store/node/lock.js';
import { RunFiles, readRunRecord } from '../store/node/runFiles.js';
import type { RunRecord } from '../store/records.js';

/** What a job says of itself to the runs that it trains. */
export interface Sitting {
  readonly record: SittingRecord;
  /** How the sitting before ended, where nobody has written that yet. */
  readonly before: JobEnd;
}

/** A record's sittings and one more. */
export function withSitting(
  { cluster }: Pick<RunRecord, 'cluster'>,
  sitting: Sitting | null | undefined,
): Pick<RunRecord, 'cluster'> {
  if (sitting === null || sitting === undefined) return cluster === undefined ? {} : { cluster };
  const earlier = (cluster?.sittings ?? []).map((one) => ({ ...one, end: one.end ?? sitting.before }));
  return { cluster: { launcher: 'slurm', sittings: [...earlier, sitting.record] } };
}

/** What is written of a sitting that is over. */
export interface SittingEnd {
  readonly end: JobEnd;
  /** The status of a run that is neither done nor diverged. */
  readonly status?: 'failed' | 'interrupted';
  readonly reason?: string;
}

/**
 * Closes the last sitting of a run, as its lock allows: nothing is written where another process has it, where the
 * sitting was closed already, or where the run is on with another job.
 * @param make run.json of a run that no job has begun; without it, such a run stays without a record
 * @returns whether it was written
 */
export function closeSitting(
  studyDirectory: string,
  run: { readonly id: string; readonly job: string },
  ended: SittingEnd,
  make?: () => RunRecord,
): boolean {
  const directory = join(studyDirectory, 'runs', run.id);
  const path = join(directory, 'run.json');
  if (isLocked(directory) || (make === undefined && readRunRecord(path) === null)) return false;
  const lock = acquireLock(directory, `the run ${run.id}`);
  try {
    const files = new RunFiles(directory);
    const record = files.readRecord() ?? make?.() ?? null;
    if (record === null) return false;
    const changed = closed(record, run.job, ended);
    if (changed === null) return false;
    files.writeRecord(changed);
    if (changed.statusReason !== null && changed.statusReason !== record.statusReason) {
      files.log(`${changed.status}: ${changed.statusReason}`);
    }
    return true;
  } finally {
    lock.release();
  }
}

/** `null`: there is nothing to write. */
function closed(record: RunRecord, job: string, { end, status, reason }: SittingEnd): RunRecord | null {
  const sittings = record.cluster?.sittings ?? [];
  const last = sittings.at(-1);
  const isOurs = last?.job === job;
  if (sittings.some((one) => one.job === job && one.end !== null) && (!isOurs || last.end !== null))
    return null;
  const over = record.status === 'done' || record.status === 'diverged';
  const own = isOurs ? last : { job, node: null, startedAt: null, end };
  const before = isOurs ? sittings.slice(0, -1) : sittings;
  // A failure that the process of this job wrote says more than how its job ended.
  const told =
    over || (record.status === 'failed' && isOurs)
      ? {}
      : { ...(status && { status }), statusReason: reason ?? null };
  return { ...record, ...told, cluster: { launcher: 'slurm', sittings: [...before, { ...own, end }] } };
}
