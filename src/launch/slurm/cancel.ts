/** Ends what a study submitted: by the names that are its own, whatever their numbers are. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSubmissions } from '../../store/node/clusterFiles.js';
import { givenStudy } from '../readStudyFile.js';
import { type Slurm, slurm } from './commands.js';
import { type ClusterOptions, lockInTime } from './launch.js';
import { isLive } from './parse.js';
import { clusterLimits } from './preflight.js';
import { type Named, type Queue, readQueue, refuseHidden } from './queue.js';

/** What was ended, and what the queue still had of it when it was last asked. */
export interface Cancelled {
  readonly jobs: readonly number[];
  readonly tasks: number;
  readonly left: number;
}

/** Seconds that jobs are given to write their checkpoints before the queue is asked a last time. */
const patience = 40;

/**
 * Ends every task of the study that the queue has.
 * @throws a `SlurmError` where the controller does not answer: then nothing is known; a work error where the cluster hides
 * jobs of it that another user submitted: they would seem to be none
 */
export async function cancelOnCluster(options: ClusterOptions): Promise<Cancelled> {
  const study = givenStudy(options, options.set);
  const directory = resolve(options.out, study.name);
  const call = options.call ?? slurm();
  const lock = await lockInTime(directory, study.name);
  try {
    const open = readSubmissions(directory).filter(({ closed }) => !closed);
    await refuseHidden(open, async () => (await clusterLimits(call)).hidesJobs());
    const before = liveOf(await readQueue(open, call));
    const jobs = [...new Set(before.map(({ job }) => job))].sort((a, b) => a - b);
    if (jobs.length > 0) await call('scancel', jobs.map(String));
    const left = await untilGone(open, call);
    return { jobs, tasks: before.length, left };
  } finally {
    lock.release();
  }
}

const liveOf = (queue: Queue) => [...queue.values()].flatMap((tasks) => [...tasks.values()].filter(isLive));

async function untilGone(open: readonly Named[], call: Slurm): Promise<number> {
  for (let waited = 0, pause = 1; ; waited += pause, pause = Math.min(10, 2 * pause)) {
    const left = liveOf(await readQueue(open, call)).length;
    if (left === 0 || waited >= patience) return left;
    await sleep(1000 * pause);
  }
}
